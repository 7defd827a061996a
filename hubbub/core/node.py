"""A node: everything that is true of one server process only, with its clock and its bus to the other nodes.

Modules keep no state of their own.  A module that must remember something per process declares it once,

    presence = node.state(Presence)

and from then on `presence()` is the current node's `Presence`, made on first use.  A server process has one node, which
`create_app` makes the default; tests run several nodes in one process, each inside `with node.active():`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, Protocol, Self, TypeVar

import gevent

from hubbub.config import Config

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Clock(Protocol):
    """A source of time; tests put a simulated one in its place."""

    def now(self) -> float:
        """Return UTC seconds since 1970."""

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Let other greenlets run for `seconds`."""


class SystemClock:
    """The machine's clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(gevent.sleep)


class Bus(Protocol):
    """The way to the other nodes of a cluster.  It may lose, repeat, reorder and delay messages: they only wake."""

    is_up: bool

    def publish(self, topic: str, data: bytes) -> None:
        """Send data to the other nodes that subscribe to a topic; must not block."""

    def subscribe(self, topic: str) -> None:
        """Receive what other nodes publish in a topic; report a gap once that is so."""

    def unsubscribe(self, topic: str) -> None:
        """Receive nothing more of a topic."""

    def close(self) -> None:
        """Disconnect."""


class Node:
    """One server process: its configuration, its clock, its bus, and the state of every module."""

    def __init__(self, config: Config | None = None, *, clock: Clock | None = None, bus: Bus | None = None) -> None:
        self.config = config or Config()
        self.clock = clock or SystemClock()
        self.bus = bus
        self.values: dict[Any, Any] = {}
        self._stops: list[Callable[[], None]] = []

    @contextmanager
    def active(self) -> Iterator[Self]:
        """Make this node the current one for a block."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function with this node as the current one: greenlets and callbacks of the loop begin without."""
        token = _current.set(self)
        try:
            return function(*arguments)
        finally:
            _current.reset(token)

    def on_close(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the node closes, before its database does; the last registered is called first."""
        if stop not in self._stops:
            self._stops.append(stop)

    def close(self) -> None:
        """Stop what runs in the background; closing twice does nothing more."""
        while self._stops:
            try:
                self.run(self._stops.pop())
            except Exception:
                logger.exception("part of the server did not stop cleanly")


class State(Generic[T]):
    """A value that each node has one of: call it to get the current node's."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    def __call__(self) -> T:
        try:
            return (_current.get() or _default).values[self]  # type: ignore[no-any-return]  # as `current`, in half the time
        except KeyError:
            return current().values.setdefault(self, self._make())  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Drop the current node's value, as a restart of the process would; the next call makes a new one."""
        current().values.pop(self, None)


class NoNode(Node):
    """The default of a process that runs several nodes: there is none."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("this process runs several nodes: use `with node.active():` or node.spawn")


_current: ContextVar[Node | None] = ContextVar("node", default=None)
_default = Node()


def state(make: Callable[[], T]) -> State[T]:
    """Declare a value that each node has one of, made by `make` on first use."""
    return State(make)


def current() -> Node:
    """Return the node this code runs for: the innermost `with node.active():`, else the process's only one."""
    return _current.get() or _default


def make_default(node: Node | None) -> None:
    """Make a node the one that code outside `with node.active():` runs for; None where a process runs several."""
    global _default
    _default = node or NoNode()


def now() -> float:
    """Return UTC seconds by the current node's clock."""
    return current().clock.now()


def monotonic() -> float:
    """Return seconds that never go back, by the current node's clock."""
    return current().clock.monotonic()


def sleep(seconds: float) -> None:
    """Let other greenlets run for `seconds` of the current node's clock."""
    current().clock.sleep(seconds)


def spawn(function: Callable[..., Any], *arguments: Any) -> gevent.Greenlet[..., Any]:
    """Run a function in a greenlet of its own, for the current node."""
    return gevent.spawn(current().run, function, *arguments)


def spawn_later(seconds: float, function: Callable[..., Any], *arguments: Any) -> gevent.Greenlet[..., Any]:
    """Run a function in a greenlet of its own after `seconds` of the current node's clock."""

    def wait() -> None:
        sleep(seconds)
        function(*arguments)

    return spawn(wait)
