"""Who is called by a message: @handle, @room, @here, outside of code, in linear time."""

import time

import pytest

from hubbub.core import db
from hubbub.people import handles as mentions

LOBBY = "room:1"


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
def test_what_a_text_names(text, handles):
    assert mentions.named(text) == handles


@pytest.mark.parametrize("hostile", ["@" * 16_000, "`" * 16_000, "` `` " * 3_200, "@aa." * 4_000, "```\n" * 4_000,
                                     "a`" * 8_000, "@" + "a-" * 8_000, "```" + "`a" * 7_900])
def test_hostile_texts_take_linear_time(hostile):
    start = time.thread_time()
    mentions.named(hostile)
    assert time.thread_time() - start < 1  # some milliseconds; quadratic time would take many seconds


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def say(caller, text, channel=LOBBY, **more):
    return caller.call("post", channel=channel, text=text, **{"key": text[:60], **more})["ok"]


def called(channel=LOBBY):
    """Whom which message calls."""
    return db.execute("select seq, person from mention where channel = :channel order by seq, person", channel=channel)


def standing(caller, channel=LOBBY):
    """The mentions that a device of somebody is told of when it opens."""
    return caller.get(f"/api/channels/user:{caller.person}/window").json["mentions"].get(channel, [])


def test_who_is_named_is_called_once_and_stands_in_the_message(ann, bob, olga):
    bob.call("subscribe", channel=LOBBY)
    seq = say(ann, "@bob, see `@olga`; @bob.")

    assert called() == [(seq, bob.person)]
    assert bob.received("message", 1)[0]["data"]["mentions"] == {"bob": bob.person}
    assert (standing(bob), standing(olga)) == ([seq], [])


def test_what_one_has_read_calls_no_more_and_after_marking_unread_again(ann, bob):
    seq = say(ann, "@bob hello")

    bob.call("read", channel=LOBBY, seq=seq)
    read = standing(bob)
    bob.call("read", channel=LOBBY, seq=seq - 1)

    assert (read, standing(bob)) == ([], [seq])


def test_the_whole_room_is_called_by_one_row(ann, bob, olga):
    seq = say(ann, "@room fire drill")

    assert called() == [(seq, 0)]
    assert standing(bob) == standing(olga) == [seq]


def test_here_calls_those_who_are_connected_and_nobody_else(any_app, ann, bob):
    away, _ = any_app.create_account("Cleo")

    seq = say(ann, "@here lunch?")

    assert (seq, bob.person) in called()
    assert {away, ann.person, 0}.isdisjoint({person for _, person in called()})


def test_one_is_not_called_by_oneself_nor_by_who_is_nobody(ann):
    say(ann, "@ann @nobody-at-all @hubbub")

    assert called() == []


def test_who_is_not_in_the_room_is_not_called_and_learns_nothing(olga, ann, bob):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]

    seq = say(olga, "@ann @bob the merger", channel=room)

    assert called(room) == [(seq, ann.person)]
    assert room not in bob.get(f"/api/channels/user:{bob.person}/window").text


def test_an_edit_calls_whom_the_new_words_name_and_a_deletion_nobody(ann, bob, olga):
    seq = say(ann, "@bob please")
    ann.call("edit", channel=LOBBY, seq=seq, text="@olga please", key="e")
    edited = called()
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    assert edited == [(seq, olga.person)]
    assert called() == []


def test_a_message_costs_one_row_however_many_are_in_the_room_and_one_for_each_it_names(any_app, ann, bob, olga):
    for n in range(5):
        any_app.create_account(f"P{n}")
    before = rows()

    say(ann, "plain")
    plain, before = changed(before, rows()), rows()
    say(ann, "@bob and @olga")

    assert plain == {"entry": 1, "searchable": 1, "cursor": 1}
    assert changed(before, rows()) == {"entry": 1 + 2, "searchable": 1, "mention": 2, "notification": 2}


def rows():
    tables = ("entry", "message", "edit", "mention", "searchable", "reaction", "reply", "follower", "cursor", "person",
              "notification")
    return {table: db.execute(f"select count(*) from {table}")[0][0] for table in tables}


def changed(before, after):
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}
