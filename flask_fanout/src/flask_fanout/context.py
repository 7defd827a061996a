"""What all connections of one server share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .timers import Timers
from .turns import Turns
from .write_scheduler import WriteScheduler


@dataclass(frozen=True)
class Limits:
    """How much may wait for one connection before the server ends it.

    `unadmitted_bytes` is how long a message may be before its client has entered a namespace.
    """

    outbox_bytes: int = 1 << 20
    poll_packets: int = 1000
    unadmitted_bytes: int = 8192


@dataclass(slots=True)
class Context:
    """The shared parts; `receive` handles one Engine.IO packet of a connection, in the connection's worker greenlet."""

    limits: Limits
    receive: Callable[[Any, str | bytes], None]
    enforce_memory_limits: Callable[[], None]
    writes: WriteScheduler = field(default_factory=WriteScheduler)
    timers: Timers = field(default_factory=Timers)
    turns: Turns = field(default_factory=Turns)
    input_bytes: int = 0  # that have arrived over all connections and are not handled
    overflows: int = 0  # connections ended because too much waited for them
