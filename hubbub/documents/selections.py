"""Selections of the editors of a document, announced as signals with the id of the person.

Each node remembers those of its own connections, and announces them again when an editor comes at another node.  Pages
announce theirs every 15 s, and forget others after 30 s, so a lost message or a killed node leaves nothing behind.
"""

from collections import defaultdict
from typing import Any, NamedTuple

import gevent

from hubbub import live
from hubbub.core import access, bus, db, hub, node

EXPIRY = 30.0  # seconds without a move
INTERVAL = 5.0  # seconds between two sweeps


class Selection(NamedTuple):
    """One editor: the connection and person, the Yjs client, the two ends of the selection, and when it moved."""

    connection: live.Connection
    client: int
    anchor: Any
    head: Any
    at: float

    def data(self) -> dict[str, Any]:
        """Return what the other editors receive."""
        return {"person": self.connection.person, "client": self.client, "anchor": self.anchor, "head": self.head}


class SelectionsRequested(bus.Message, frozen=True):
    """An editor opened a document, and needs the selections of those at other nodes."""

    channel: str


class Selections:
    """The selections at this node, by channel and session id."""

    def __init__(self) -> None:
        self.by_channel: defaultdict[str, dict[str, Selection]] = defaultdict(dict)
        self.sweeping: gevent.Greenlet[..., Any] | None = None


state = node.state(Selections)


def move(connection: live.Connection, channel: str, client: int, anchor: Any, head: Any) -> list[dict[str, Any]]:
    """Announce where an editor's selection is; return where the others' at this node are."""
    access.check(db, connection.person, channel, "point")
    selections = state()
    selection = Selection(connection, client, anchor, head, node.monotonic())
    if connection.sid not in selections.by_channel[channel]:
        bus.send(SelectionsRequested(channel), channel)
    selections.by_channel[channel][connection.sid] = selection
    hub.signal(channel, "selection", selection.data())
    if selections.sweeping is None:
        selections.sweeping = node.spawn(_sweep_regularly)
        node.current().on_close(_stop)
    return [other.data() for sid, other in selections.by_channel[channel].items() if sid != connection.sid]


@bus.on(SelectionsRequested)
def _announce_again(message: SelectionsRequested) -> None:
    for selection in state().by_channel.get(message.channel, {}).values():
        hub.signal(message.channel, "selection", selection.data())


def leave(channel: str, sid: str) -> None:
    """Remove the selection of a connection that closed the document."""
    here = state().by_channel.get(channel, {})
    if selection := here.pop(sid, None):
        person = selection.connection.person
        hub.signal(channel, "selection", {"person": person, "client": selection.client, "removed": True})
    if not here:
        state().by_channel.pop(channel, None)


@live.on_disconnect
def disconnected(connection: live.Connection) -> None:
    """Remove the selections of a closed connection."""
    for channel in [channel for channel, here in state().by_channel.items() if connection.sid in here]:
        leave(channel, connection.sid)


def _sweep_regularly() -> None:
    while state().by_channel:
        node.sleep(INTERVAL)
        sweep(node.monotonic())
    state().sweeping = None


def _stop() -> None:
    if greenlet := state().sweeping:
        greenlet.kill()


def sweep(now: float) -> None:
    """Remove selections that have not moved for a while, and those of connections that no longer read the document."""
    expired = [(channel, sid) for channel, here in state().by_channel.items() for sid, selection in here.items()
               if now - selection.at > EXPIRY or channel not in hub.channels_of(selection.connection)]
    for channel, sid in expired:
        leave(channel, sid)
