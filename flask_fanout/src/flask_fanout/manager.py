"""Fan-out for Flask-SocketIO on gevent: a client manager that encodes once and writes straight to each connection."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import socketio
from socketio import packet

from . import memory, seams
from .link import LIMIT, Link, StockLink
from .message import Frame, Message
from .protocol import Protocol
from .rooms import Held, Room, Told, told
from .turn import Turn
from .wheel import Wheel


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The client manager; `SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=Fanout())`.

    A room maps a Socket.IO sid to its link, so that an emit costs no look-up.  Leaving costs what the client is in.
    Emit on the loop's thread only.
    """

    outbox_limit = LIMIT
    poll_limit = 1000

    def __init__(self) -> None:
        super().__init__()
        self.rooms: dict[str, dict[str | None, Room]] = {}
        self.joined: dict[str, set[str]] = {}
        self.links: dict[str, Link] = {}
        self.leaving: set[str] = set()
        self.overflows = 0
        self.wheel = Wheel()
        self.is_looked_after = False

    def set_server(self, server: socketio.Server) -> None:
        """Take this server, and no other, over."""
        super().set_server(server)
        seams.check(server)
        self.turn = Turn()
        self.protocol = Protocol(self, server)

    # Fan-out

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        """Send an event to whom it concerns: encoded and framed once, or once for each when answers are asked for."""
        members = self.members(namespace, to or room)
        if skip_sid:
            skipped = {skip_sid} if isinstance(skip_sid, str) else set(skip_sid)
            members = Room((sid, link) for sid, link in members.items() if sid not in skipped)
        if not members:
            return
        body = [event, *(data if isinstance(data, tuple) else () if data is None else (data,))]
        if callback:
            for sid, link in [*members.items()]:
                link.send(self.message(namespace, body, self._generate_ack_id(sid, callback)))
            return
        self.tell(members.told(), self.message(namespace, body))

    def spread(self, links: Iterable[Link | Held], message: Message) -> None:
        """Send a message to many connections; what the same ones are sent in a turn of the loop leaves together."""
        self.tell(told(links), message)

    def tell(self, who: Told, message: Message) -> None:
        """Send a message to these."""
        together, others = who
        for link in others:
            link.send(message)
        self.turn.spread(together, message)

    def message(self, namespace: str, body: list[Any], id: int | None = None) -> Message:
        """An event's packet, encoded: one of texts alone, which most are, without Socket.IO's search for bytes."""
        if id is None and len(body) > 1 and all(type(value) is str for value in body):
            return Frame(namespace, body[0], ",".join(map(json.dumps, body[1:])).encode())
        return Message(self.server.packet_class(packet.EVENT, namespace=namespace, data=body, id=id).encode())

    def members(self, namespace: str, room: Any) -> Room:
        """Who is in a room, in one of several rooms, or behind a sid."""
        rooms = self.rooms.get(namespace)
        if rooms is None:
            return Room()
        if isinstance(room, list | tuple | set | frozenset):
            return Room(pair for each in room for pair in self.members(namespace, each).items())
        found = rooms.get(room)
        if found is None:
            everyone = rooms[None]
            return Room({room: everyone[room]} if room in everyone else {})
        return found

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """The sids in a room, each with its Engine.IO sid."""
        for sid, link in [*self.members(namespace, room).items()]:
            yield sid, link.eio_sid

    def look_after(self) -> None:
        """Bound what all connections hold together, as long as there are any."""
        if not self.is_looked_after:
            self.is_looked_after = True
            self.wheel.call(memory.BEAT, self.relieve)

    def relieve(self) -> None:
        """Look once, and again later."""
        self.is_looked_after = False
        if self.links:
            memory.relieve([*self.links.values()])
            self.look_after()

    # Clients

    def client(self, sid: str, namespace: str) -> Link | Held | None:
        """What stands for a client in a namespace."""
        rooms = self.rooms.get(namespace)
        return rooms[None].get(sid) if rooms else None

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """A client asks to enter a namespace: it is in its rooms from now on, but hears nothing until `connect`."""
        link = self.links.get(eio_sid)
        if link is None:
            link = self.links[eio_sid] = StockLink(self.server, eio_sid)
        if namespace in link.sids:
            return None
        sid: str = self.server.eio.generate_id()
        link.sids[namespace] = sid
        self.joined[sid] = set()
        self.rooms.setdefault(namespace, {}).setdefault(None, Room()).put(sid, Held(link))
        return sid

    def connect(self, sid: str, namespace: str) -> str | None:
        """The client was told that it is connected: what was sent to it meanwhile follows."""
        if sid in self.links:
            entered = self.pre_connect(sid, namespace)
            return None if entered is None else self.connect(entered, namespace)
        held = self.client(sid, namespace)
        if isinstance(held, Held):
            for room in (None, *self.joined[sid]):
                self.rooms[namespace][room].put(sid, held.link)
            for message in held.messages:
                held.link.send(message)
        return sid

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Whether the client's CONNECT is not answered yet."""
        return isinstance(self.client(sid, namespace), Held)

    def is_connected(self, sid: str | None, namespace: str) -> bool:
        """Whether the client is in the namespace, neither entering nor leaving."""
        return sid is not None and isinstance(self.client(sid, namespace), Link) and sid not in self.leaving

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """The client's sid in a namespace."""
        link = self.links.get(eio_sid)
        return None if link is None else link.sids.get(namespace)

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """The Engine.IO sid behind a client's sid."""
        link = self.client(sid, namespace)
        return None if link is None else link.eio_sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """The client is about to leave; its rooms are still there for its handler."""
        self.leaving.add(sid)
        return self.eio_sid_from_sid(sid, namespace)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """The client is gone from the namespace, and from all its rooms."""
        link = self.client(sid, namespace)
        if link is None:
            return
        real = link.link if isinstance(link, Held) else link
        real.sids.pop(namespace, None)
        if isinstance(real, StockLink) and not real.sids:
            self.links.pop(real.eio_sid, None)
        for room in [*self.joined.pop(sid, ()), None]:
            self.drop(sid, namespace, room)
        self.callbacks.pop(sid, None)
        self.leaving.discard(sid)

    def forget(self, eio_sid: str) -> None:
        """A session is over: whatever of it was still entering is gone, too."""
        link = self.links.pop(eio_sid, None)
        for namespace, sid in [*link.sids.items()] if link else ():
            self.basic_disconnect(sid, namespace)

    # Rooms

    def basic_enter_room(self, sid: str, namespace: str, room: str, eio_sid: str | None = None) -> None:
        """The client joins a room; its sid is a room that it is always in."""
        rooms = self.rooms.get(namespace)
        if rooms is None or sid not in rooms[None]:
            raise ValueError("sid is not connected to requested namespace")
        if room == sid:
            return
        if room in rooms[None]:
            raise ValueError("cannot enter a sid room")
        rooms.setdefault(room, Room()).put(sid, rooms[None][sid])
        self.joined[sid].add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:
        """The client leaves a room, if it is in it."""
        if room in self.joined.get(sid, ()):
            self.joined[sid].discard(room)
            self.drop(sid, namespace, room)

    def drop(self, sid: str, namespace: str, room: str | None) -> None:
        """Take a sid out of a room; an empty room is none."""
        rooms = self.rooms.get(namespace, {})
        members = rooms.get(room, Room())
        members.drop(sid)
        if not members:
            rooms.pop(room, None)
        if not rooms:
            self.rooms.pop(namespace, None)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """The rooms a client is in, its own among them."""
        return [sid, *self.joined[sid]] if sid in self.joined else []
