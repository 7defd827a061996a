"""Members of a room: joining, leaving, inviting, removing and roles; removed members receive nothing."""

import threading

import gevent
import pytest

from hubbub.chat import create_room, members, rooms
from hubbub.core import cursors, db, follow, hub, log
from hubbub.core.access import Refused
from hubbub.core.log import START
from hubbub.people import model
from tests.club import Listener
from tests.waiting import until

LOBBY = "room:1"
ABSENT = Refused("error.channel_not_found", "not_found").payload


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def new_room(caller, kind="private", people=(), name="Lake"):
    return caller.call("create_room", name=name, kind=kind, people=list(people), key=name)["ok"]["channel"]


def history(channel):
    """Return the entries of a room as (kind, person)."""
    return [(entry.kind, entry.data.get("person")) for entry in log.read(db, channel, 0)]


def is_consistent(channel):
    """Return whether the members are those who joined and did not leave according to the log."""
    inside = set()
    for kind, person in history(channel):
        inside |= {person} if kind == "joined" else set()
        inside -= {person} if kind == "left" else set()
    rows = db.execute("select person from member where room = :room", room=rooms.number(channel))
    return sorted(inside) == sorted(person for person, in rows)


def test_joining_informs_all_devices_of_the_person_and_the_room(any_app, ann, bob):
    lake = new_room(ann, "public")
    ann.call("subscribe", channel=lake)
    other = any_app.connect(bob.person, bob.token)
    for device in (bob, other):
        device.call("subscribe", channel=f"user:{bob.person}")

    room = bob.call("join", channel=lake, key="j")["ok"]

    received = [device.received("room", 1)[-1]["data"] for device in (bob, other)]
    assert received == [room, room]
    assert (room["role"], room["members"]) == ("member", 2)
    assert ann.received("joined", 2)[-1]["data"] == {"person": bob.person}


def test_messages_from_before_joining_are_not_unread(any_app, ann, bob):
    lake = new_room(ann, "public")
    for n in range(3):
        ann.call("post", channel=lake, text=f"old news {n} @room", key=str(n))
        ann.call("post", channel=LOBBY, text=f"old news {n} @room", key=str(n))

    bob.call("join", channel=lake, key="j")
    cleo = any_app.connect_member("Cleo")

    assert cursors.unread(db, bob.person, lake) == 0
    assert cursors.unread(db, cleo.person, LOBBY) == 0
    assert cleo.get(f"/api/channels/user:{cleo.person}/window").json["mentions"] == {}


def test_twenty_simultaneous_joins_join_once(any_app, ann, bob):
    lake = new_room(ann, "public")

    gevent.joinall([gevent.spawn(members.join, bob.person, lake, f"j{n}") for n in range(20)], raise_error=True)

    assert history(lake).count(("joined", bob.person)) == 1
    assert is_consistent(lake)


def test_repeating_a_join_after_a_removal_does_not_rejoin(ann, bob):
    lake = new_room(ann, "public")
    bob.call("join", channel=lake, key="j")
    ann.call("kick", channel=lake, person=bob.person, key="k")

    again = bob.call("join", channel=lake, key="j")["ok"]

    assert again["role"] == ""
    assert is_consistent(lake)
    assert bob.call("join", channel=lake, key="j2")["ok"]["role"] == "member"


def test_repeating_an_invitation_after_a_removal_does_not_readmit(ann, bob):
    lake = new_room(ann)
    ann.call("invite", channel=lake, people=[bob.person], key="i")
    ann.call("kick", channel=lake, person=bob.person, key="k")

    ann.call("invite", channel=lake, people=[bob.person], key="i")

    assert is_consistent(lake)
    assert bob.call("subscribe", channel=lake) == ABSENT


def test_many_people_can_be_invited_with_the_longest_key(ann, any_app):
    lake = new_room(ann)
    with db.transaction() as tx:
        people = [model.create(tx, "x", f"x-{n}", "member").id for n in range(20)]

    room = ann.call("invite", channel=lake, people=people, key="k" * 64)["ok"]

    assert room["members"] == 21
    assert is_consistent(lake)


def test_an_invitation_that_fails_for_one_person_changes_nothing(ann, bob, olga):
    lake = new_room(ann)
    olga.post(f"/api/people/{bob.person}/ban")
    with db.transaction() as tx:
        eve = model.create(tx, "Eve", "eve", "member").id

    answer = ann.call("invite", channel=lake, people=[eve, bob.person], key="i")

    assert answer == Refused("error.person_not_found", "not_found").payload
    assert history(lake) == [("created", None), ("joined", ann.person)]


def test_a_removed_member_receives_nothing_after_the_removal(any_app, ann, bob):
    lake = new_room(ann, people=[bob.person])
    bob.call("subscribe", channel=lake)
    bob.call("subscribe", channel=f"user:{bob.person}")
    stop = threading.Event()

    def post_repeatedly():
        n = 0
        while not stop.is_set():
            ann.send("post", {"channel": lake, "text": f"talk {n}", "key": f"t{n}"})
            n += 1
            gevent.sleep(0.001)

    writer = gevent.spawn(post_repeatedly)
    bob.received("message", 5)
    ann.call("kick", channel=lake, person=bob.person, key="k")
    seq = [entry.seq for entry in log.read(db, lake, 0, 5000) if entry.kind == "left"][0]
    until(lambda: log.head(db, lake).seq > seq + 5)
    stop.set()
    writer.join()
    bob.received("room_left", 1)
    answers = [bob.call("post", channel=lake, text="still here", key="p"), bob.call("subscribe", channel=lake),
             bob.call("resume", cursors={lake: [1, "created"]})["ok"][lake], bob.call("typing", channel=lake)]

    received = [data["seq"] for _, data in bob.events if isinstance(data, dict) and data.get("channel") == lake]
    assert received == sorted(received) and max(received) == seq
    assert answers == [ABSENT] * 4
    for path in ("entries?after=0", "window", f"messages/{seq - 1}", "pins"):
        assert bob.get(f"/api/channels/{lake}/{path}").status_code == 404
    assert lake not in [room["channel"] for room in bob.get("/api/rooms").json]
    assert bob.get("/api/search?q=talk").json["items"] == []


def test_a_member_who_leaves_receives_nothing_of_the_same_transaction(ann, bob):
    lake = new_room(ann, people=[bob.person])
    listener = Listener(ann.person)
    hub.attach(Listener.encode)

    follow.follow(listener, lake, START)
    members.leave(ann.person, lake, "l")  # this makes bob the room admin

    assert listener.received[-1][0] == "left"
    assert history(lake)[-2:] == [("left", ann.person), ("role", bob.person)]


def test_a_former_member_can_rejoin_only_a_public_room(ann, bob):
    lake, vault = new_room(ann, "public", [bob.person]), new_room(ann, "private", [bob.person], "Vault")
    for channel in (lake, vault):
        assert bob.call("leave", channel=channel, key="l") == {"ok": None}
        assert bob.call("leave", channel=channel, key="l") == {"ok": None}

    assert bob.call("join", channel=lake, key="j")["ok"]["members"] == 2
    assert bob.call("join", channel=vault, key="j") == ABSENT
    assert is_consistent(lake) and is_consistent(vault)


def test_a_person_banned_from_a_room_stays_out_until_the_ban_is_lifted(ann, bob):
    lake = new_room(ann, "public", [bob.person])
    ann.call("kick", channel=lake, person=bob.person, key="k", ban=True)

    answers = [bob.call("join", channel=lake, key="j"), ann.call("invite", channel=lake, people=[bob.person], key="i")]
    ann.call("unban", channel=lake, person=bob.person)

    assert [answer["code"] for answer in answers] == ["denied", "denied"]
    assert log.read(db, lake, 0)[-1].data == {"person": bob.person, "by": ann.person, "banned": True}
    assert bob.call("join", channel=lake, key="j2")["ok"]["role"] == "member"


def test_people_who_cannot_be_removed_from_a_room(olga, ann, bob):
    lake = new_room(ann, "public", [bob.person, olga.person])

    answers = [bob.call("kick", channel=lake, person=ann.person, key="1"),
             ann.call("kick", channel=lake, person=ann.person, key="2"),
             ann.call("kick", channel=lake, person=olga.person, key="3"),
             olga.call("kick", channel=LOBBY, person=bob.person, key="4", ban=True),
             bob.call("leave", channel=LOBBY, key="5")]

    assert [answer["code"] for answer in answers] == ["denied", "bad_input", "denied", "bad_input", "denied"]
    assert "ok" in bob.call("post", channel=LOBBY, text="still here", key="6")


def test_the_people_of_a_direct_conversation_are_fixed(ann, bob, olga):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]

    assert ann.call("leave", channel=direct, key="l")["code"] == "denied"
    assert ann.call("invite", channel=direct, people=[olga.person], key="i")["code"] == "denied"
    assert ann.call("kick", channel=direct, person=bob.person, key="k")["code"] == "denied"
    assert ann.call("rename_room", channel=direct, name="Us", key="r")["code"] == "denied"


def test_a_room_always_has_an_admin_who_is_no_guest(any_app, ann, bob):
    lake = new_room(ann)
    gil = any_app.connect_guest("gil")
    ann.call("invite", channel=lake, people=[gil.person, bob.person], key="i")

    last_admin = ann.call("set_room_role", channel=lake, person=ann.person, role="member", key="1")
    guest = ann.call("set_room_role", channel=lake, person=gil.person, role="admin", key="2")
    ann.call("leave", channel=lake, key="l")
    listed = gil.call("members", channel=lake)["ok"]

    assert (last_admin["code"], guest["code"]) == ("denied", "denied")
    assert [(member["person"], member["role"]) for member in listed] == [(bob.person, "admin"), (gil.person, "member")]


def test_another_member_becomes_admin_when_the_admin_is_banned_or_demoted(olga, ann, bob, any_app):
    cleo, lake = any_app.connect_member("Cleo"), new_room(ann)
    ann.call("invite", channel=lake, people=[bob.person, cleo.person], key="i")

    olga.post(f"/api/people/{ann.person}/ban")
    topic_by_bob = bob.call("topic", channel=lake, topic="bob's", key="1")
    olga.request("PATCH", f"/api/people/{bob.person}", role="guest")
    reconnected = any_app.connect(bob.person, bob.token)

    assert "ok" in topic_by_bob
    assert reconnected.call("topic", channel=lake, topic="still bob's", key="2")["code"] == "denied"
    assert "ok" in cleo.call("topic", channel=lake, topic="cleo's", key="3")
    assert [entry for entry in history(lake) if entry[0] == "role"] == [("role", bob.person), ("role", cleo.person)]


def test_leaving_a_room_unfollows_its_threads(ann, bob):
    lake = new_room(ann, "public", [bob.person])
    roots = [bob.call("post", channel=lake, text=text, key=text)["ok"] for text in ("tea?", "cake?")]
    ann.call("post", channel=lake, text="yes", key="1", thread=roots[0])
    bob.call("leave", channel=lake, key="l")
    ann.call("post", channel=lake, text="yes", key="2", thread=roots[1])

    answer = bob.call("follow_thread", channel=lake, root=roots[0], on=True)
    bob.call("join", channel=lake, key="j")

    assert answer["code"] == "denied"
    assert bob.get(f"/api/channels/user:{bob.person}/window").json["threads"] == []
    assert db.execute("select person from follower where person = :bob", bob=bob.person) == []
    assert bob.call("follow_thread", channel=lake, root=roots[0], on=True) == {"ok": None}


def test_a_new_room_admin_is_informed_and_has_the_permissions(ann, bob, olga):
    lake = new_room(ann, people=[bob.person, olga.person])
    bob.call("subscribe", channel=f"user:{bob.person}")

    before = bob.call("topic", channel=lake, topic="mine", key="1")
    ann.call("set_room_role", channel=lake, person=bob.person, role="admin", key="2")
    after = bob.call("topic", channel=lake, topic="mine", key="3")

    assert (before["code"], "ok" in after) == ("denied", True)
    assert bob.received("room", 1)[-1]["data"]["role"] == "admin"


def test_an_invite_link_joins_its_room_and_never_the_lobby(any_app, olga, ann):
    lake = new_room(olga, "public")
    for room in (rooms.number(lake), 1):
        invite = any_app.request("/api/invites", olga.token, role="member", room=room).json
        secret = invite.get("url", "#").split("#")[1]
        any_app.request("/api/join", secret=secret, name="Eve", handle=f"eve{room}", password="correct horse battery")

    assert is_consistent(lake)
    assert len(history(lake)) == 3
    assert db.execute("select * from member where room = 1") == []


def test_a_banned_person_loses_access_to_every_room_at_once(ann, bob, olga):
    lake = new_room(ann, people=[bob.person])
    bob.call("subscribe", channel=lake)

    olga.post(f"/api/people/{bob.person}/ban")
    until(lambda: not bob.client.connected)
    ann.call("post", channel=lake, text="he is gone", key="1")

    assert bob.get(f"/api/channels/{lake}/window").status_code == 401
    assert bob.received("message") == []


def test_members_are_managed_over_http(any_app, ann, bob):
    lake, cleo = new_room(ann, "public"), any_app.connect_member("Cleo")
    path = f"/api/rooms/{lake[5:]}/members"

    joined = bob.post(path, people=[bob.person], key="j").json
    ann.post(path, people=[cleo.person], key="i")
    ann.request("PATCH", f"{path}/{bob.person}", role="admin", key="r")
    listed = bob.get(path).json
    bob.request("DELETE", f"{path}/{cleo.person}", key="k")
    bob.request("DELETE", f"{path}/{bob.person}", key="l")

    assert joined["role"] == "member"
    assert [(member["person"], member["role"]) for member in listed] == [
        (ann.person, "admin"), (bob.person, "admin"), (cleo.person, "member")]
    assert [member["person"] for member in ann.get(path).json] == [ann.person]


def test_simultaneous_joins_and_leaves_keep_the_members_consistent(any_app, ann):
    lake = new_room(ann, "public")
    with db.transaction() as tx:
        people = [model.create(tx, "x", f"y-{n}", "member").id for n in range(20)]

    def join_and_maybe_leave(person):
        members.join(person, lake, "j")
        if person % 2:
            members.leave(person, lake, "l")

    gevent.joinall([gevent.spawn(join_and_maybe_leave, person) for person in people], raise_error=True)

    assert is_consistent(lake)
    assert rooms.get(db, ann.person, lake).members == 11
    assert create_room.direct(people[0], [ann.person]).people == [ann.person, people[0]]
