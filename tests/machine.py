"""What every state machine stands on: a process that can die at any moment, its database, and wires that are lists.

Each machine plays at random over the real code with everything that goes wrong, and holds its laws after every step;
at the end everything heals, and everybody has everything.
"""

import re
import shutil
import tempfile
import time
from pathlib import Path
from unittest import mock

import gevent
import msgspec
from gevent.event import Event
from hypothesis.stateful import RuleBasedStateMachine

from hubbub.core import db, hub, node
from hubbub.core.db import copies, sqlite
from tests.nodes import open_node

CAPACITY = 6  # frames that a peer lets wait before it is full
DEADLINE = 3.0  # seconds in which what must happen soon has happened
TABLE = re.compile(r"tables/(\w+)\.copy")


class Connection:
    """A peer whose wire is a list."""

    def __init__(self, person):
        self.person = person
        self.sid = str(id(self))
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
        hub.disconnect(self)


def committed(sql, **values):
    """What is in the database, read past everything that is being tested."""
    return [tuple(row) for row in db.state().engine.read(sql, values)]


def quiet():
    """Let every greenlet do what it can, and every open batch commit."""
    for _ in range(6):
        db.state().lanes[0].drain()
        gevent.sleep(0)


def commit_without_thread():
    """Commit on the event loop, so that an example runs the same each time; other greenlets still run meanwhile."""
    engine = db.state().engine

    def commit():
        for _ in range(3):
            gevent.sleep(0)
        if error := engine._commit():
            raise error

    engine.commit = commit


def soon(holds):
    """Let the others run until something holds; answers whether it did in time."""
    deadline = time.monotonic() + DEADLINE
    while not holds() and time.monotonic() < deadline:
        quiet()
        gevent.sleep(0.001)
    return holds()


class Machine(RuleBasedStateMachine):
    """One process over one database; a machine furnishes it once, and every example begins with a copy of that."""

    url = ""
    clock = None  # a simulated one, for machines in which time matters
    furnished = {}  # what a database is like at the beginning of an example, by machine

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hubbub-"))
        self.running = set()  # greenlets that end with the process
        self.background = set()  # those that the product has spawned
        self._spawn = node.spawn

    def furnish(self):
        """Who and what is there from the beginning."""

    def begin(self):
        if type(self) in self.furnished:
            self._lay(self.furnished[type(self)])
            self.open()
            return
        self.open()
        self.furnish()
        db.close()
        self.furnished[type(self)] = self.copy()
        self.open()

    def open(self):
        """Start a process, which knows only what is in the database."""
        node.spawn = self._spawn_in_background
        with mock.patch.object(sqlite, "CHECKED", 0):  # nothing damages the pages; to check them takes 2 ms
            open_node(self.folder, self.url, clock=self.clock)
        if not self.url:
            commit_without_thread()

    def _spawn_in_background(self, call, *values):
        greenlet = self._spawn(call, *values)
        self.background.add(greenlet)
        greenlet.link(self.background.discard)
        return greenlet

    def run(self, call, *values):
        """Do something in a greenlet of the process."""
        greenlet = gevent.spawn(call, *values)
        self.running.add(greenlet)
        greenlet.link(self.running.discard)

    def dies(self, after_commit):
        """The process is killed; what waited for its commit is there or not, and nobody is told."""
        writer = db.state().lanes[0]
        batch, writer.batch = writer.batch, None
        if batch is None:
            db.state().lanes[0].drain()
        else:
            batch.ended.set()  # nobody hears of it any more
            writer.engine.commit() if after_commit else writer.engine.rollback()
        gevent.killall([*self.running, *self.background])
        writer.engine.close()

    def copy(self):
        """A backup as `hubbub backup` makes it, at any moment: what is committed by then."""
        with copies.opened(self.folder, self.url) as copy:
            return [(name, b"".join(chunks)) for name, chunks in copy.parts(self.folder / "aside", lambda *_: None)]

    def put_back(self, parts):
        """The server is stopped, an earlier copy put in place of its database, and started again."""
        self.dies(after_commit=True)
        self._lay(parts)
        self.open()

    def _lay(self, parts):
        if not self.url:
            for ending in ("-wal", "-shm"):
                (self.folder / f"hubbub.db{ending}").unlink(missing_ok=True)
            [(name, data)] = parts
            (self.folder / name).write_bytes(data)
            return
        tables = {TABLE.fullmatch(name)[1]: data for name, data in parts}
        with copies.connected(self.url) as connection, connection.transaction():
            connection.execute(f"truncate {', '.join(tables)} restart identity")
            for table, data in tables.items():
                if data:
                    copies._fill(connection, table, [data])

    def heals(self):
        """The faults are over: in the end everybody has everything."""

    def leaves(self):
        """Nobody is connected any more."""

    def teardown(self):
        try:
            if db.state().lanes:
                self.heals()
        finally:
            self.leaves()
            gevent.killall([*self.running, *self.background])
            node.spawn = self._spawn
            gevent.sleep(0)
            db.close()
            shutil.rmtree(self.folder, ignore_errors=True)
