"""Two nodes over one PostgreSQL, and races between them: a second transaction begins before the first one commits."""

import contextlib
import itertools
import zlib

import gevent
import gevent.event

from hubbub.config import Config
from hubbub.core import db, hub, log, node
from hubbub.core.access import Refused
from hubbub.people import model, passwords
from tests import postgres
from tests.club import Listener
from tests.simulated_bus import Network
from tests.waiting import until

SECRET = "correct horse battery"
WAITING = "select count(*) from pg_locks where not granted and pid in (select pid from pg_stat_activity)"


def open_nodes(folder, url, together=False):
    """Open two nodes over one database, joined by a bus, in a process without a default node."""
    network = Network()
    node.make_default(None)

    def open_one():
        db.open(folder, url)
        hub.attach(Listener.encode)

    members = [node.Node(Config(data=folder)) for _ in range(2)]
    opening = []
    for member in members:
        opening.append(gevent.spawn(member.run, open_one))
        if not together:
            opening[-1].get(timeout=20)
        network.attach(member)
    gevent.joinall(opening, raise_error=True)
    return network.nodes


def create_team():
    """Create an owner and two members with passwords; return their ids."""
    with db.transaction() as tx:
        return [model.create(tx, name, name, role, passwords.hashed(SECRET)).id
                for name, role in (("ann", "owner"), ("bob", "member"), ("cyd", "member"))]


def close_nodes(nodes):
    for member in nodes:
        with member.active():
            db.close()
    node.make_default(node.Node())


class Held:
    """The commits of a node, after the first `free` ones, held while the `with` block runs."""

    def __init__(self, member, free=0):
        self.free = free
        self.lanes = member.run(db.state).engine.lanes
        self.waiting, self._go = 0, gevent.event.Event()

    def __enter__(self):
        for lane in self.lanes:
            lane.commit = self._holding(lane.commit)
        return self

    def _holding(self, commit):
        def hold():
            self.free -= 1
            if self.free < 0:
                self.waiting += 1
                self._go.wait()
            commit()

        return hold

    def release(self):
        self._go.set()

    def __exit__(self, *_):
        self.release()
        for lane in self.lanes:
            del lane.commit


def outcome(greenlet):
    """Return what a greenlet returned or raised."""
    return greenlet.get(timeout=20) if greenlet.successful() else greenlet.exception


def waiting_for_locks():
    return postgres.required()._admin.execute(WAITING).fetchall()[0][0]


def race(first, call, second, other, free=0):
    """Call `other` at the second node once the first node has done all of `call` but its commit; return both outcomes.

    The commit follows when `other` has ended or waits for it.  `free`: the commits of `call` before that one.
    """
    with Held(first, free) as held:
        one = gevent.spawn(first.run, db.retry, call)
        until(lambda: held.waiting or one.ready())
        two = gevent.spawn(second.run, db.retry, other)
        until(lambda: two.ready() or waiting_for_locks())
        held.release()
        with contextlib.suppress(Exception):
            gevent.joinall([one, two], timeout=20)
    return outcome(one), outcome(two)


def channels_of_one_lane(lanes, kind="club"):
    """Return two channels whose transactions share a lane, and a third one of another lane."""
    names = (f"{kind}:{n}" for n in itertools.count(1))
    first = next(names)
    same = zlib.crc32(first.encode()) % lanes
    by_lane = [(name, zlib.crc32(name.encode()) % lanes) for name in itertools.islice(names, 40)]
    return first, next(name for name, lane in by_lane if lane == same), next(
        name for name, lane in by_lane if lane != same)


def entries(member, channel, kind):
    return [entry for entry in member.run(log.read, db, channel, 0, 1000) if entry.kind == kind]


def rows(member, sql, **values):
    return member.run(lambda: db.execute(sql, **values))


def refusals(outcomes):
    """Return the ids of the refusals among outcomes; any other exception fails."""
    for one in outcomes:
        if isinstance(one, BaseException) and not isinstance(one, Refused):
            raise one
    return [one.id for one in outcomes if isinstance(one, Refused)]
