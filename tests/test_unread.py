"""Unread: cursors that the last word moves, also backwards; all at once, and taken back."""

import pytest

from hubbub.core import cursors, db
from hubbub.core.access import Refused

LOBBY = "room:1"


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def standing(caller):
    return caller.get(f"/api/channels/user:{caller.person}/window").json


def test_reading_on_one_device_is_told_to_the_others(any_app, ann, bob):
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"user:{ann.person}")
    seqs = [bob.call("post", channel=LOBBY, text=str(n), key=str(n))["ok"] for n in range(3)]

    ann.call("read", channel=LOBBY, seq=seqs[1])

    assert other.received("cursor", 1)[0]["data"] == {"channel": LOBBY, "seq": seqs[1], "n": 2, "version": 1}
    assert cursors.unread(db, ann.person, LOBBY) == 1


def test_marked_unread_from_a_message_it_and_what_called_one_since_count_again(any_app, ann, bob):
    ann.call("subscribe", channel=f"user:{ann.person}")
    seqs = [bob.call("post", channel=LOBBY, text=text, key=text)["ok"] for text in ("hello", "@ann", "@room", "bye")]
    ann.call("read", channel=LOBBY, seq=seqs[-1])
    calm = standing(ann)["mentions"]

    answer = ann.request("POST", f"/api/channels/{LOBBY}/read", seq=seqs[0])

    assert calm == {}
    assert answer.json == 2
    assert cursors.unread(db, ann.person, LOBBY) == 3
    assert ann.received("mentions", 1)[0]["data"] == {"channel": LOBBY, "seqs": seqs[1:3], "head": seqs[-1]}
    assert standing(ann)["mentions"] == {LOBBY: seqs[1:3]}


def test_all_is_read_at_once_and_can_be_taken_back(ann, bob):
    lake = bob.call("create_room", name="Lake", kind="public", people=[ann.person], key="k")["ok"]["channel"]
    bob.call("create_room", name="Elsewhere", kind="public", key="e")
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    for channel in (LOBBY, lake, "room:3"):
        bob.call("post", channel=channel, text="@ann", key="2")
    before = standing(ann)

    places = ann.call("read_all")["ok"]
    calm = standing(ann)
    for channel, seq in places.items():
        ann.call("read", channel=channel, seq=seq)
    after = standing(ann)

    assert places == {LOBBY: root, lake: before["cursors"][lake][0]}
    assert (calm["mentions"], cursors.unread(db, ann.person, lake)) == ({}, 1)
    assert after["mentions"] == before["mentions"]
    assert {name: place[:2] for name, place in after["cursors"].items()} == {
        name: place[:2] for name, place in before["cursors"].items()}
    assert ann.request("POST", "/api/read-all").json == places


def test_a_call_in_a_thread_is_marked_as_read_when_everything_is(ann, bob):
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    bob.call("post", channel=LOBBY, text="@ann yes", key="2", thread=root)

    places = ann.call("read_all")["ok"]

    assert places == {LOBBY: root}
    assert standing(ann)["mentions"] == {}


def test_one_reads_up_to_what_is_there_in_rooms_that_one_may_read(ann, bob):
    vault = bob.call("create_room", name="Vault", kind="private", key="k")["ok"]["channel"]

    assert ann.call("read", channel=LOBBY, seq=7)["code"] == "absent"
    assert ann.call("read", channel=vault, seq=1) == Refused("error.channel_absent", "absent").payload
