"""What all connections hold together: measured every few seconds, and bounded by ending those that hold most."""

from collections.abc import Iterable

from .websocket import Connection

BEAT = 5.0  # seconds
COMING, GOING = 64 << 20, 256 << 20  # bytes that came and are not handled, and bytes that wait to be taken


def relieve(links: Iterable[object]) -> None:
    """End the connections that hold most until the rest is within the bounds."""
    open_ones = [link for link in links if isinstance(link, Connection) and not link.ended]
    coming = sum(map(held, open_ones))
    for connection in sorted(open_ones, key=held, reverse=True):
        if coming <= COMING:
            break
        coming -= held(connection)
        connection.cut()
    if sum(connection.size for connection in open_ones) > GOING:
        let_go(open_ones)


def held(connection: Connection) -> int:
    """About the bytes of one connection that came and are not handled."""
    reader, parcel = connection.reader, connection.attachments
    attached = sum(map(len, parcel.attachments)) if parcel is not None else 0
    return connection.inbox_size + attached + (len(reader.buffer) + len(reader.parts) if reader else 0)


def let_go(connections: list[Connection]) -> None:
    """The same for what leaves, where a message that waits for many counts once."""
    seen: set[int] = set()
    total = 0
    for connection in sorted(connections, key=lambda each: each.size):
        for data in connection.out:
            whole = data.obj if isinstance(data, memoryview) else data
            if id(whole) not in seen:
                seen.add(id(whole))
                total += len(data)
        if not connection.live:
            total += connection.size
        if total > GOING:
            connection.cut()
