"""Log consumers: durable readers of channels, each run by one node of the cluster at a time; and periodic jobs.

A consumer's handler stores its effects and its cursor in one transaction, by `advance`.  There is no queue: a
consumer's work is what its channels hold beyond its cursors.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gevent.event import Event
from gevent.pool import Pool

from hubbub.core import bus, db, hub, leases, node
from hubbub.core.access import Refused

logger = logging.getLogger(__name__)

LEASE = 10.0  # seconds after which another node may take over from one that does not renew its lease
POLL = 30.0  # seconds between two searches for channels that are behind, for entries of which no wake-up arrived
POLL_WITHOUT_BUS = 2.0  # the same while the bus is away
BACKOFF, LONGEST = 5.0, 900.0  # seconds until the second try, doubled for each further one; at most
STOP = 5.0  # seconds to wait for the end of a handler that was interrupted

CURSORS = """select channel.name as channel, '' as reader, coalesce(reached.seq, 0) as after from channel
    left join consumer_cursor as reached on reached.channel = channel.name and reached.consumer = :consumer"""
BEHIND = """from ({cursors}) as cursor join channel on channel.name = cursor.channel {join}
    where channel.head > cursor.after and ({kinds})"""


class Task(NamedTuple):
    """A channel with entries after the cursor `after`; `reader` tells several cursors in one channel apart."""

    channel: str
    reader: str
    after: int


@dataclass(eq=False)
class Consumer:
    """A reader of all channels of some kinds.

    `handle(task)` is called at least once for each cursor with entries after it: `quiet` seconds after the newest of
    them, or `patience` seconds after the first.  If it fails, it is called again later; if it returns a number, in so
    many seconds.  At most `parallel` calls run at the same time, never two for one cursor.

    `cursors` is SQL for the cursors if the slice keeps them itself: the columns channel, reader and after.
    """

    name: str
    kinds: tuple[str, ...]
    handle: Callable[[Task], float | None]
    quiet: float = 0.0
    patience: float = 60.0
    parallel: int = 1
    cursors: str = CURSORS

    def behind(self, channels: list[str] | None = None) -> list[Task]:
        """Return the cursors in these channels, or in all, that are not at the end."""
        some = "" if channels is None else " and channel.name = any(:channels)"
        return [Task(*row) for row in db.execute_in_thread(
            f"select cursor.channel, cursor.reader, cursor.after {self._behind()}{some}",
            consumer=self.name, now=node.now(), channels=channels or [])]

    def lag(self) -> "Lag":
        """Return how far the consumer is behind."""
        behind = self._behind("left join entry on entry.channel = cursor.channel and entry.seq = cursor.after + 1")
        [(tasks, since)] = db.execute_in_thread(f"select count(*), min(entry.at) {behind}", consumer=self.name,
                                                now=node.now())
        return Lag(tasks, max(0.0, node.now() - since) if since else 0.0)

    def _behind(self, join: str = "") -> str:
        kinds = (f"substr(channel.name, 1, {len(kind) + 1}) = '{kind}:'" for kind in self.kinds)
        return BEHIND.format(cursors=self.cursors, join=join, kinds=" or ".join(kinds))


@dataclass(eq=False)
class Job:
    """A function that one node of the cluster calls every `seconds`."""

    name: str
    seconds: float
    run: Callable[[], object]


class Lag(NamedTuple):
    """How many cursors of a consumer are not at the end, and since how many seconds the oldest entry waits."""

    tasks: int
    seconds: float


Cursor = tuple[str, str]  # channel and reader


class Runner:
    """A consumer at work in this node."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.fence = 0
        self.is_subscribed = False  # to the wake-ups of other nodes
        self._ask_at = 0.0  # when to renew the lease, or to try to take it
        self._poll_at = 0.0
        self._waiting: dict[str, tuple[float, float]] = {}  # the times of a channel's first and last unread entry
        self.paused: dict[Cursor, float] = {}  # when to handle it again
        self._failures: dict[Cursor, int] = {}  # in a row
        self.busy: dict[Cursor, bool] = {}  # being handled, and whether there is more since
        self._calls = Pool(consumer.parallel)
        self.alarm = 0.0  # until when it sleeps
        self._woken = Event()
        for kind in consumer.kinds:
            hub.wake_on(kind, self.wake)
        self.greenlet = node.spawn(self._run)

    def stop(self) -> None:
        """Handle nothing more."""
        for kind in self.consumer.kinds:
            hub.stop_waking(kind, self.wake)
        self._subscribe(False)
        self.greenlet.kill(timeout=STOP)
        self._calls.kill(timeout=STOP)

    def wake(self, channel: str) -> None:
        """Note that a channel has a new entry."""
        now = node.monotonic()
        self._waiting[channel] = self._waiting.get(channel, (now, now))[0], now
        if self._due(channel) < self.alarm:
            self._woken.set()

    def poll(self) -> None:
        """Search for channels that are behind: wake-ups of other nodes may be missing."""
        self._poll_at = 0.0
        self._woken.set()

    def _due(self, channel: str) -> float:
        first, last = self._waiting[channel]
        return min(last + self.consumer.quiet, first + self.consumer.patience)

    def _run(self) -> None:
        while True:
            try:
                self._start_due()
            except Exception as problem:
                _log(self.consumer.name, problem)
                self._poll_later()
            self._sleep()

    def _start_due(self) -> None:
        now = node.monotonic()
        if now >= self._poll_at:
            self._poll_at = now + (POLL if bus.is_up() else POLL_WITHOUT_BUS)
            for task in self.consumer.behind():
                if (task.channel, task.reader) not in self.busy:
                    self._waiting.setdefault(task.channel, (now, now))
        due = {channel for channel in self._waiting if self._due(channel) <= now}
        resumed = [cursor for cursor, at in self.paused.items() if at <= now]
        if not (due or resumed or self.busy):
            return
        if not self._has_lease():
            self._poll_later()
            return
        for channel in due:
            del self._waiting[channel]
        for cursor in resumed:
            del self.paused[cursor]
        if wanted := due | {channel for channel, _ in resumed}:
            for task in self.consumer.behind(sorted(wanted)):
                self._start(task)

    def _poll_later(self) -> None:
        """Leave everything to the node that holds the lease, or until the database answers."""
        self._waiting.clear()
        self.paused.clear()
        self._poll_at = node.monotonic() + LEASE

    def _has_lease(self) -> bool:
        if node.monotonic() >= self._ask_at:
            self.fence = leases.take(self.consumer.name, LEASE)
            self._ask_at = node.monotonic() + LEASE / 2
            self._subscribe(self.fence > 0)
        return self.fence > 0

    def _subscribe(self, wanted: bool) -> None:
        """Get the wake-ups of other nodes while this one has the lease."""
        if wanted != self.is_subscribed:
            self.is_subscribed = wanted
            for topic in map(hub.wake_topic, self.consumer.kinds):
                listeners = state().subscribed
                listeners[topic] += 1 if wanted else -1
                if wanted and listeners[topic] == 1:
                    bus.subscribe(topic)
                elif not wanted and not listeners[topic]:
                    bus.unsubscribe(topic)

    def _start(self, task: Task) -> None:
        cursor = task.channel, task.reader
        if cursor in self.busy:
            self.busy[cursor] = True
        elif cursor not in self.paused:
            self.busy[cursor] = False
            self._calls.spawn(node.current().run, self._call, task)

    def _call(self, task: Task) -> None:
        cursor = task.channel, task.reader
        try:
            pause = self._handle(task)
        finally:
            has_more = self.busy.pop(cursor)
        if pause is not None:
            self.paused[cursor] = node.monotonic() + pause
        elif has_more:
            self.wake(task.channel)
        self._woken.set()

    def _handle(self, task: Task) -> float | None:
        """Handle a cursor until it is at the end; return in how many seconds to continue, if it is not."""
        cursor, following = (task.channel, task.reader), [task]
        try:
            while following:
                [task] = following
                if (pause := self.consumer.handle(task)) is not None:
                    break
                following = [one for one in self.consumer.behind([task.channel])
                             if one.reader == task.reader and one.after > task.after]
            self._failures.pop(cursor, None)
            return pause
        except Exception as problem:
            _log(f"{self.consumer.name} of {task.channel}", problem)
            failures = self._failures[cursor] = self._failures.get(cursor, 0) + 1
            self._ask_at = 0.0
            return float(min(BACKOFF * 2 ** min(failures - 1, 20), LONGEST))

    def _sleep(self) -> None:
        self.alarm = min([self._poll_at, *map(self._due, self._waiting), *self.paused.values(),
                          *([self._ask_at] if self.busy else [])])
        if (pause := self.alarm - node.monotonic()) > 0:
            timer = node.spawn_later(pause, self._woken.set)
            self._woken.wait()
            timer.kill(block=False)
        self._woken.clear()
        self.alarm = 0.0


class Timer:
    """A job at work in this node; its lease is held for as long as it need not run again."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.greenlet = node.spawn(self._run)

    def stop(self) -> None:
        """Call the job no more."""
        self.greenlet.kill(timeout=STOP)

    def _run(self) -> None:
        while True:
            try:
                if leases.take(self.job.name, self.job.seconds, renews=False):
                    self.job.run()
            except Exception as problem:
                _log(self.job.name, problem)
            node.sleep(min(self.job.seconds, POLL))


class Running:
    """The consumers and jobs of this node."""

    def __init__(self) -> None:
        self.runners: dict[str, Runner] = {}
        self.timers: dict[str, Timer] = {}
        self.subscribed: Counter[str] = Counter()  # how many runners need the wake-ups of a topic


state = node.state(Running)


def start(consumers: Iterable[Consumer | Job]) -> None:
    """Run consumers and jobs until the node closes."""
    node.current().on_close(stop)
    for one in consumers:
        if isinstance(one, Job):
            state().timers[one.name] = Timer(one)
        else:
            state().runners[one.name] = Runner(one)


@bus.on_gap
def _poll_after_gap(topic: str) -> None:
    for runner in state().runners.values():
        if topic in map(hub.wake_topic, runner.consumer.kinds):
            runner.poll()


def stop() -> None:
    """Stop every consumer and job of this node, and let other nodes take over at once."""
    running = state()
    for runner in running.runners.values():
        runner.stop()
    for timer in running.timers.values():
        timer.stop()
    if held := [name for name, runner in running.runners.items() if runner.fence]:
        leases.release(held)
    state.forget()


def confirm(tx: db.Transaction, name: str) -> None:
    """Renew a consumer's lease in a transaction; nothing of it is kept if another node has taken over."""
    leases.renew(tx, name, state().runners[name].fence, LEASE)


def advance(tx: db.Transaction, name: str, channel: str, seq: int) -> None:
    """Store that a consumer has read a channel up to `seq`, in the transaction that stores the effects."""
    confirm(tx, name)
    tx.execute("insert into consumer_cursor (consumer, channel, seq) values (:consumer, :channel, :seq) "
               "on conflict (consumer, channel) do update set seq = excluded.seq "
               "where consumer_cursor.seq < excluded.seq", consumer=name, channel=channel, seq=seq)


SKIP = """insert into consumer_cursor (consumer, channel, seq) select used.name, :channel, :to
    from each(:names) as used(name text) where :after = 0 or exists (select 1 from consumer_cursor as reached
    where reached.consumer = used.name and reached.channel = :channel and reached.seq = :after)
    on conflict (consumer, channel) do update set seq = excluded.seq where consumer_cursor.seq = :after"""


def skip(tx: db.Transaction, found: Iterable[Consumer], channel: str, after: int, to: int) -> None:
    """Move the cursors of those consumers that have read a channel up to `after` to `to`, past the entries between."""
    kind = channel.partition(":")[0]
    if names := [(one.name,) for one in found if kind in one.kinds]:
        tx.execute(SKIP, names=names, channel=channel, after=after, to=to)


def lag() -> dict[str, Lag]:
    """Return how far the consumers of this node's slices are behind."""
    return {name: runner.consumer.lag() for name, runner in state().runners.items()}


def _log(name: str, problem: Exception) -> None:
    if isinstance(problem, Refused | leases.Lost):
        logger.warning("%s failed and is tried again later: %s", name, problem)
    else:
        logger.error("%s failed and is tried again later", name, exc_info=problem)
