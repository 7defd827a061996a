"""Limits on what all connections hold together, enforced by ending the connections that hold most."""

from collections.abc import Iterable

from .websocket import ClientConnection

CHECK_INTERVAL = 5.0  # seconds
MAX_UNHANDLED, MAX_UNSENT = 64 << 20, 256 << 20  # bytes


def enforce(connections: Iterable[object]) -> None:
    """End the connections that hold most until the others are within the limits."""
    open_ones = [each for each in connections if isinstance(each, ClientConnection) and not each.is_shut]
    total = sum(each.input_size for each in open_ones)
    for connection in sorted(open_ones, key=lambda each: each.input_size, reverse=True):
        if total <= MAX_UNHANDLED:
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
