"""Reactions: emoji that people add to messages."""

import json
import re
from pathlib import Path

import pytest

from hubbub.chat import emoji as emojis
from hubbub.core import db, log
from hubbub.core.access import Refused

LOBBY = "room:1"
CASES = json.loads((Path(__file__).parent / "data/texts.json").read_text(encoding="utf-8"))["emoji"]
PICKER = Path(emojis.__file__).parents[1] / "web/static/vendor/emoji.js"


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, ann):
    return any_app.connect_member("Bob")


@pytest.fixture
def seq(ann):
    return ann.call("post", channel=LOBBY, text="we won", key="k")["ok"]


def react(caller, seq, emoji, on=True, key=None):
    key = key or f"{emoji[:9]}{on}{log.head(db, LOBBY).seq}"
    return caller.call("react", channel=LOBBY, seq=seq, emoji=emoji, on=on, key=key)


def shown(caller, seq):
    [item] = caller.get(f"/api/channels/{LOBBY}/messages/{seq}").json["items"]
    return item.get("reactions", {})


def test_reactions_and_their_people_are_in_order_of_time(ann, bob, seq):
    react(bob, seq, "🎉")
    react(ann, seq, "🎉")
    react(ann, seq, "❤️")

    assert shown(bob, seq) == {"🎉": [bob.person, ann.person], "❤️": [ann.person]}
    assert list(shown(bob, seq)) == ["🎉", "❤️"]


def test_a_person_can_remove_only_their_own_reaction(ann, bob, seq):
    react(bob, seq, "🎉")

    unchanged = react(ann, seq, "🎉", on=False)
    assert (unchanged, shown(ann, seq)) == ({"ok": 0}, {"🎉": [bob.person]})
    react(bob, seq, "🎉", on=False)

    assert shown(ann, seq) == {}


def test_repeating_a_reaction_changes_nothing(ann, bob, seq):
    first = react(bob, seq, "👍", key="r")["ok"]
    head = log.head(db, LOBBY)

    assert react(bob, seq, "👍", key="other") == {"ok": 0}
    assert react(bob, seq, "👍", key="r") == {"ok": first}
    assert (log.head(db, LOBBY), shown(ann, seq)) == (head, {"👍": [bob.person]})


def test_every_kind_of_emoji_is_accepted(ann, seq):
    kinds = ["👍", "👍🏽", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "❤️", "1️⃣", "☕", "‼️", "🫪", "ℹ️", "〰️", "©️"]

    for emoji in kinds:
        react(ann, seq, emoji)

    assert shown(ann, seq) == {emoji: [ann.person] for emoji in kinds}


NO_EMOJI = [
    "", "x", "ok", "12", " ", "<b>", "ä", "界", "👍x", "👍" * 33, "👍\u200d" * 16 + "👍", "\u200d", "\ufe0f", "🇩",
    "👍👍", "1", "#️", "👍\u200d", "🏽\u200d", "🄰", "Ⅷ", "\u0301", "🏴\U000e0067"]


def test_a_text_that_is_no_emoji_is_refused(ann, seq):
    refusal = Refused("error.not_an_emoji", "bad_input").payload

    assert [text for text in NO_EMOJI if react(ann, seq, text) != refusal] == []
    assert shown(ann, seq) == {}


def test_a_message_has_at_most_50_different_emoji(ann, bob, seq):
    many = [chr(0x1F400 + n) for n in range(51)]
    answers = [react(ann, seq, emoji) for emoji in many]

    assert answers[-1]["code"] == "too_large"
    assert len(shown(ann, seq)) == 50
    assert "ok" in react(bob, seq, many[0])


def test_only_messages_accept_reactions(ann, bob, seq):
    reaction = react(ann, seq, "👍")["ok"]

    assert react(bob, reaction, "👍")["code"] == react(bob, 4711, "👍")["code"] == "not_found"


@pytest.mark.parametrize("spelling, expected", CASES)
def test_spellings_of_an_emoji_are_stored_as_one(spelling, expected):
    assert emojis.canonical(spelling) == emojis.canonical(expected) == expected


def test_two_spellings_count_as_one_reaction(ann, bob, seq):
    react(ann, seq, "👍")
    react(bob, seq, "👍️", key="b")

    assert shown(ann, seq) == {"👍": [ann.person, bob.person]}
    assert react(bob, seq, "👍", key="b2") == {"ok": 0}
    react(bob, seq, "👍️", on=False, key="b3")
    assert shown(ann, seq) == {"👍": [ann.person]}


def test_reactions_from_before_spellings_were_unified_count_and_can_be_removed(ann, bob, seq):
    stored = [("👍️", ann.person), ("👍", ann.person), ("👍", bob.person), ("✓", ann.person)]
    with db.transaction() as tx:
        for at, (spelling, person) in enumerate(stored):
            tx.execute("insert into reaction (channel, seq, emoji, person, at) "
                       "values (:channel, :seq, :emoji, :person, :at)",
                       channel=LOBBY, seq=seq, emoji=spelling, person=person, at=at)

    assert shown(ann, seq) == {"👍": [ann.person, bob.person], "✓": [ann.person]}
    react(ann, seq, "👍", on=False)
    react(ann, seq, "✓", on=False)
    assert shown(ann, seq) == {"👍": [bob.person]}


def test_every_emoji_of_the_picker_is_accepted():
    escape = r"\\u\{([0-9A-F]+)\}|\\u([0-9A-F]{4})|\\x([0-9A-F]{2})"
    source = re.sub(escape, lambda found: chr(int(found[1] or found[2] or found[3], 16)), PICKER.read_text("utf-8"))
    pictures = [line.split(",")[0] for group in re.findall(r'"([^"]+)"', source) for line in group.split("|")]

    assert len(pictures) > 1800
    assert [picture for picture in pictures if not emojis.canonical(picture)] == []
