"""The delivery promises as a state machine over the real core: three people, one club, and everything that goes wrong.

Connections are cut, sends repeated, commits lost in a crash or made without an answer, entries come from another
process late, doubled, out of order or never, readers stall, members are shown out. After every step the log has no
hole and no double, what was acknowledged is in it, and what a client applied is a slice of it. At the end
everything heals, and everybody has everything.
"""

import shutil
import tempfile
import time
from pathlib import Path

import gevent
import msgspec
from gevent.event import Event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hubbub.core import db, follow, hub, log
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from tests import club

CHESS = "club:chess"
CAPACITY = 6  # frames that a peer lets wait before it is full


class Connection:
    """A peer whose wire is a list."""

    def __init__(self, person):
        self.person = person
        self.wire = []
        self.open = True
        self._moved = Event()

    @property
    def full(self):
        return len(self.wire) >= CAPACITY

    def send(self, frame):
        if self.open:
            self.wire.append(msgspec.json.decode(frame))

    def drained(self, timeout):
        while self.open and self.wire:
            self._moved.clear()
            self._moved.wait()
        return self.open

    def close(self):
        self.cut()

    def take(self):
        message = self.wire.pop(0)
        self._moved.set()
        return message

    def cut(self):
        self.open = False
        self._moved.set()
        hub.gone(self)


class Client:
    """A person's device: what it has applied, what it still wants to say, and what was acknowledged."""

    def __init__(self, person):
        self.person = person
        self.connection = None
        self.cursor = START
        self.base = 0
        self.applied = []
        self.pending = {}
        self.acknowledged = {}
        self.refused = set()
        self.removed_at = None
        self.said = 0

    def connect(self):
        self.cut()
        self.connection = Connection(self.person)
        gevent.spawn(self._follow, self.connection)

    def _follow(self, connection):
        try:
            follow.follow(connection, CHESS, self.cursor)
        except Refused:
            assert not connection.open, "refused without a crash"

    def cut(self):
        if self.connection:
            self.connection.cut()
        self.connection = None

    def say(self):
        self.said += 1
        key = f"{self.person}-{self.said}"
        self.pending[key] = key
        self.send(key)

    def send(self, key):
        connection = self.connection
        if not connection:
            return
        with db.Act() as act:
            try:
                seq = club.say(self.person, self.pending[key], key).seq
            except Refused:
                self.pending.pop(key)
                self.refused.add(key)
                return
        act.batch.then(lambda failure: connection.wire.append(["ok", key, seq]) if not failure else None)

    def take(self):
        if not self.connection or not self.connection.wire:
            return
        kind, *rest = self.connection.take()
        if kind == "ok":
            key, seq = rest
            self.pending.pop(key, None)
            self.acknowledged[key] = seq
        elif kind == "reset":
            self.base, self.applied = rest[0]["as_of"][0], []
            self.cursor = Cursor(*rest[0]["as_of"])
        else:
            self._apply(rest[0])

    def take_all(self):
        while self.connection and self.connection.wire:
            self.take()

    def _apply(self, entry):
        if entry["seq"] <= self.cursor.seq:
            return
        assert entry["seq"] == self.cursor.seq + 1, "a hole reached a client"
        assert self.removed_at is None or entry["seq"] <= self.removed_at, "heard after the removal"
        self.applied.append(entry)
        self.cursor = Cursor(entry["seq"], entry["key"])
        if entry["author"] == self.person:
            self.pending.pop(entry["key"], None)


def entries():
    """The committed log, read past everything that is being tested."""
    rows = db._writer.engine.read("select seq, author, key, kind from entry where channel = :channel order by seq",
                                  {"channel": CHESS})
    return [tuple(row) for row in rows]


def quiet():
    """Let every greenlet do what it can, and every open batch commit."""
    for _ in range(6):
        db._writer.drain()
        gevent.sleep(0)


class Machine(RuleBasedStateMachine):
    """Three clients, this process, and another one that is felt only through what it wrote."""

    url = ""
    who = st.integers(0, 2)

    def __init__(self):
        super().__init__()
        shm = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="hubbub-", dir=shm if shm.is_dir() else None))
        self.clients = [Client(person) for person in (1, 2, 3)]
        self.bus = []
        self.turns = 0

    @initialize()
    def begin(self):
        db.open(self.folder, self.url)
        hub.encode = club.Listener.encode
        for client in self.clients:
            club.join(client.person)
            client.connect()
        quiet()

    @rule(who=who)
    def says(self, who):
        self.clients[who].say()

    @rule(who=who)
    def says_and_listens_at_once(self, who):
        self.clients[who].say()
        self.clients[who].take_all()

    @rule(who=who, times=st.integers(2, 9))
    def says_a_lot(self, who, times):
        for _ in range(times):
            self.clients[who].say()
        quiet()

    @rule(who=who)
    def repeats(self, who):
        for key in list(self.clients[who].pending)[:1]:
            self.clients[who].send(key)

    @rule(who=who)
    def connects(self, who):
        client = self.clients[who]
        if client.removed_at is None:
            client.connect()
            for key in list(client.pending):
                client.send(key)

    @rule(who=who)
    def is_cut(self, who):
        self.clients[who].cut()

    @rule()
    def commits(self):
        quiet()

    @rule(who=who)
    def takes_one(self, who):
        self.clients[who].take()

    @rule(who=who)
    def takes_all(self, who):
        self.clients[who].take_all()

    @rule(times=st.integers(1, 3))
    def another_process_writes(self, times):
        quiet()
        self.bus += [self.written_by_nobody_here(published=False) for _ in range(times)]

    def written_by_nobody_here(self, published):
        self.turns += 1
        with db.transaction() as tx:
            entry = log.append(tx, CHESS, "message", {"text": "x"}, author=0, key=f"x-{self.turns}", counts=True)
            if not published:
                tx._effects.clear()
        return entry

    @rule(data=st.data(), keep=st.booleans())
    def the_bus_delivers(self, data, keep):
        if self.bus:
            at = data.draw(st.integers(0, len(self.bus) - 1))
            hub.publish(self.bus[at] if keep else self.bus.pop(at))

    @rule()
    def the_bus_loses(self):
        self.bus[:1] = []

    @rule(after_commit=st.booleans())
    def crashes(self, after_commit):
        writer = db._writer
        batch, writer.batch = writer.batch, None
        if batch is None:
            writer.drain()
        else:
            batch.ended.set()  # nobody hears of it any more
            writer.engine.commit() if after_commit else writer.engine.rollback()
        for client in self.clients:
            client.cut()
        writer.engine.close()
        self.bus.clear()
        db.open(self.folder, self.url)

    @rule(who=who, gossip=st.booleans())
    def is_shown_out(self, who, gossip):
        client = self.clients[who]
        if client.removed_at is None:
            self.turns += 1
            quiet()
            client.removed_at = club.leave(client.person, key=f"leave-{self.turns}").seq
            if gossip:
                self.written_by_nobody_here(published=True)
                quiet()
                client.take_all()

    @rule(who=who)
    def is_let_in_again(self, who):
        client = self.clients[who]
        if client.removed_at is not None:
            self.turns += 1
            quiet()
            club.join(client.person, key=f"join-{self.turns}")
            client.removed_at = None
            client.connect()

    @invariant()
    def the_log_has_no_hole_and_no_double(self):
        rows = entries()
        assert [seq for seq, *_ in rows] == list(range(1, len(rows) + 1))
        said = [(author, key.partition("#")[0]) for _, author, key, _ in rows]
        assert len(said) == len(set(said)), "something was said twice"

    @invariant()
    def what_was_acknowledged_is_in_the_log(self):
        rows = entries()
        for client in self.clients:
            for key, seq in client.acknowledged.items():
                assert len(rows) >= seq and rows[seq - 1][1:3] == (client.person, key), "acknowledged, and not kept"

    @invariant()
    def what_was_applied_is_a_slice_of_the_log(self):
        rows = entries()
        for client in self.clients:
            applied = [(entry["seq"], entry["author"], entry["key"], entry["kind"]) for entry in client.applied]
            assert applied == rows[client.base:client.base + len(applied)], "applied something else than the log"

    @invariant()
    def memory_is_bounded(self):
        for client in self.clients:
            waiting = [kind for kind, *_ in client.connection.wire if kind != "ok"] if client.connection else []
            assert len(waiting) <= CAPACITY + max(hub.RING_ENTRIES, log.PAGE_ENTRIES), "more and more is queued"

    def teardown(self):
        try:
            if hasattr(db, "_writer"):
                self.heals()
        finally:
            for client in self.clients:
                client.cut()
            gevent.sleep(0)
            db.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def heals(self):
        quiet()
        self.written_by_nobody_here(published=True)  # the next entry shows what the bus has lost
        for client in self.clients:
            self.is_let_in_again(self.clients.index(client))
        for client in self.clients:
            self.connects(self.clients.index(client))
        self._everybody_takes_everything()
        rows = entries()
        said = {key for _, _, key, kind in rows if kind == "message"}
        for client in self.clients:
            assert client.cursor.seq == len(rows), "somebody never got everything"
            assert not client.pending, "something was never answered"
            wanted = {f"{client.person}-{n}" for n in range(1, client.said + 1)} - client.refused
            assert wanted <= said, "something that was said is lost"
        self.what_was_applied_is_a_slice_of_the_log()
        self.the_log_has_no_hole_and_no_double()

    def _everybody_takes_everything(self):
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            quiet()
            for client in self.clients:
                client.take_all()
            if all(client.cursor.seq == len(entries()) and not client.pending for client in self.clients):
                return
            gevent.sleep(0.001)
