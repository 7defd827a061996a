"""Two devices of a person agree on every badge, whatever they were told in which order, and so does the server.

What a device makes of it is reckoned by the page's own code, in tests/js/badges.mjs.
"""

import itertools
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.chat import create_room, members, messages, reading, rooms, threads
from hubbub.core import access, cursors, db, follow, hub, windows
from hubbub.core.log import Cursor
from hubbub.people import model
from tests.club import Listener
from tests.nodes import forget_tails

ROOT = Path(__file__).parent.parent
LOBBY = "room:1"
UNDELETED = """select entry.seq from entry left join message on message.channel = entry.channel
    and message.seq = entry.seq where entry.channel = :channel and entry.kind = 'message' and message.deleted is null
    and entry.seq > coalesce((select seq from cursor where channel = entry.channel and person = :person), 0)"""
REPLIES = """select follower.channel, follower.root, count(*) from follower
    join reply on reply.channel = follower.channel and reply.root = follower.root and reply.nth > follower.n
    left join message on message.channel = reply.channel and message.seq = reply.seq
    join message first on first.channel = reply.channel and first.seq = reply.root and first.deleted is null
    where follower.person = :person and message.deleted is null group by follower.channel, follower.root"""


class Page:
    """The page's code, which says what badges a device shows."""

    def __init__(self):
        self.node = subprocess.Popen(["node", "tests/js/badges.mjs"], cwd=ROOT, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)

    def badges(self, person, told):
        self.node.stdin.write(msgspec.json.encode({"me": person, "told": told}) + b"\n")
        self.node.stdin.flush()
        return msgspec.json.decode(self.node.stdout.readline())


@pytest.fixture(scope="module")
def page():
    if shutil.which("node") is None:
        pytest.skip("no Node on this machine: install the package nodejs")
    page = Page()
    yield page
    page.node.stdin.close()
    page.node.wait(5)


class Device:
    """One connection after the other of a person, and all that it was told, in the order in which it came."""

    def __init__(self, person):
        self.person, self.own = person, f"user:{person}"
        self.places, self.told, self.awaited = {}, [], None
        self.connect()
        self.stand(windows.newest(self.own))

    def connect(self):
        self.peer, self.taken = Listener(self.person), 0

    def stand(self, window):
        """A standing came: it tells which rooms to follow."""
        self.told.append(["stands", window])
        held = {room["channel"]: room["head"] for room in window["rooms"]} | {self.own: window["as_of"]}
        for name in set(self.places) - set(held):
            self.places.pop(name)
        for name, head in held.items():
            self.follow(name, head)

    def follow(self, name, head):
        if name not in self.places:
            self.places[name] = head
            follow.follow(self.peer, name, Cursor(*head))

    def catch_up(self):
        while self.taken < len(self.peer.received):
            kind, said = self.peer.received[self.taken]
            self.taken += 1
            self.told.append([kind, said])
            if "seq" in said and said["channel"] in self.places:
                self.places[said["channel"]] = [said["seq"], said["key"]]
            if kind == "room_left":
                self.places.pop(said["data"]["channel"], None)
            elif kind == "room":
                self.follow(said["data"]["channel"], said["data"]["head"])

    def cut(self):
        self.catch_up()
        hub.disconnect(self.peer)
        self.peer = None

    def come_back(self, early):
        """Resume, and ask for a standing, which is true as of now if it is `early`, or as of when it comes."""
        self.connect()
        self.told.append(["asks", {}])
        self.awaited = windows.newest(self.own) if early else {}
        for name, place in self.places.items():
            try:
                follow.follow(self.peer, name, Cursor(*place))
            except access.Refused:
                continue

    def arrive(self, overtaking=False):
        """The standing that was asked for comes, before what was pushed already or after it."""
        if not overtaking:
            self.catch_up()
        window, self.awaited = self.awaited or windows.newest(self.own), None
        self.stand(window)

    def go_on(self, oddly):
        """The next thing that happens to a bad line."""
        if self.peer is None:
            self.come_back(early=oddly)
        elif self.awaited is not None:
            self.arrive(overtaking=oddly)
        else:
            self.cut()

    def settle(self):
        """Everything that is under way arrives."""
        if self.peer is None:
            self.come_back(early=False)
        if self.awaited is not None:
            self.arrive()
        self.catch_up()


WHAT = ["post", "call", "room", "here", "reply", "reply", "also", "edit", "delete", "read", "unread", "all",
        "thread read", "follow", "unfollow", "join", "leave", "kick", "invite", "lead", "topic",
        "line", "line", "line", "line", "line", "line"]
ACTS = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 2), st.sampled_from([0, 1, 1, 2]), st.integers(0, 5)),
                min_size=60, max_size=150)


class Story:
    """Three people in three rooms; the one device of each is sometimes cut off, the other never."""

    keys = itertools.count()

    def __init__(self):
        with db.transaction() as tx:
            self.people = [model.create(tx, name, f"{name}-{next(self.keys)}", "member")
                           for name in ("ann", "bob", "cleo")]
        self.ids = [person.id for person in self.people]
        lake = create_room.create(self.ids[0], f"Lake {next(self.keys)}", "public", "", self.ids[1:], "k").channel
        self.rooms = [LOBBY, lake, create_room.direct(self.ids[0], self.ids[1:2]).channel]
        self.said = []
        self.devices = [Device(id) for id in self.ids]
        self.roaming = [Device(id) for id in self.ids]

    def act(self, what, who, where, which):
        person = self.ids[who]
        place, seq = self.said[-1 - which] if which < len(self.said) else (self.rooms[where], 0)
        if what == "line":
            self.roaming[who].go_on(which % 2 == 0)
        elif what in ("post", "call", "room", "here", "reply", "also"):
            self.say(what, who, place if what in ("reply", "also") else self.rooms[where], seq)
        elif what in ("join", "leave", "kick", "invite", "lead", "topic"):
            self.meet(what, person, self.rooms[where], self.ids[(who + 1) % 3])
        elif seq:
            self.deal(what, who, place, seq)

    def say(self, what, who, channel, seq):
        other = self.people[(who + 1) % 3]
        text = {"call": f"@{other.handle}", "room": "@room", "here": "@here", "reply": f"@{other.handle} yes"}
        more = messages.Draft(thread=seq if what in ("reply", "also") else 0, also_to_room=what == "also",
                              here=(self.ids[who], other.id) if what == "here" else ())
        entry = messages.post(self.ids[who], channel, text.get(what, "hello"), str(next(self.keys)), more)
        self.said.append((channel, entry.seq))

    def meet(self, what, person, channel, other):
        key = str(next(self.keys))
        acts = {"join": (members.join, key), "leave": (members.leave, key), "kick": (members.kick, other, key),
                "invite": (members.invite, [other], key), "lead": (members.set_role, other, "admin", key),
                "topic": (rooms.set_topic, key, key)}
        act, *more = acts[what]
        act(person, channel, *more)

    def deal(self, what, who, channel, seq):
        person, handle, key = self.ids[who], self.people[(who + 1) % 3].handle, str(next(self.keys))
        acts = {"edit": (messages.edit, seq, f"@{handle}" if seq % 2 else "calm", key),
                "delete": (messages.delete, seq, key), "read": (reading.up_to, seq), "unread": (reading.up_to, seq - 1),
                "thread read": (threads.read_up_to, self.root(channel, seq), seq),
                "follow": (threads.follow, seq, True), "unfollow": (threads.follow, self.root(channel, seq), False)}
        act, *more = acts.get(what, (lambda person, channel: reading.read_all(person),))
        act(person, channel, *more)

    @staticmethod
    def root(channel, seq):
        """The thread in which something was said, or that hangs on it."""
        rows = db.execute("select root from reply where channel = :channel and seq = :seq", channel=channel, seq=seq)
        return rows[0][0] if rows else seq

    def agree(self, page):
        for device in (*self.devices, *self.roaming):
            device.settle()
            fresh = page.badges(device.person, Device(device.person).told)
            assert page.badges(device.person, device.told) == fresh
            unread = {name: room["unread"] for name, room in fresh["rooms"].items()}
            assert unread == {name: cursors.unread(db, device.person, name) for name in unread}
            assert unread == {name: len(db.execute(UNDELETED, person=device.person, channel=name)) for name in unread}
            replies = dict(((name, root), n) for name, root, n in fresh["fresh"])
            assert replies == dict(((name, root), n) for name, root, n in db.execute(REPLIES, person=device.person)
                                   if name in unread)


@pytest.mark.parametrize(("database", "examples"), [("sqlite", 25), ("postgres", 8)], indirect=["database"])
def test_every_device_of_a_person_agrees_on_every_badge_from_what_it_is_pushed(database, page, examples):
    @given(acts=ACTS)
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def devices_agree(acts):
        forget_tails()
        story = Story()

        for act in acts:
            try:
                story.act(*act)
            except access.Refused:
                continue

        story.agree(page)

    devices_agree()
