"""Directs: between two, between a few, with oneself; found again whoever begins."""

import gevent
import pytest

from hubbub.chat import create_room
from hubbub.core import access, db, log
from hubbub.people import model


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def test_whoever_begins_it_is_the_same_conversation_and_both_are_told(ann, bob):
    for caller in (ann, bob):
        caller.call("subscribe", channel=f"own:{caller.person}")

    first = ann.call("direct", people=[bob.person])["ok"]
    second = bob.call("direct", people=[ann.person, bob.person])["ok"]

    assert (first["channel"], first["kind"], first["people"]) == (second["channel"], "direct", [ann.person, bob.person])
    assert [len(caller.received("room", 1)) for caller in (ann, bob)] == [1, 1]
    assert bob.received("room")[0]["data"]["channel"] == first["channel"]


def test_notes_to_oneself_are_nobody_elses(ann, bob, olga):
    notes = ann.call("direct", people=[])["ok"]
    again = ann.post("/api/directs", people=[ann.person]).json

    assert (notes["people"], notes["channel"]) == ([ann.person], again["channel"])
    assert "ok" in ann.call("post", channel=notes["channel"], text="milk", key="1")
    for other in (bob, olga):
        assert other.call("subscribe", channel=notes["channel"])["code"] == "absent"


def test_a_few_have_a_conversation_of_their_own(ann, bob, olga):
    two = ann.call("direct", people=[bob.person])["ok"]["channel"]
    three = ann.call("direct", people=[bob.person, olga.person])["ok"]["channel"]

    ann.call("post", channel=three, text="a party", key="1")

    assert three != two == bob.call("direct", people=[ann.person])["ok"]["channel"]
    assert "a party" in [item["text"] for item in olga.get(f"/api/channels/{three}/window").json["items"]]
    assert olga.call("subscribe", channel=two)["code"] == "absent"


def test_twenty_who_begin_at_once_find_one_conversation(any_app, ann, bob):
    pairs = [(ann.person, [bob.person]), (bob.person, [ann.person])] * 10

    found = [gevent.spawn(create_room.direct, *pair) for pair in pairs]
    gevent.joinall(found, raise_error=True)

    [channel] = {one.value.channel for one in found}
    assert [entry.kind for entry in log.read(db, channel, 0)] == ["created"]
    assert db.execute("select count(*) from room where kind = 'direct'") == [(1,)]


@pytest.mark.parametrize("people, code", [([0], "absent"), ([999], "absent"), ([-1], "absent"),
                                          (list(range(2, 13)), "too_large"), (list(range(60)), "bad_input")])
def test_conversations_that_cannot_be(ann, people, code):
    assert ann.call("direct", people=people)["code"] == code
    assert db.execute("select count(*) from room") == [(1,)]


def test_ten_are_as_many_as_there_can_be(any_app, ann):
    with db.transaction() as tx:
        others = [model.create(tx, "x", f"x-{n}", "member").id for n in range(10)]

    room = create_room.direct(ann.person, others[:9])
    with pytest.raises(access.Refused, match="at most 10"):
        create_room.direct(ann.person, others)

    assert room.members == 10


def test_nobody_begins_with_who_is_banned_but_what_was_said_stays(ann, bob, olga):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    ann.call("post", channel=direct, text="before", key="1")
    olga.post(f"/api/people/{bob.person}/ban")

    assert olga.call("direct", people=[bob.person])["code"] == "absent"
    assert ann.call("direct", people=[bob.person])["ok"]["channel"] == direct
    assert ann.get(f"/api/channels/{direct}/window").json["items"][-1]["text"] == "before"


def test_a_guest_answers_but_does_not_begin(any_app, ann, bob):
    gil = any_app.connect_guest("gil")

    begun = gil.call("direct", people=[ann.person])
    direct = ann.call("direct", people=[gil.person])["ok"]["channel"]

    assert begun["code"] == "denied"
    assert "ok" in gil.call("post", channel=direct, text="hello", key="1")
    assert gil.call("direct", people=[ann.person])["ok"]["channel"] == direct
    assert gil.call("direct", people=[])["ok"]["people"] == [gil.person]
