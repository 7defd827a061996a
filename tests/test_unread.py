"""Unread counts: moving read cursors forwards and backwards, and marking everything as read."""

import pytest

from hubbub.core import cursors, db, node
from hubbub.core.access import Refused
from tests.waiting import until_notified

LOBBY = "room:1"


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def state_of(caller):
    return caller.get(f"/api/channels/user:{caller.person}/window").json


def test_a_read_cursor_is_sent_to_the_other_devices(any_app, ann, bob):
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"user:{ann.person}")
    seqs = [bob.call("post", channel=LOBBY, text=str(n), key=str(n))["ok"] for n in range(3)]

    ann.call("read", channel=LOBBY, seq=seqs[1])

    assert other.received("cursor", 1)[0]["data"] == {"channel": LOBBY, "seq": seqs[1], "n": 2, "version": 1}
    assert cursors.unread(db, ann.person, LOBBY) == 1


def test_marking_unread_restores_the_count_and_the_mentions(any_app, ann, bob):
    ann.call("subscribe", channel=f"user:{ann.person}")
    seqs = [bob.call("post", channel=LOBBY, text=text, key=text)["ok"] for text in ("hello", "@ann", "@room", "bye")]
    ann.call("read", channel=LOBBY, seq=seqs[-1])
    mentions = state_of(ann)["mentions"]

    answer = ann.request("POST", f"/api/channels/{LOBBY}/read", seq=seqs[0])

    assert mentions == {}
    assert answer.json == 2
    assert cursors.unread(db, ann.person, LOBBY) == 3
    assert ann.received("mentions", 1)[0]["data"] == {
        "channel": LOBBY, "seqs": seqs[1:3], "uncounted": [], "head": seqs[-1]}
    assert state_of(ann)["mentions"] == {LOBBY: seqs[1:3]}


def test_marking_everything_as_read_can_be_undone(ann, bob):
    lake = bob.call("create_room", name="Lake", kind="public", people=[ann.person], key="k")["ok"]["channel"]
    bob.call("create_room", name="Elsewhere", kind="public", key="e")
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    for channel in (LOBBY, lake, "room:3"):
        bob.call("post", channel=channel, text="@ann", key="2")
    before = state_of(ann)

    cursors_before = ann.call("read_all")["ok"]
    read_state = state_of(ann)
    for channel, seq in cursors_before.items():
        ann.call("read", channel=channel, seq=seq)
    after = state_of(ann)

    assert cursors_before == {LOBBY: root, lake: before["cursors"][lake][0]}
    assert (read_state["mentions"], cursors.unread(db, ann.person, lake)) == ({}, 1)
    assert after["mentions"] == before["mentions"]
    assert {name: cursor[:2] for name, cursor in after["cursors"].items()} == {
        name: cursor[:2] for name, cursor in before["cursors"].items()}
    assert ann.request("POST", "/api/read-all").json == cursors_before


def test_marking_everything_as_read_includes_mentions_in_threads(ann, bob):
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    bob.call("post", channel=LOBBY, text="@ann yes", key="2", thread=root)

    cursors_before = ann.call("read_all")["ok"]

    assert cursors_before == {LOBBY: root}
    assert state_of(ann)["mentions"] == {}


def delete(caller, channel, seqs):
    for seq in seqs:
        assert "ok" in caller.call("delete", channel=channel, seq=seq, key=f"delete {seq}")


def test_deleted_messages_are_not_unread_in_rooms_and_directs(ann, bob):
    direct = bob.call("open_direct", people=[ann.person])["ok"]["channel"]
    for channel in (LOBBY, direct):
        seqs = [bob.call("post", channel=channel, text="@ann", key=str(n))["ok"] for n in range(4)]
        delete(bob, channel, seqs[:2] + seqs[3:])

        assert cursors.unread(db, ann.person, channel) == 1
        delete(bob, channel, seqs[2:3])
        assert cursors.unread(db, ann.person, channel) == 0
        assert state_of(ann)["uncounted"][channel] == [[1, 4]]
    assert ann.call("read_all") == {"ok": {}}
    assert ann.get(f"/api/channels/inbox:{ann.person}/window").json["unread"] == 0


def test_going_back_returns_the_deletions_after_the_cursor(any_app, ann, bob):
    seqs = [bob.call("post", channel=LOBBY, text=str(n), key=str(n))["ok"] for n in range(5)]
    delete(bob, LOBBY, [seqs[1], seqs[3]])
    ann.call("read", channel=LOBBY, seq=seqs[4])
    ann.call("subscribe", channel=f"user:{ann.person}")

    ann.call("read", channel=LOBBY, seq=seqs[0])

    assert ann.received("mentions", 1)[0]["data"]["uncounted"] == [[2, 2], [4, 4]]
    assert state_of(ann)["uncounted"] == {LOBBY: [[2, 2], [4, 4]]}
    assert cursors.unread(db, ann.person, LOBBY) == 2


def test_deleted_replies_are_not_unread(ann, bob):
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    seqs = [bob.call("post", channel=LOBBY, text="yes", key=f"r{n}", thread=root)["ok"] for n in range(3)]
    unread = lambda: [thread["unread"] for thread in ann.get("/api/threads").json["threads"]]  # noqa: E731

    delete(bob, LOBBY, seqs[:1])
    assert unread() == [2]
    delete(bob, LOBBY, seqs[1:])

    assert unread() == [0]
    assert state_of(ann)["uncounted"] == {f"{LOBBY}/{root}": [[1, 3]]}
    assert ann.get(f"/api/channels/inbox:{ann.person}/window").json["unread"] == 0


def test_deleting_a_message_that_was_read_takes_no_other_notification_from_the_count(ann, bob):
    seqs = [bob.call("post", channel=LOBBY, text="@ann", key=str(n))["ok"] for n in range(2)]
    until_notified()
    ann.call("read", channel=LOBBY, seq=seqs[0])
    ann.call("subscribe", channel=f"inbox:{ann.person}")

    delete(bob, LOBBY, seqs)

    assert [entry["data"].get("was_read", False) for entry in ann.received("read", 3)] == [
        False, True, False]  # the first one for reading it


def test_a_read_cursor_needs_an_existing_entry_and_access(ann, bob):
    vault = bob.call("create_room", name="Vault", kind="private", key="k")["ok"]["channel"]

    assert ann.call("read", channel=LOBBY, seq=7)["code"] == "not_found"
    assert ann.call("read", channel=vault, seq=1) == Refused("error.channel_not_found", "not_found").payload


def test_the_first_message_of_a_day_is_found_by_its_time(any_app, ann, bob, monkeypatch):
    room = ann.call("create_room", name="Lake", kind="private", key="k")["ok"]["channel"]
    seqs, start = {}, node.now()
    for hour in (10, 11, 13):
        monkeypatch.setattr(node, "now", lambda hour=hour: start + hour * 3600)
        seqs[hour] = ann.call("post", channel=room, text=str(hour), key=str(hour))["ok"]
        ann.call("react", channel=room, seq=seqs[hour], emoji="👍", on=True, key=f"r{hour}")

    def at(caller, hour):
        return caller.get(f"/api/channels/{room}/entry-at?at={start + hour * 3600}")

    assert [at(ann, hour).json for hour in (10, 10.5, 11, 12, 13, 14)] == [
        seqs[10], seqs[11], seqs[11], seqs[13], seqs[13], 0]
    assert ann.get(f"/api/channels/{room}/entry-at?at=0").json == 1
    assert at(bob, 10).status_code == 404
