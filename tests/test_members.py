"""Who is in a room: joining, leaving, inviting, removing, leading; and that nothing reaches whoever is out."""

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
ABSENT = Refused("error.channel_absent", "absent").payload


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def make(caller, kind="private", people=(), name="Lake"):
    return caller.call("create_room", name=name, kind=kind, people=list(people), key=name)["ok"]["channel"]


def history(channel):
    """What happened in a room, and to whom."""
    return [(entry.kind, entry.data.get("person")) for entry in log.read(db, channel, 0)]


def consistent(channel):
    """The members are those whom the log says to have come and not gone."""
    inside = set()
    for kind, person in history(channel):
        inside |= {person} if kind == "joined" else set()
        inside -= {person} if kind == "left" else set()
    rows = db.execute("select person from member where room = :room", room=rooms.number(channel))
    return sorted(inside) == sorted(person for person, in rows)


def test_who_joins_is_told_on_all_devices_and_everybody_in_the_room_hears_it(any_app, ann, bob):
    lake = make(ann, "public")
    ann.call("subscribe", channel=lake)
    other = any_app.connect(bob.person, bob.token)
    for device in (bob, other):
        device.call("subscribe", channel=f"user:{bob.person}")

    room = bob.call("join", channel=lake, key="j")["ok"]

    told = [device.received("room", 1)[-1]["data"] for device in (bob, other)]
    assert told == [room, room]
    assert (room["role"], room["members"]) == ("member", 2)
    assert ann.received("joined", 2)[-1]["data"] == {"person": bob.person}


def test_what_was_said_before_one_came_is_no_news(any_app, ann, bob):
    lake = make(ann, "public")
    for n in range(3):
        ann.call("post", channel=lake, text=f"old news {n} @room", key=str(n))
        ann.call("post", channel=LOBBY, text=f"old news {n} @room", key=str(n))

    bob.call("join", channel=lake, key="j")
    cleo = any_app.connect_member("Cleo")

    assert cursors.unread(db, bob.person, lake) == 0
    assert cursors.unread(db, cleo.person, LOBBY) == 0
    assert cleo.get(f"/api/channels/user:{cleo.person}/window").json["mentions"] == {}


def test_twenty_joins_at_once_under_twenty_keys_are_one(any_app, ann, bob):
    lake = make(ann, "public")

    gevent.joinall([gevent.spawn(members.join, bob.person, lake, f"j{n}") for n in range(20)], raise_error=True)

    assert history(lake).count(("joined", bob.person)) == 1
    assert consistent(lake)


def test_a_join_sent_again_after_a_removal_does_not_let_them_in_by_the_back_door(ann, bob):
    lake = make(ann, "public")
    bob.call("join", channel=lake, key="j")
    ann.call("kick", channel=lake, person=bob.person, key="k")

    again = bob.call("join", channel=lake, key="j")["ok"]

    assert again["role"] == ""
    assert consistent(lake)
    assert bob.call("join", channel=lake, key="j2")["ok"]["role"] == "member"


def test_an_invitation_sent_again_after_a_removal_does_not_either(ann, bob):
    lake = make(ann)
    ann.call("invite", channel=lake, people=[bob.person], key="i")
    ann.call("kick", channel=lake, person=bob.person, key="k")

    ann.call("invite", channel=lake, people=[bob.person], key="i")

    assert consistent(lake)
    assert bob.call("subscribe", channel=lake) == ABSENT


def test_many_are_invited_at_once_under_the_longest_of_keys(ann, any_app):
    lake = make(ann)
    with db.transaction() as tx:
        people = [model.create(tx, "x", f"x-{n}", "member").id for n in range(20)]

    room = ann.call("invite", channel=lake, people=people, key="k" * 64)["ok"]

    assert room["members"] == 21
    assert consistent(lake)


def test_an_invitation_that_fails_for_one_changes_nothing(ann, bob, olga):
    lake = make(ann)
    olga.post(f"/api/people/{bob.person}/ban")
    with db.transaction() as tx:
        eve = model.create(tx, "Eve", "eve", "member").id

    answer = ann.call("invite", channel=lake, people=[eve, bob.person], key="i")

    assert answer == Refused("error.person_absent", "absent").payload
    assert history(lake) == [("created", None), ("joined", ann.person)]


def test_kicked_in_the_middle_of_a_conversation_nothing_more_is_heard(any_app, ann, bob):
    lake = make(ann, people=[bob.person])
    bob.call("subscribe", channel=lake)
    bob.call("subscribe", channel=f"user:{bob.person}")
    stop = threading.Event()

    def talk():
        n = 0
        while not stop.is_set():
            ann.send("post", {"channel": lake, "text": f"talk {n}", "key": f"t{n}"})
            n += 1
            gevent.sleep(0.001)

    talking = gevent.spawn(talk)
    bob.received("message", 5)
    ann.call("kick", channel=lake, person=bob.person, key="k")
    seq = [entry.seq for entry in log.read(db, lake, 0, 5000) if entry.kind == "left"][0]
    until(lambda: log.head(db, lake).seq > seq + 5)
    stop.set()
    talking.join()
    bob.received("room_left", 1)
    tries = [bob.call("post", channel=lake, text="still here", key="p"), bob.call("subscribe", channel=lake),
             bob.call("resume", cursors={lake: [1, "created"]})["ok"][lake], bob.call("typing", channel=lake)]

    received = [data["seq"] for _, data in bob.events if isinstance(data, dict) and data.get("channel") == lake]
    assert received == sorted(received) and max(received) == seq
    assert tries == [ABSENT] * 4
    for path in ("entries?after=0", "window", f"messages/{seq - 1}", "pins"):
        assert bob.get(f"/api/channels/{lake}/{path}").status_code == 404
    assert lake not in [room["channel"] for room in bob.get("/api/rooms").json]
    assert bob.get("/api/search?q=talk").json["items"] == []


def test_nothing_that_follows_a_removal_in_the_same_step_is_heard_either(ann, bob):
    lake = make(ann, people=[bob.person])
    listener = Listener(ann.person)
    hub.attach(Listener.encode)

    follow.follow(listener, lake, START)
    members.leave(ann.person, lake, "l")  # after which bob leads

    assert listener.received[-1][0] == "left"
    assert history(lake)[-2:] == [("left", ann.person), ("role", bob.person)]


def test_who_leaves_may_come_back_to_an_open_room_only(ann, bob):
    lake, vault = make(ann, "public", [bob.person]), make(ann, "private", [bob.person], "Vault")
    for channel in (lake, vault):
        assert bob.call("leave", channel=channel, key="l") == {"ok": None}
        assert bob.call("leave", channel=channel, key="l") == {"ok": None}

    assert bob.call("join", channel=lake, key="j")["ok"]["members"] == 2
    assert bob.call("join", channel=vault, key="j") == ABSENT
    assert consistent(lake) and consistent(vault)


def test_who_is_banned_stays_out_until_forgiven(ann, bob):
    lake = make(ann, "public", [bob.person])
    ann.call("kick", channel=lake, person=bob.person, key="k", ban=True)

    tries = [bob.call("join", channel=lake, key="j"), ann.call("invite", channel=lake, people=[bob.person], key="i")]
    ann.call("forgive", channel=lake, person=bob.person)

    assert [answer["code"] for answer in tries] == ["denied", "denied"]
    assert log.read(db, lake, 0)[-1].data == {"person": bob.person, "by": ann.person, "banned": True}
    assert bob.call("join", channel=lake, key="j2")["ok"]["role"] == "member"


def test_whom_nobody_may_remove(olga, ann, bob):
    lake = make(ann, "public", [bob.person, olga.person])

    tries = [bob.call("kick", channel=lake, person=ann.person, key="1"),
             ann.call("kick", channel=lake, person=ann.person, key="2"),
             ann.call("kick", channel=lake, person=olga.person, key="3"),
             olga.call("kick", channel=LOBBY, person=bob.person, key="4", ban=True),
             bob.call("leave", channel=LOBBY, key="5")]

    assert [answer["code"] for answer in tries] == ["denied", "bad_input", "denied", "bad_input", "denied"]
    assert "ok" in bob.call("post", channel=LOBBY, text="still here", key="6")


def test_nobody_leaves_or_is_put_into_a_direct(ann, bob, olga):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]

    assert ann.call("leave", channel=direct, key="l")["code"] == "denied"
    assert ann.call("invite", channel=direct, people=[olga.person], key="i")["code"] == "denied"
    assert ann.call("kick", channel=direct, person=bob.person, key="k")["code"] == "denied"
    assert ann.call("rename_room", channel=direct, name="Us", key="r")["code"] == "denied"


def test_a_room_always_has_somebody_who_leads_it_but_never_a_guest(any_app, ann, bob):
    lake = make(ann)
    gil = any_app.connect_guest("gil")
    ann.call("invite", channel=lake, people=[gil.person, bob.person], key="i")

    alone = ann.call("room_role", channel=lake, person=ann.person, role="member", key="1")
    guest = ann.call("room_role", channel=lake, person=gil.person, role="admin", key="2")
    ann.call("leave", channel=lake, key="l")
    listed = gil.call("members", channel=lake)["ok"]

    assert (alone["code"], guest["code"]) == ("denied", "denied")
    assert [(one["person"], one["role"]) for one in listed] == [(bob.person, "admin"), (gil.person, "member")]


def test_when_who_leads_is_put_out_of_the_place_or_becomes_a_guest_somebody_else_leads(olga, ann, bob, any_app):
    cleo, lake = any_app.connect_member("Cleo"), make(ann)
    ann.call("invite", channel=lake, people=[bob.person, cleo.person], key="i")

    olga.post(f"/api/people/{ann.person}/ban")
    led_by_bob = bob.call("topic", channel=lake, topic="bob's", key="1")
    olga.request("PATCH", f"/api/people/{bob.person}", role="guest")
    again = any_app.connect(bob.person, bob.token)

    assert "ok" in led_by_bob
    assert again.call("topic", channel=lake, topic="still bob's", key="2")["code"] == "denied"
    assert "ok" in cleo.call("topic", channel=lake, topic="cleo's", key="3")
    assert [said for said in history(lake) if said[0] == "role"] == [("role", bob.person), ("role", cleo.person)]


def test_threads_are_followed_by_members_and_forgotten_by_who_leaves(ann, bob):
    lake = make(ann, "public", [bob.person])
    roots = [bob.call("post", channel=lake, text=text, key=text)["ok"] for text in ("tea?", "cake?")]
    ann.call("post", channel=lake, text="yes", key="1", thread=roots[0])
    bob.call("leave", channel=lake, key="l")
    ann.call("post", channel=lake, text="yes", key="2", thread=roots[1])

    looking = bob.call("follow_thread", channel=lake, root=roots[0], on=True)
    bob.call("join", channel=lake, key="j")

    assert looking["code"] == "denied"
    assert bob.get(f"/api/channels/user:{bob.person}/window").json["threads"] == []
    assert db.execute("select person from follower where person = :bob", bob=bob.person) == []
    assert bob.call("follow_thread", channel=lake, root=roots[0], on=True) == {"ok": None}


def test_a_new_leader_hears_of_it_and_may(ann, bob, olga):
    lake = make(ann, people=[bob.person, olga.person])
    bob.call("subscribe", channel=f"user:{bob.person}")

    before = bob.call("topic", channel=lake, topic="mine", key="1")
    ann.call("room_role", channel=lake, person=bob.person, role="admin", key="2")
    after = bob.call("topic", channel=lake, topic="mine", key="3")

    assert (before["code"], "ok" in after) == ("denied", True)
    assert bob.received("room", 1)[-1]["data"]["role"] == "admin"


def test_an_invite_link_leads_into_its_room_and_never_makes_a_member_of_the_lobby(any_app, olga, ann):
    lake = make(olga, "public")
    for room in (rooms.number(lake), 1):
        invite = any_app.request("/api/invites", olga.token, role="member", room=room).json
        secret = invite.get("url", "#").split("#")[1]
        any_app.request("/api/join", secret=secret, name="Eve", handle=f"eve{room}", password="correct horse battery")

    assert consistent(lake)
    assert len(history(lake)) == 3
    assert db.execute("select * from member where room = 1") == []


def test_who_is_banned_from_the_place_is_out_of_every_room_at_once(ann, bob, olga):
    lake = make(ann, people=[bob.person])
    bob.call("subscribe", channel=lake)

    olga.post(f"/api/people/{bob.person}/ban")
    until(lambda: not bob.client.connected)
    ann.call("post", channel=lake, text="he is gone", key="1")

    assert bob.get(f"/api/channels/{lake}/window").status_code == 401
    assert bob.received("message") == []


def test_over_http_one_joins_invites_leads_removes_and_leaves(any_app, ann, bob):
    lake, cleo = make(ann, "public"), any_app.connect_member("Cleo")
    path = f"/api/rooms/{lake[5:]}/members"

    joined = bob.post(path, people=[bob.person], key="j").json
    ann.post(path, people=[cleo.person], key="i")
    ann.request("PATCH", f"{path}/{bob.person}", role="admin", key="r")
    listed = bob.get(path).json
    bob.request("DELETE", f"{path}/{cleo.person}", key="k")
    bob.request("DELETE", f"{path}/{bob.person}", key="l")

    assert joined["role"] == "member"
    assert [(one["person"], one["role"]) for one in listed] == [
        (ann.person, "admin"), (bob.person, "admin"), (cleo.person, "member")]
    assert [one["person"] for one in ann.get(path).json] == [ann.person]


def test_a_kept_room_is_not_changed_by_twenty_who_come_and_go(any_app, ann):
    lake = make(ann, "public")
    with db.transaction() as tx:
        people = [model.create(tx, "x", f"y-{n}", "member").id for n in range(20)]

    def come_and_go(person):
        members.join(person, lake, "j")
        if person % 2:
            members.leave(person, lake, "l")

    gevent.joinall([gevent.spawn(come_and_go, person) for person in people], raise_error=True)

    assert consistent(lake)
    assert rooms.get(db, ann.person, lake).members == 11
    assert create_room.direct(people[0], [ann.person]).people == [ann.person, people[0]]
