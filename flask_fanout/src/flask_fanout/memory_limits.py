"""Limits on what all connections hold together, enforced by ending the connections that hold most.

What arrives is counted as it arrives; what waits to be sent is checked regularly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .websocket import ClientConnection

CHECK_INTERVAL = 5.0  # seconds
MAX_UNHANDLED, MAX_UNSENT = 64 << 20, 256 << 20  # bytes
MARGIN = 0.75  # of the limit that may be left, so that the next bytes do not exceed it at once


def enforce(connections: Iterable[Any]) -> None:
    """End the connections that hold most until the others are within the limits."""
    open_ones = [each for each in connections if each.is_batched and not each.is_shut]
    total = sum(each.input_size for each in open_ones)
    if total > MAX_UNHANDLED:
        for connection in sorted(open_ones, key=lambda each: each.input_size, reverse=True):
            if total <= MAX_UNHANDLED * MARGIN:
                break
            total -= connection.input_size
            connection.abort()
    if sum(connection.unsent_bytes for connection in open_ones) > MAX_UNSENT:
        enforce_unsent(open_ones)


def enforce_unsent(connections: list[ClientConnection]) -> None:
    """End connections by their unsent bytes, where a message that waits for many clients counts once."""
    seen: set[int] = set()
    total = 0
    for connection in sorted(connections, key=lambda each: each.unsent_bytes):
        for data in connection.unsent:
            whole = data.obj if isinstance(data, memoryview) else data
            if id(whole) not in seen:
                seen.add(id(whole))
                total += len(data)
        if not connection.is_websocket:
            total += connection.unsent_bytes
        if total > MAX_UNSENT:
            connection.abort()
