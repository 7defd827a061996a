"""Calls that wait for a lane at the same time run as one body, whose statements are for all of them.

Nothing is answered before its commit, and calls of one lane run in the order in which they were made.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import gevent
from gevent.event import Event

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.core.db.writer import Batch, Transaction, UnitOfWork, Writer, answer_after, retry, wait_before_writing

LIMIT = 200  # calls in one body, so that it never keeps the event loop for long

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Changed = TypeVar("Changed")
Run = Callable[[Transaction, Sequence[Item]], Sequence[Answer | Refused]]
Outcome = Any  # what a call returned, or the exception that it raised


class Group:
    """Calls that will run together; it takes more of them until its lane is free."""

    def __init__(self, writer: Writer, run: Run[Any, Any]) -> None:
        self.items: list[Any] = []
        self.ran = Event()
        self._writer, self._run = writer, run
        self._channels: list[str] = []
        self._outcomes: list[tuple[Outcome, Batch | None]] = []
        self._waiting: list[tuple[int, Callable[[Outcome], None]]] = []
        self._before = writer.groups.get(run)
        writer.groups[run] = self
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """Whether it takes another call."""
        return self._is_open and len(self.items) < LIMIT

    def add(self, channel: str, item: object) -> int:
        """Add a call and return its place."""
        self._channels.append(channel)
        self.items.append(item)
        return len(self.items) - 1

    def run(self) -> None:
        """Run all calls, after those of the group before."""
        if self._before is not None:
            self._before.ran.wait()
            self._before = None
        try:
            self._outcomes = retry(self._together)
        except Refused as refusal:
            self._outcomes = [(refusal, None)] * len(self.items)
        except Exception as error:
            self._outcomes = [(error, None)] if len(self.items) == 1 else [*map(self._alone, range(len(self.items)))]
        finally:
            self._end()

    def _together(self) -> list[tuple[Outcome, Batch | None]]:
        with UnitOfWork() as unit, Transaction(self._writer, self._close) as tx:
            answers = self._run(tx, self.items)
        return [(answer, unit.batch) for answer in answers]

    def _close(self) -> set[str]:
        """Take no more calls; return the channels of all."""
        self._is_open = False
        return {*self._channels}

    def _alone(self, place: int) -> tuple[Outcome, Batch | None]:
        """Run one call alone after an unexpected error, so that a bad one spoils no other."""
        try:
            with UnitOfWork() as unit, Transaction(self._writer, lambda: (self._channels[place],)) as tx:
                [answer] = self._run(tx, [self.items[place]])
        except Exception as error:
            return error, None
        return answer, unit.batch

    def _end(self) -> None:
        self._is_open = False
        if not self._outcomes:  # this greenlet was killed
            self._outcomes = [(Refused("error.not_saved", "not_saved"), None)] * len(self.items)
        if self._writer.groups.get(self._run) is self:
            del self._writer.groups[self._run]
        self.ran.set()
        waiting, self._waiting = self._waiting, []
        for place, call in waiting:
            self.then(place, call)

    @property
    def is_committed(self) -> bool:
        """Whether all calls are committed, or failed."""
        return self.ran.is_set() and all(batch is None or batch.ended.is_set() for _, batch in self._outcomes)

    def wait_for_commit(self) -> None:
        """Return when all calls are committed, or failed."""
        self.ran.wait()
        for batch in {batch for _, batch in self._outcomes if batch is not None}:
            batch.ended.wait()

    def then(self, place: int, call: Callable[[Outcome], None]) -> None:
        """Call with the outcome of a call once it is committed, or failed."""
        if not self.ran.is_set():
            self._waiting.append((place, call))
            return
        outcome, batch = self.outcome(place)
        if batch is None or isinstance(outcome, Exception):
            call(outcome)
        else:
            batch.then(lambda failure: call(failure or outcome))

    def outcome(self, place: int) -> tuple[Outcome, Batch | None]:
        """Return what a call returned or raised, and the batch that it waits for."""
        return self._outcomes[place]


class Call(Generic[Answer]):
    """A call that was made and may not have run yet."""

    __slots__ = ("group", "_place", "_change")

    def __init__(self, group: Group, place: int, change: Callable[[Any], Answer] = lambda answer: answer) -> None:
        self.group = group
        self._place = place
        self._change = change

    def map(self, change: Callable[[Answer], Changed]) -> "Call[Changed]":
        """Return the same call with another answer, made from its own."""
        return Call(self.group, self._place, lambda answer: change(self._change(answer)))

    def then(self, call: Callable[[Outcome], None]) -> None:
        """Call with the answer once it is committed, or with the refusal or error."""
        change = self._change
        self.group.then(self._place, lambda outcome: call(
            outcome if isinstance(outcome, Exception) else change(outcome)))

    def wait(self) -> Answer:
        """Return the answer once it has run, or raise; the current unit of work is answered after its commit."""
        self.group.ran.wait()
        outcome, batch = self.group.outcome(self._place)
        if isinstance(outcome, Exception):
            raise outcome
        if batch is not None:
            answer_after(batch)
        return self._change(outcome)


def together(writer: Writer, run: Run[Item, Answer], channel: str, item: Item) -> Call[Answer]:
    """Have a call for a channel run in one body with all others that wait for this lane."""
    wait_before_writing()
    before = writer.groups.get(run)
    if before is not None and before.is_open:
        return Call(before, before.add(channel, item))
    group = Group(writer, run)
    call: Call[Answer] = Call(group, group.add(channel, item))
    if before is None and writer.is_idle:
        group.run()
    else:
        gevent.spawn_raw(node.current().run, group.run)
    return call
