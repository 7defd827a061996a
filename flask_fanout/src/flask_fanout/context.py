"""What all connections of one server share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .timers import Timers
from .write_scheduler import WriteScheduler


@dataclass(frozen=True)
class Limits:
    """How much may wait for one connection before the server ends it."""

    outbox_bytes: int = 1 << 20
    poll_packets: int = 1000


@dataclass(slots=True)
class Context:
    """The shared parts; `receive` handles one Engine.IO packet of a connection, in the connection's worker greenlet."""

    limits: Limits
    receive: Callable[[Any, str | bytes], None]
    writes: WriteScheduler = field(default_factory=WriteScheduler)
    timers: Timers = field(default_factory=Timers)
    overflows: int = 0  # connections ended because too much waited for them
