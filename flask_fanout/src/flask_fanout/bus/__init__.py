"""A message bus between processes, over Valkey, Redis or PostgreSQL: fast, in order, and honest about what it lost.

    bus = connect("valkey://localhost", receive=receive, on_gap=read_again)
    bus.subscribe("room:7")
    bus.publish("room:7", b"hello")

`receive(topic, data)` gets the messages of other processes, those of one process in their order and none of them twice.
The bus may lose messages, but never silently: `on_gap(topic)` says that some may be missing, so read what they are
about from its source.  It is called once a subscription has taken effect (later changes will arrive), after the bus was
away, and when a sender had to drop messages.
"""

from collections.abc import Callable

from .core import Bus, Link
from .publisher import Publisher, is_postgresql

__all__ = ["Bus", "Publisher", "connect"]


def connect(
    url: str,
    *,
    receive: Callable[[str, bytes], None],
    on_gap: Callable[[str], None],
    on_state: Callable[[bool], None] | None = None,
) -> Bus:
    """Return a bus that connects in the background, and again whenever the connection is lost.

    URLs: `valkey://`, `valkeys://` (TLS), `redis://`, `rediss://`, `unix://` and `postgresql://`.  The callbacks run in
    greenlets of the bus and hold it up if they block.  `on_state(up)` follows the connection.
    """
    return Bus(find_link(url), receive, on_gap, on_state)


def find_link(url: str) -> Callable[[], Link]:
    """Return what opens a connection to the server of a URL."""
    if is_postgresql(url):
        from .postgresql_link import PostgresqlLink

        return lambda: PostgresqlLink(url)
    from .valkey_link import ValkeyLink

    return lambda: ValkeyLink(url)
