"""Unread: cursors that the last word moves, also backwards; and every device of a person agrees on every badge."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.chat import making, members, messages, reading
from hubbub.core import access, cursors, db, follow, hub, windows
from hubbub.core.log import Cursor
from hubbub.people import model
from tests.club import Listener

LOBBY = "room:1"


@pytest.fixture
def olga(any_house):
    return any_house.found()


@pytest.fixture
def ann(any_house, olga):
    return any_house.join("Ann")


@pytest.fixture
def bob(any_house, olga):
    return any_house.join("Bob")


def standing(caller):
    return caller.get(f"/api/channels/own:{caller.person}/window").json


def test_reading_on_one_device_is_told_to_the_others(any_house, ann, bob):
    other = any_house.connect(ann.person, ann.token)
    other.ask("subscribe", channel=f"own:{ann.person}")
    seqs = [bob.ask("post", channel=LOBBY, text=str(n), key=str(n))["ok"] for n in range(3)]

    ann.ask("read", channel=LOBBY, seq=seqs[1])

    assert other.heard("cursor", 1)[0]["data"] == {"channel": LOBBY, "seq": seqs[1], "n": 2, "version": 1}
    assert cursors.unread(db, ann.person, LOBBY) == 1


def test_marked_unread_from_a_message_it_and_what_called_one_since_count_again(any_house, ann, bob):
    ann.ask("subscribe", channel=f"own:{ann.person}")
    seqs = [bob.ask("post", channel=LOBBY, text=text, key=text)["ok"] for text in ("hello", "@ann", "@room", "bye")]
    ann.ask("read", channel=LOBBY, seq=seqs[-1])
    calm = standing(ann)["mentions"]

    answer = ann.request("POST", f"/api/channels/{LOBBY}/read", seq=seqs[0])

    assert calm == {}
    assert answer.json == 2
    assert cursors.unread(db, ann.person, LOBBY) == 3
    assert ann.heard("mentions", 1)[0]["data"] == {"channel": LOBBY, "seqs": seqs[1:3]}
    assert standing(ann)["mentions"] == {LOBBY: seqs[1:3]}


def test_all_is_read_at_once_and_can_be_taken_back(ann, bob):
    lake = bob.ask("create_room", name="Lake", kind="public", people=[ann.person], key="k")["ok"]["channel"]
    bob.ask("create_room", name="Elsewhere", kind="public", key="e")
    root = ann.ask("post", channel=LOBBY, text="tea?", key="1")["ok"]
    for channel in (LOBBY, lake, "room:3"):
        bob.ask("post", channel=channel, text="@ann", key="2")
    before = standing(ann)

    places = ann.ask("read_all")["ok"]
    calm = standing(ann)
    for channel, seq in places.items():
        ann.ask("read", channel=channel, seq=seq)
    after = standing(ann)

    assert places == {LOBBY: root, lake: before["cursors"][lake][0]}
    assert (calm["mentions"], cursors.unread(db, ann.person, lake)) == ({}, 1)
    assert after["mentions"] == before["mentions"]
    assert {name: place[:2] for name, place in after["cursors"].items()} == {
        name: place[:2] for name, place in before["cursors"].items()}
    assert ann.request("POST", "/api/read-all").json == places


def test_a_call_in_a_thread_is_settled_too_when_all_is_read(ann, bob):
    root = ann.ask("post", channel=LOBBY, text="tea?", key="1")["ok"]
    bob.ask("post", channel=LOBBY, text="@ann yes", key="2", thread=root)

    places = ann.ask("read_all")["ok"]

    assert places == {LOBBY: root}
    assert standing(ann)["mentions"] == {}


def test_one_reads_up_to_what_is_there_in_rooms_that_one_may_read(ann, bob):
    vault = bob.ask("create_room", name="Vault", kind="private", key="k")["ok"]["channel"]

    assert ann.ask("read", channel=LOBBY, seq=7)["code"] == "absent"
    assert ann.ask("read", channel=vault, seq=1) == {"error": "there is no such channel", "code": "absent"}


class Device:
    """What a page makes of what it is pushed; it asks for the standing once, at the beginning."""

    def __init__(self, person):
        self.person = person
        self.peer = Listener(person)
        self.taken = 0
        window = windows.newest(f"own:{person}")
        self.rooms, self.n, self.cursors, self.calls = set(), {}, {}, {}
        for room in window["rooms"]:
            self.enter(room)
        self.cursors = {name: place for name, place in window["cursors"].items()}
        self.calls = {name: set(seqs) for name, seqs in window["mentions"].items()}
        follow.follow(self.peer, f"own:{person}", Cursor(*window["as_of"]))

    def enter(self, room):
        self.rooms.add(room["channel"])
        self.n[room["channel"]] = room["n"]
        follow.follow(self.peer, room["channel"], Cursor(*room["head"]))

    def catch_up(self):
        while self.taken < len(self.peer.heard):
            kind, said = self.peer.heard[self.taken]
            self.taken += 1
            self.hear(kind, said)

    def hear(self, kind, said):
        name, data = said["channel"], said["data"]
        if kind == "room" and data["channel"] not in self.rooms:
            self.enter(data)
        elif kind == "gone":
            self.rooms.discard(data["channel"])
        elif kind == "cursor" and data["version"] > self.cursors.get(data["channel"], [0, 0, 0])[2]:
            self.cursors[data["channel"]] = [data["seq"], data["n"], data["version"]]
        elif kind == "mentions":
            self.calls[data["channel"]] = set(data["seqs"])
        elif "seq" in said and name in self.rooms:
            self.entry(name, said)

    def entry(self, name, entry):
        calls, data = self.calls.setdefault(name, set()), entry["data"]
        self.n[name] = entry["n"]
        if entry["kind"] in ("edited", "deleted"):
            calls.discard(data["target"])
        if self.is_called(entry):
            calls.add(data.get("target", entry["seq"]))

    def is_called(self, entry):
        named = entry["data"].get("mentions", {})
        return entry["author"] != self.person and ("room" in named or self.person in named.values())

    def badges(self):
        """Unread and calls of every room."""
        places = {name: self.cursors.get(name, [0, 0, 0]) for name in self.rooms}
        return {name: (self.n[name] - n, sorted(seq for seq in self.calls.get(name, ()) if seq > at))
                for name, (at, n, _) in places.items()}


WHAT = ["post", "post", "call", "room", "reply", "edit", "delete", "read", "unread", "all", "join", "leave", "kick"]
ACTS = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 2), st.integers(0, 2), st.integers(0, 9)),
                min_size=5, max_size=40)


class Story:
    """Three people in three rooms, two devices each, one of which comes later."""

    keys = itertools.count()

    def __init__(self):
        with db.transaction() as tx:
            self.people = [model.arrive(tx, name, f"{name}-{next(self.keys)}", "member")
                           for name in ("ann", "bob", "cleo")]
        self.ids = [person.id for person in self.people]
        lake = making.create(self.ids[0], f"Lake {next(self.keys)}", "public", "", self.ids[1:], "k").channel
        self.rooms = [LOBBY, lake, making.direct(self.ids[0], self.ids[1:2]).channel]
        self.said = []
        self.devices = [Device(id) for id in self.ids]

    def act(self, what, who, where, which):
        person, channel, key = self.ids[who], self.rooms[where], str(next(self.keys))
        other = self.people[(who + 1) % 3]
        seq = self.said[-1 - which][1] if which < len(self.said) else 0
        channel = self.said[-1 - which][0] if seq and what in ("reply", "edit", "delete", "read", "unread") else channel
        if what in ("post", "call", "room", "reply"):
            text = {"call": f"@{other.handle}", "room": "@room", "reply": f"@{other.handle} yes"}.get(what, "hello")
            more = messages.Draft(thread=seq if what == "reply" else 0)
            self.said.append((channel, messages.post(person, channel, text, key, more).seq))
        elif what == "edit":
            messages.edit(person, channel, seq, f"@{other.handle}" if which % 2 else "calm", key)
        elif what == "delete":
            messages.delete(person, channel, seq, key)
        elif what in ("read", "unread"):
            reading.up_to(person, channel, seq if what == "read" else max(0, seq - 1))
        elif what == "all":
            reading.read_all(person)
        elif what == "join":
            members.join(person, channel, key)
        elif what == "leave":
            members.leave(person, channel, key)
        else:
            members.kick(person, channel, other.id, key)

    def agree(self):
        for device in self.devices:
            device.catch_up()
            truth = Device(device.person).badges()
            assert device.badges() == truth
            assert {name: n for name, (n, _) in truth.items()} == {
                name: cursors.unread(db, device.person, name) for name in truth}


@given(acts=ACTS, late=st.integers(0, 39))
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_device_of_a_person_agrees_on_every_badge_from_what_it_is_pushed(database, acts, late):
    hub.forget()
    story = Story()

    for number, act in enumerate(acts):
        if number == late:
            story.devices += [Device(id) for id in story.ids]
        try:
            story.act(*act)
        except access.Refused:
            continue

    story.agree()
