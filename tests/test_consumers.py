"""Log consumers: each entry is handled once, whatever fails, by one node at a time; and periodic jobs."""

import gevent
import gevent.event
import pytest

from hubbub.config import Config
from hubbub.core import consumers, db, hub, leases, log, node
from hubbub.core.consumers import Consumer, Job
from tests.nodes import open_node
from tests.simulated_bus import open_nodes_of_one_clock
from tests.simulated_clock import Clock
from tests.waiting import until

CHESS, GO = "club:chess", "club:go"


@pytest.fixture
def clock(database, tmp_path):
    """A node on a simulated clock."""
    db.close()
    clock = Clock()
    clock.now = clock.monotonic
    open_node(tmp_path, database, clock=clock)
    return clock


def append(channel, key):
    with db.transaction() as tx:
        return log.append(tx, channel, "message", {}, author=1, key=key)


class Reader:
    """A consumer that records what it handles, and fails as often as `failures` says."""

    def __init__(self, name="test", **options):
        self.handled, self.failures, self.calls = [], {}, []
        self.consumer = Consumer(name, ("club",), self.handle, **options)

    def handle(self, task):
        channel = task.channel
        self.calls.append((channel, node.monotonic()))
        entries = log.read(db, channel, task.after, 2)
        with db.transaction() as tx:
            log.append(tx, f"done:{channel}", "done", {}, author=2, key=f"{entries[-1].seq}")
            consumers.advance(tx, self.consumer.name, channel, entries[-1].seq)
            if self.failures.get(channel):
                self.failures[channel] -= 1
                raise RuntimeError("no")
        self.handled += [(channel, entry.key) for entry in entries]

    def hold(self):
        """Return an event that calls wait for before they handle anything."""
        go, handle = gevent.event.Event(), self.consumer.handle
        self.consumer.handle = lambda task: (go.wait(), handle(task))[1]
        return go

    def start(self):
        consumers.start([self.consumer])
        return self


def cursors():
    return dict(db.execute("select channel, seq from consumer_cursor"))


def handled(reader, *expected):
    until(lambda: len(reader.handled) >= len(expected))
    assert sorted(reader.handled) == sorted(expected)


def idle(reader, busy=False):
    """Wait until a started consumer sleeps, and handles nothing (or something, if it is `busy`)."""
    runner = consumers.state().runners[reader.consumer.name]
    until(lambda: runner.alarm > 0 and bool(runner.busy) == busy)


def test_entries_from_before_the_start_are_handled_in_pages(database):
    for n in range(3):
        append(CHESS, f"c{n}")
    append(GO, "g0")
    append("room:1", "r0")

    reader = Reader().start()

    handled(reader, (CHESS, "c0"), (CHESS, "c1"), (CHESS, "c2"), (GO, "g0"))
    until(lambda: cursors() == {CHESS: 3, GO: 1})


def test_a_new_entry_wakes_the_consumers_of_its_kind_only(database):
    reader = Reader().start()
    idle(reader)

    append("room:1", "r0")
    append(CHESS, "c0")
    with db.transaction() as tx:
        log.append_each(tx, "select cast(:to as text) as channel, '{}' as data", "message", author=1, key="g0", to=GO)

    handled(reader, (CHESS, "c0"), (GO, "g0"))


def test_after_a_restart_nothing_is_handled_twice(database):
    append(CHESS, "c0")
    handled(Reader().start(), (CHESS, "c0"))
    consumers.stop()
    append(CHESS, "c1")

    handled(Reader().start(), (CHESS, "c1"))


def test_effects_and_cursor_commit_together_or_not_at_all(clock):
    reader = Reader()
    reader.failures[CHESS] = 1
    append(CHESS, "c0")

    reader.start()
    until(lambda: reader.calls)
    idle(reader)

    assert (cursors(), log.head(db, f"done:{CHESS}").seq) == ({}, 0)
    clock.go_on(consumers.BACKOFF)
    handled(reader, (CHESS, "c0"))
    assert (cursors(), log.head(db, f"done:{CHESS}").seq) == ({CHESS: 1}, 1)


def test_a_channel_is_handled_when_it_is_quiet_or_patience_ends(clock):
    reader = Reader(quiet=2.0, patience=5.0).start()
    idle(reader)
    begin = clock.monotonic()

    append(GO, "g0")
    for n in range(4):
        append(CHESS, f"c{n}")
        idle(reader)
        clock.go_on(1.5)
        gevent.sleep(0.01)
    idle(reader)

    until(lambda: {channel for channel, _ in reader.calls} == {CHESS, GO})
    times = {channel: at - begin for channel, at in reversed(reader.calls)}
    assert 2.0 <= times[GO] <= 3.0
    assert 5.0 <= times[CHESS] <= 6.0


def test_a_failing_channel_is_retried_with_back_off_and_blocks_no_other(clock, caplog):
    reader = Reader()
    reader.failures[CHESS] = 3
    append(CHESS, "c0")
    append(GO, "g0")
    reader.start()
    handled(reader, (GO, "g0"))

    for n in range(1, 4):
        until(lambda n=n: len([channel for channel, _ in reader.calls if channel == CHESS]) == n)
        idle(reader)
        clock.go_on(consumers.BACKOFF * 2 ** (n - 1))
    handled(reader, (GO, "g0"), (CHESS, "c0"))

    times = [at for channel, at in reader.calls if channel == CHESS]
    assert [later - sooner for sooner, later in zip(times, times[1:], strict=False)] == [5.0, 10.0, 20.0]
    assert caplog.text.count("test of club:chess failed and is tried again later") == 3


def test_entries_without_a_wake_up_are_found_by_polling(clock, monkeypatch):
    reader = Reader().start()
    idle(reader)
    with monkeypatch.context() as lost:
        lost.setattr(hub, "_wake", lambda channel: None)
        append(CHESS, "c0")

    clock.go_on(consumers.POLL)

    handled(reader, (CHESS, "c0"))


def test_lag_counts_channels_that_are_behind_and_the_age_of_the_oldest_entry(clock):
    reader = Reader(quiet=1000.0, patience=1000.0).start()
    idle(reader)
    assert consumers.lag() == {"test": (0, 0.0)}
    append(CHESS, "c0")
    clock.go_on(7.0)
    append(GO, "g0")
    append(GO, "g1")

    assert consumers.lag() == {"test": (2, 7.0)}


def test_a_stopped_consumer_handles_nothing_and_leaves_its_lease(database):
    reader = Reader().start()
    append(CHESS, "c0")
    handled(reader, (CHESS, "c0"))

    node.current().close()
    append(CHESS, "c1")
    gevent.sleep(0)

    assert reader.handled == [(CHESS, "c0")]
    assert db.execute("select name, until from consumer_lease") == [("test", 0.0)]
    assert hub.state().wakers == {"club": []}


def test_a_job_runs_at_once_and_then_regularly_even_after_a_failure(clock):
    runs = []
    consumers.start([Job("tidy", 20.0, lambda: runs.append(clock.monotonic()) or 1 / 0)])

    for n in range(1, 4):
        until(lambda n=n: len(runs) == n)
        until(lambda: any(due > clock.monotonic() for due, *_ in clock._sleepers))
        clock.go_on(20.0)

    assert [later - sooner for sooner, later in zip(runs, runs[1:], strict=False)] == [20.0, 20.0]


def test_a_job_that_ran_recently_does_not_run_again_after_a_restart(clock, tmp_path, database):
    runs = []
    consumers.start([Job("tidy", 3600.0, lambda: runs.append(1))])
    until(lambda: runs)
    db.close()
    open_node(tmp_path, database, clock=clock)

    consumers.start([Job("tidy", 3600.0, lambda: runs.append(2))])
    until(lambda: [due for due, *_ in clock._sleepers if due > clock.monotonic()])

    assert runs == [1]


@pytest.fixture
def network(tmp_path):
    """Two nodes over one database and one simulated clock."""
    with open_nodes_of_one_clock(tmp_path, 2) as network:
        yield network


def test_one_of_two_nodes_runs_a_consumer_for_the_entries_of_both(network):
    a, b = network.nodes
    first, second = a.run(Reader().start), b.run(Reader().start)
    a.run(idle, first)
    b.run(idle, second)
    a.run(append, CHESS, "c0")
    until(lambda: first.handled)

    b.run(append, CHESS, "c1")
    network.deliver()
    until(lambda: len(first.handled) == 2)

    assert (first.handled, second.handled) == ([(CHESS, "c0"), (CHESS, "c1")], [])
    assert a.run(lambda: log.head(db, f"done:{CHESS}").seq) == 2


def test_only_the_node_that_runs_a_consumer_is_woken_by_the_others(network):
    a, b = network.nodes
    c = node.Node(Config(data=a.config.data), clock=network.clock)
    network.attach(c)
    first = a.run(Reader().start)
    a.run(append, CHESS, "c0")
    until(lambda: first.handled)  # so this node has the lease
    second = b.run(Reader().start)
    network.deliver()

    b.run(append, CHESS, "c1")
    counts = [len(network.messages_to(member)) for member in (a, c)]
    network.detach(c)
    network.deliver()
    until(lambda: len(first.handled) == 2)

    assert (counts, second.handled) == ([1, 0], [])


def test_a_lost_wake_up_of_a_consumer_is_made_up_for_with_the_next_one(network):
    a, b = network.nodes
    first = a.run(Reader().start)
    a.run(append, CHESS, "c0")
    until(lambda: first.handled)  # so this node has the lease
    b.run(Reader().start)

    b.run(append, GO, "g1")
    network.deliver([])
    b.run(append, CHESS, "c1")
    network.deliver()

    until(lambda: sorted(first.handled) == [(CHESS, "c0"), (CHESS, "c1"), (GO, "g1")])


def test_another_node_takes_over_at_once_from_a_stopped_one_with_a_higher_fence(network):
    a, b = network.nodes
    first = a.run(Reader().start)
    a.run(append, CHESS, "c0")
    until(lambda: first.handled)
    a.run(consumers.stop)

    second = b.run(Reader().start)
    b.run(append, CHESS, "c1")
    until(lambda: second.handled)

    assert second.handled == [(CHESS, "c1")]
    assert b.run(db.execute, "select holder, fence from consumer_lease") == [(b.run(leases.holder), 2)]


def test_a_node_that_was_suspended_for_longer_than_its_lease_stores_nothing(network):
    a, b = network.nodes
    first = Reader()
    away = first.hold()
    a.run(first.start)
    a.run(append, CHESS, "c0")
    runner = a.run(lambda: consumers.state().runners["test"])
    until(lambda: runner.busy)

    runner.greenlet.kill()  # its loop stands still
    network.clock.go_on(consumers.LEASE)
    second = b.run(Reader().start)
    until(lambda: second.handled)
    away.set()
    until(lambda: first.calls and not runner.busy)

    assert (first.handled, second.handled) == ([], [(CHESS, "c0")])
    assert a.run(lambda: log.head(db, f"done:{CHESS}").seq) == 1
    assert a.run(db.execute, "select fence from consumer_lease") == [(2,)]


def test_a_node_keeps_its_lease_while_a_handler_takes_longer(network):
    a, b = network.nodes
    first = Reader()
    slow = first.hold()
    a.run(first.start)
    a.run(append, CHESS, "c0")
    a.run(idle, first, True)
    second = b.run(Reader().start)

    for _ in range(3):
        a.run(idle, first, True)
        network.clock.go_on(consumers.LEASE / 2)
    slow.set()
    until(lambda: first.handled)

    assert (first.handled, second.calls) == ([(CHESS, "c0")], [])


def test_an_expired_lease_is_taken_over_with_a_higher_fence(network):
    a, b = network.nodes
    assert a.run(leases.take, "test", 10.0) == 1
    assert b.run(leases.take, "test", 10.0) == 0
    network.clock.go_on(9.0)
    assert a.run(leases.take, "test", 10.0) == 1
    network.clock.go_on(9.0)
    assert b.run(leases.take, "test", 10.0) == 0
    network.clock.go_on(1.0)
    assert b.run(leases.take, "test", 10.0) == 2
    assert a.run(leases.take, "test", 10.0) == 0


def test_a_job_runs_at_one_of_two_nodes(network):
    runs = []
    for one in network.nodes:
        one.run(consumers.start, [Job("tidy", 3600.0, lambda: runs.append(node.current()))])
    until(lambda: len(network.clock._sleepers) == 2)

    assert len(runs) == 1
