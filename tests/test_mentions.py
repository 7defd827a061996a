"""Mentions in messages: @handle, @room and @here, outside of code, found in linear time."""

import json
import time
from pathlib import Path

import pytest

from hubbub.core import db
from hubbub.notifications.plain import plain
from hubbub.people import handles as mentions
from tests.running_app import LOBBY, post
from tests.waiting import until_notified


@pytest.mark.parametrize("text, handles", [
    ("@ann look", ["ann"]),
    ("look, @Ann: it is there (@bob)", ["ann", "bob"]),
    ("@ann @ANN @ann", ["ann"]),
    ("ann@example.org and http://host/@ann", []),
    ("`@ann` but @bob", ["bob"]),
    ("``a ` @ann`` @bob", ["bob"]),
    ("a lone ` is @ann's", ["ann"]),
    ("```\n@ann\n```\n@bob", ["bob"]),
    ("~~~ text\n@ann\n```\n@cleo\n~~~\n@bob", ["bob"]),
    ("````\n@ann\n```\n@cleo\n````\n@bob", ["bob"]),
    ("``` is not opened ``` on a line of its own, @bob", ["bob"]),
    ("```\n@ann never closed", []),
    ("＠ann with the wide sign", ["ann"]),
    ("@a is too short, @" + "x" * 33 + " too long", []),
    ("@amber-fox-2 and @x.y_z", ["amber-fox-2", "x.y_z"]),
])
def test_handles_mentioned_in_a_text(text, handles):
    assert mentions.named(text) == handles


CASES = json.loads((Path(__file__).parent / "data/texts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text, expected", CASES["mentions"])
def test_the_server_finds_the_mentions_that_the_page_shows(text, expected):
    assert list(dict.fromkeys(handle.rstrip("._-") for handle in mentions.named(text))) == expected


@pytest.mark.parametrize("text, expected", CASES["plain"])
def test_a_notification_has_the_words_that_the_page_shows(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize("hostile", ["@" * 16_000, "`" * 16_000, "` `` " * 3_200, "@aa." * 4_000, "```\n" * 4_000,
                                     "a`" * 8_000, "@" + "a-" * 8_000, "```" + "`a" * 7_900])
def test_hostile_texts_take_linear_time(hostile):
    start = time.thread_time()
    mentions.named(hostile)
    assert time.thread_time() - start < 1  # some milliseconds; quadratic time would take many seconds


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def mentioned(channel=LOBBY):
    """Return the mentions of a channel as (seq, person); the person 0 stands for the whole room."""
    return db.execute("select seq, person from mention where channel = :channel order by seq, person", channel=channel)


def unread_mentions(caller, channel=LOBBY):
    """Return the seqs of unread mentions in a person's state."""
    return caller.get(f"/api/channels/user:{caller.person}/window").json["mentions"].get(channel, [])


def test_a_mention_is_stored_once_and_part_of_the_message(ann, bob, olga):
    bob.call("subscribe", channel=LOBBY)
    seq = post(ann, "@bob, see `@olga`; @bob.")

    assert mentioned() == [(seq, bob.person)]
    assert bob.received("message", 1)[0]["data"]["mentions"] == {"bob": bob.person}
    assert (unread_mentions(bob), unread_mentions(olga)) == ([seq], [])


def test_reading_clears_a_mention_and_marking_unread_restores_it(ann, bob):
    seq = post(ann, "@bob hello")

    bob.call("read", channel=LOBBY, seq=seq)
    read = unread_mentions(bob)
    bob.call("read", channel=LOBBY, seq=seq - 1)

    assert (read, unread_mentions(bob)) == ([], [seq])


def test_a_room_mention_is_one_row(ann, bob, olga):
    seq = post(ann, "@room fire drill")

    assert mentioned() == [(seq, 0)]
    assert unread_mentions(bob) == unread_mentions(olga) == [seq]


def test_a_here_mention_is_for_connected_members_only(any_app, ann, bob):
    away, _ = any_app.create_account("Cleo")

    seq = post(ann, "@here lunch?")

    assert (seq, bob.person) in mentioned()
    assert {away, ann.person, 0}.isdisjoint({person for _, person in mentioned()})


def test_mentions_of_oneself_or_unknown_handles_are_ignored(ann):
    post(ann, "@ann @nobody-at-all @hubbub")

    assert mentioned() == []


def test_a_person_outside_the_room_cannot_be_mentioned(olga, ann, bob):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]

    seq = post(olga, "@ann @bob the merger", channel=room)

    assert mentioned(room) == [(seq, ann.person)]
    assert room not in bob.get(f"/api/channels/user:{bob.person}/window").text


def test_an_edit_replaces_the_mentions_and_a_deletion_removes_them(ann, bob, olga):
    seq = post(ann, "@bob please")
    ann.call("edit", channel=LOBBY, seq=seq, text="@olga please", key="e")
    edited = mentioned()
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    assert edited == [(seq, olga.person)]
    assert mentioned() == []


def test_a_message_writes_few_rows_plus_one_per_mention(any_app, ann, bob, olga):
    for n in range(5):
        any_app.create_account(f"P{n}")
    before = rows()

    post(ann, "plain")
    until_notified()
    plain, before = changed(before, rows()), rows()
    post(ann, "@bob and @olga")
    until_notified()

    assert plain == {"entry": 1, "searchable": 1, "cursor": 1}
    assert changed(before, rows()) == {"entry": 1 + 2, "searchable": 1, "mention": 2, "notification": 2}


def rows():
    tables = ("entry", "message", "edit", "mention", "searchable", "reaction", "reply", "follower", "cursor", "person",
              "notification")
    return {table: db.execute(f"select count(*) from {table}")[0][0] for table in tables}


def changed(before, after):
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}


def test_a_mention_with_the_wide_sign_is_stored_like_any_other(ann, bob):
    ann.call("post", channel=LOBBY, text="＠bob, look", key="a1")

    assert mentioned() == [(1, bob.person)]
