"""Reactions: emoji that people add to messages."""

import pytest

from hubbub.core import db, log
from hubbub.core.access import Refused

LOBBY = "room:1"


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


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "❤️", "1️⃣", "☕", "‼️", "🫪"])
def test_every_kind_of_emoji_is_accepted(ann, seq, emoji):
    react(ann, seq, emoji)

    assert shown(ann, seq) == {emoji: [ann.person]}


@pytest.mark.parametrize("emoji", ["", "x", "ok", "12", " ", "<b>", "ä", "界", "👍x", "👍" * 33, "\u200d", "\ufe0f"])
def test_a_text_that_is_no_emoji_is_refused(ann, seq, emoji):
    assert react(ann, seq, emoji) == Refused("error.not_an_emoji", "bad_input").payload


def test_a_message_has_at_most_50_different_emoji(ann, bob, seq):
    many = [chr(0x1F400 + n) for n in range(51)]
    answers = [react(ann, seq, emoji) for emoji in many]

    assert answers[-1]["code"] == "too_large"
    assert len(shown(ann, seq)) == 50
    assert "ok" in react(bob, seq, many[0])


def test_only_messages_accept_reactions(ann, bob, seq):
    reaction = react(ann, seq, "👍")["ok"]

    assert react(bob, reaction, "👍")["code"] == react(bob, 4711, "👍")["code"] == "not_found"
