"""Timers: a handler is called at its time, once in the cluster, whatever fails."""

import gevent
import gevent.event
import pytest

from hubbub.core import db, log, node, timers
from tests.nodes import open_node
from tests.simulated_bus import open_nodes_of_one_clock
from tests.simulated_clock import Clock
from tests.waiting import until


class Alarms:
    """A handler that appends an entry for each timer, and records when."""

    def __init__(self):
        self.rung, self.calls, self.failures, self.go = [], 0, 0, None

    def handle(self, timer):
        self.calls += 1
        if self.go:
            self.go.wait()
        with db.transaction("club:alarms") as tx:
            timers.finish(tx, timer)
            log.append(tx, "club:alarms", "rang", {"said": timer.data}, author=1, key=f"{timer.key}@{timer.due}")
            if self.failures:
                self.failures -= 1
                raise RuntimeError("no")
        self.rung.append((timer.key, node.monotonic()))

    def start(self):
        timers.start({"alarm": self.handle})
        return self


@pytest.fixture
def clock(database, tmp_path):
    """A node on a simulated clock."""
    db.close()
    clock = Clock()
    clock.now = clock.monotonic
    open_node(tmp_path, database, clock=clock)
    return clock


def set_alarm(key, due, data=None, kind="alarm"):
    with db.transaction() as tx:
        timers.set(tx, kind, key, due, data)


def cancel(key):
    with db.transaction() as tx:
        return timers.cancel(tx, "alarm", key)


def asleep():
    runner = timers.state()
    until(lambda: runner.alarm > 0 and not len(runner.calls) and not runner.woken.is_set())


def advance(clock, seconds):
    """Let time pass in steps, as it does: the runner wakes up in between."""
    for _ in range(round(seconds)):
        asleep()
        clock.go_on(1.0)
    asleep()


def left():
    return [key for key, in db.execute("select key from timer order by key")]


def said():
    return [entry.data["said"] for entry in log.read(db, "club:alarms", 0, 100)]


def test_a_timer_rings_at_its_time_once_and_its_effects_are_stored_with_it(clock):
    alarms = Alarms().start()
    begin = clock.monotonic()

    set_alarm("late", begin + 30.0, "tea")
    set_alarm("soon", begin + 3.0, "eggs")
    set_alarm("past", begin - 100.0, "bread")
    set_alarm("of another version", begin, kind="unknown")
    advance(clock, 40)

    assert [(key, at - begin) for key, at in alarms.rung] == [("past", 0.0), ("soon", 3.0), ("late", 30.0)]
    assert (said(), left()) == (["bread", "eggs", "tea"], ["of another version"])


def test_a_timer_is_set_again_or_cancelled_under_its_key(clock):
    alarms, begin = Alarms().start(), clock.monotonic()
    set_alarm("tea", begin + 5.0, "old")
    set_alarm("eggs", begin + 5.0)
    set_alarm("tea", begin + 10.0, "new")

    assert (cancel("eggs"), cancel("eggs"), timers.due(db, "alarm", "tea")) == (True, False, begin + 10.0)
    advance(clock, 20)

    assert ([key for key, _ in alarms.rung], said(), left()) == (["tea"], ["new"], [])


def test_a_failed_handler_leaves_nothing_and_is_called_again_with_back_off(clock, caplog):
    alarms, begin = Alarms(), clock.monotonic()
    alarms.failures = 3
    alarms.start()

    set_alarm("tea", begin, "tea")
    advance(clock, 8)

    assert ([at - begin for _, at in alarms.rung], said(), alarms.calls) == ([1.0 + 2.0 + 4.0], ["tea"], 4)
    assert caplog.text.count("alarm of tea failed and is tried again later") == 3


def test_a_timer_that_is_cancelled_or_set_again_while_its_handler_runs_has_no_effect(clock):
    alarms, begin = Alarms(), clock.monotonic()
    alarms.go = gevent.event.Event()
    alarms.start()
    set_alarm("tea", begin, "too early")
    set_alarm("eggs", begin, "unwanted")
    until(lambda: alarms.calls == 2)

    cancel("eggs")
    set_alarm("tea", begin + 3.0, "tea")
    alarms.go.set()
    advance(clock, 5)

    assert ([(key, at - begin) for key, at in alarms.rung], said()) == ([("tea", 3.0)], ["tea"])


def test_a_slow_handler_that_extends_its_claim_is_called_once(clock):
    calls, go, runner = [], gevent.event.Event(), timers.state()

    def mail(timer):
        calls.append(timer.key)
        timers.extend(timer, 60.0)
        go.wait()

    timers.start({"alarm": mail})
    set_alarm("digest", clock.monotonic())
    for _ in range(20):
        until(lambda: calls and runner.alarm > 0 and not runner.woken.is_set())
        clock.go_on(1.0)
    go.set()
    asleep()

    assert (calls, left()) == (["digest"], [])


def test_a_timer_that_is_set_while_the_node_searches_rings_at_its_time(clock, monkeypatch):
    alarms, begin, search = Alarms().start(), clock.monotonic(), db.execute_in_thread
    asleep()

    def search_slowly(sql, **values):
        monkeypatch.undo()
        found = search(sql, **values)
        set_alarm("tea", begin + 6.0)
        return found

    monkeypatch.setattr(db, "execute_in_thread", search_slowly)
    advance(clock, 12)

    assert [(key, at - begin) for key, at in alarms.rung] == [("tea", 6.0)]


def test_timers_that_were_due_while_the_server_was_down_ring_at_the_next_start(clock, tmp_path, database):
    set_alarm("tea", clock.now() + 5.0, "tea")
    db.close()
    clock.go_on(100.0)
    open_node(tmp_path, database, clock=clock)

    alarms = Alarms().start()
    until(lambda: alarms.rung)

    assert said() == ["tea"]


def test_more_timers_than_run_at_the_same_time_all_ring(database):
    alarms = Alarms().start()
    with db.transaction() as tx:
        for n in range(3 * timers.PARALLEL):
            timers.set(tx, "alarm", f"{n:02}", node.now())

    until(lambda: len(alarms.rung) == 3 * timers.PARALLEL)

    assert alarms.calls == 3 * timers.PARALLEL


@pytest.fixture
def nodes(tmp_path):
    """Three nodes over one database and one simulated clock."""
    with open_nodes_of_one_clock(tmp_path, 3) as network:
        yield network


def test_one_of_three_nodes_calls_the_handler_and_another_does_if_it_dies_meanwhile(nodes):
    a, b, c = nodes.nodes
    all_alarms = [one.run(Alarms().start) for one in nodes.nodes]
    for one in nodes.nodes:
        one.run(asleep)
    begin = nodes.clock.monotonic()
    for n in range(20):
        a.run(set_alarm, f"{n:02}", begin + 2.0, n)
    for _ in range(3):
        for one in nodes.nodes:
            one.run(asleep)
        nodes.clock.go_on(1.0)
    until(lambda: sum(len(alarms.rung) for alarms in all_alarms) == 20)
    assert sum(alarms.calls for alarms in all_alarms) == 20

    stuck, now = all_alarms[0], nodes.clock.monotonic()
    b.run(timers.stop)
    c.run(timers.stop)
    stuck.go = gevent.event.Event()
    a.run(set_alarm, "killed", now, "once")
    until(lambda: stuck.calls > len(stuck.rung))
    a.run(timers.state).greenlet.kill()  # its loop stands still
    saviour = c.run(Alarms().start)
    for _ in range(round(timers.CLAIM) + 1):
        c.run(asleep)
        nodes.clock.go_on(1.0)
    until(lambda: saviour.rung)
    stuck.go.set()
    until(lambda: not len(a.run(timers.state).calls))

    assert saviour.rung == [("killed", now + timers.CLAIM)] and "killed" not in dict(stuck.rung)
    assert a.run(said).count("once") == 1
