"""Direct conversations with one person, with a few, or with oneself: the same people always share one."""

import gevent
import pytest

from hubbub.chat import create_room
from hubbub.core import access, db, log
from hubbub.people import model


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def test_both_people_open_the_same_conversation_and_are_informed(ann, bob):
    for caller in (ann, bob):
        caller.call("subscribe", channel=f"user:{caller.person}")

    first = ann.call("open_direct", people=[bob.person])["ok"]
    second = bob.call("open_direct", people=[ann.person, bob.person])["ok"]

    assert (first["channel"], first["kind"], first["people"]) == (second["channel"], "direct", [ann.person, bob.person])
    assert [len(caller.received("room", 1)) for caller in (ann, bob)] == [1, 1]
    assert bob.received("room")[0]["data"]["channel"] == first["channel"]


def test_notes_to_oneself_are_private(ann, bob, olga):
    notes = ann.call("open_direct", people=[])["ok"]
    again = ann.post("/api/directs", people=[ann.person]).json

    assert (notes["people"], notes["channel"]) == ([ann.person], again["channel"])
    assert "ok" in ann.call("post", channel=notes["channel"], text="milk", key="1")
    for other in (bob, olga):
        assert other.call("subscribe", channel=notes["channel"])["code"] == "not_found"


def test_a_group_has_a_conversation_separate_from_its_pairs(ann, bob, olga):
    two = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    three = ann.call("open_direct", people=[bob.person, olga.person])["ok"]["channel"]

    ann.call("post", channel=three, text="a party", key="1")

    assert three != two == bob.call("open_direct", people=[ann.person])["ok"]["channel"]
    assert "a party" in [item["text"] for item in olga.get(f"/api/channels/{three}/window").json["items"]]
    assert olga.call("subscribe", channel=two)["code"] == "not_found"


def test_twenty_simultaneous_attempts_create_one_conversation(any_app, ann, bob):
    pairs = [(ann.person, [bob.person]), (bob.person, [ann.person])] * 10

    greenlets = [gevent.spawn(create_room.direct, *pair) for pair in pairs]
    gevent.joinall(greenlets, raise_error=True)

    [channel] = {greenlet.value.channel for greenlet in greenlets}
    assert [entry.kind for entry in log.read(db, channel, 0)] == ["created"]
    assert db.execute("select count(*) from room where kind = 'direct'") == [(1,)]


def test_an_invalid_conversation_is_refused(ann):
    for people, code in [([0], "not_found"), ([999], "not_found"), ([-1], "not_found"),
                         (list(range(2, 13)), "too_large"), (list(range(60)), "bad_input")]:
        assert ann.call("open_direct", people=people).get("code") == code, people

    assert db.execute("select count(*) from room") == [(1,)]


def test_a_conversation_has_at_most_ten_people(any_app, ann):
    with db.transaction() as tx:
        others = [model.create(tx, "x", f"x-{n}", "member").id for n in range(10)]

    room = create_room.direct(ann.person, others[:9])
    with pytest.raises(access.Refused, match="at most 10"):
        create_room.direct(ann.person, others)

    assert room.members == 10


def test_a_banned_person_gets_no_new_conversation_but_old_ones_stay(ann, bob, olga):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    ann.call("post", channel=direct, text="before", key="1")
    olga.post(f"/api/people/{bob.person}/ban")

    assert olga.call("open_direct", people=[bob.person])["code"] == "not_found"
    assert ann.call("open_direct", people=[bob.person])["ok"]["channel"] == direct
    assert ann.get(f"/api/channels/{direct}/window").json["items"][-1]["text"] == "before"


def test_a_guest_can_reply_to_a_conversation_but_not_start_one(any_app, ann, bob):
    gil = any_app.connect_guest("gil")

    started = gil.call("open_direct", people=[ann.person])
    direct = ann.call("open_direct", people=[gil.person])["ok"]["channel"]

    assert started["code"] == "denied"
    assert "ok" in gil.call("post", channel=direct, text="hello", key="1")
    assert gil.call("open_direct", people=[ann.person])["ok"]["channel"] == direct
    assert gil.call("open_direct", people=[])["ok"]["people"] == [gil.person]
