"""The client manager: rooms that map to connections, and an emit that encodes once and writes to each connection."""

from collections.abc import Iterable, Iterator
from typing import Any

import gevent
import socketio
from gevent.monkey import get_original
from socketio import packet

from . import compatibility, memory_limits
from .cluster import Close, Cluster, Disconnect, Leave, OnGap
from .connection import Connection, StockConnection
from .context import Context, Limits
from .message import Message, encode_event
from .protocol import Protocol
from .rooms import Client, PendingClient, Room, partition
from .session import Session
from .websocket import ClientConnection

CONNECT_TIMEOUT = 10.0  # seconds in which a session has to enter a namespace, also after it left the last one
get_thread_id = get_original("_thread", "get_ident")


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The client manager; `SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=Fanout())`.

    A room maps Socket.IO sids to connections, so an emit needs no look-up; leaving costs the client's own rooms only.
    `emit` may be called from any thread; everything else only from the thread that created the server and runs it.

    With the URL of a bus (`valkey://`, `redis://`, `postgresql://`), the processes of the same `channel` share their
    rooms.  `on_gap(namespace, room)` is called in a greenlet when events of other processes may be missing in a room of
    this process; None as the room stands for all its clients of the namespace.
    """

    def __init__(
        self,
        url: str = "",
        *,
        limits: Limits = Limits(),  # noqa: B008  (immutable)
        channel: str = "flask-socketio",
        on_gap: OnGap | None = None,
    ) -> None:
        super().__init__()
        self.limits = limits
        self.cluster = Cluster(self, url, channel, on_gap) if url else None
        self.rooms: dict[str, dict[str | None, Room]] = {}  # by namespace and name; None holds all its clients
        self.joined: dict[str, set[str]] = {}  # the rooms of each sid
        self.connections: dict[str, Connection] = {}  # by Engine.IO sid
        self.disconnecting: set[str] = set()
        self.is_memory_check_scheduled = False

    def set_server(self, server: socketio.Server) -> None:
        """Take over this one server."""
        super().set_server(server)
        compatibility.check(server)
        self.loop, self.thread_id = gevent.get_hub().loop, get_thread_id()
        self.context = Context(self.limits, Protocol(server).receive, self.enforce_memory_limits)
        self.writes = self.context.writes
        server._send_packet = self.send_packet
        server.eio.start_service_task = False
        server.eio.on("connect", self.open_session)
        server.eio.on("disconnect", self.close_session)

    # Sessions

    def open_session(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Give a new session its connection, and announce its ping interval to the millisecond."""
        engine = self.server.eio
        session = engine.sockets[eio_sid]
        interval = engine.ping_interval + engine.ping_interval_grace_period
        session.queue.peek(block=False).data["pingInterval"] = int(interval * 1000)
        session.__class__ = Session
        connection = self.connections[eio_sid] = ClientConnection(self.context, session)
        self.expect_namespace(connection)
        self.schedule_memory_check()
        self.server._handle_eio_connect(eio_sid, environ)

    def expect_namespace(self, connection: ClientConnection) -> None:
        """End a session later if it is in no namespace then: nothing counts such sessions."""
        self.context.timers.call_later(CONNECT_TIMEOUT, connection.check_namespaces)

    def close_session(self, eio_sid: str, reason: str) -> None:
        """Call the disconnect handlers of a session, then remove it."""
        try:
            self.server._handle_eio_disconnect(eio_sid, reason)
        finally:
            self.remove_session(eio_sid)

    def remove_session(self, eio_sid: str) -> None:
        """Remove a session's connection, and its clients that were still entering a namespace."""
        connection = self.connections.pop(eio_sid, None)
        for namespace, sid in [*connection.sids.items()] if connection else ():
            self.basic_disconnect(sid, namespace)

    def send_packet(self, eio_sid: str, packet: packet.Packet) -> None:
        """Send a Socket.IO packet to one session."""
        connection = self.connections.get(eio_sid)
        if connection is not None:
            connection.send(Message(packet.encode()))

    def schedule_memory_check(self) -> None:
        """Enforce the memory limits regularly as long as there are connections."""
        if not self.is_memory_check_scheduled:
            self.is_memory_check_scheduled = True
            self.context.timers.call_later(memory_limits.CHECK_INTERVAL, self.check_memory)

    def check_memory(self) -> None:
        """Enforce the memory limits now, and again later."""
        self.is_memory_check_scheduled = False
        if self.connections:
            self.enforce_memory_limits()
            self.schedule_memory_check()

    def enforce_memory_limits(self) -> None:
        """End the connections that hold most, as far as all of them hold too much."""
        memory_limits.enforce([*self.connections.values()])

    # Sending

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
        """Send an event to a room, a list of rooms, a sid or the whole namespace; safe from any thread.

        The event is encoded once, by the calling thread.  A thread other than the loop's hands it over to the loop and
        returns at once; the loop delivers the events of each thread in order, to those who are in the room by then.
        """
        room, cluster = to or room, None if options.get("ignore_queue") else self.cluster
        if get_thread_id() == self.thread_id:
            members = self.members(namespace, room)
            if members or cluster:
                message = encode_event(self.server.packet_class, namespace, event, data)
                self.deliver(members, message, namespace, skip_sid, callback)
                if cluster:
                    cluster.emit(namespace, room, skip_sid, message, callback)
        elif self.connections or cluster:
            message = encode_event(self.server.packet_class, namespace, event, data)
            self.loop.run_callback_threadsafe(
                self.deliver_to_room, cluster, room, message, namespace, skip_sid, callback
            )

    def deliver_to_room(
        self, cluster: Cluster | None, room: Any, message: Message, namespace: str, skip_sid: Any, callback: Any
    ) -> None:
        """Deliver an event that another thread has encoded."""
        self.deliver(self.members(namespace, room), message, namespace, skip_sid, callback)
        if cluster:
            cluster.emit(namespace, room, skip_sid, message, callback)

    def deliver(self, members: Room, message: Message, namespace: str, skip_sid: Any, callback: Any) -> None:
        """Send an encoded event to the members of a room; with a callback, each copy asks for an answer."""
        if skip_sid:
            skipped = {skip_sid} if isinstance(skip_sid, str) else set(skip_sid)
            members = Room((sid, client) for sid, client in members.items() if sid not in skipped)
        if callback:
            for sid, client in [*members.items()]:
                client.send(message.with_id(namespace, self._generate_ack_id(sid, callback)))
        else:
            outboxes, others = members.recipients()
            self.writes.broadcast(outboxes, others, message)

    def broadcast(self, clients: Iterable[Client], message: Message) -> None:
        """Send a message to many connections; messages for the same list in one loop iteration leave together."""
        self.writes.broadcast(*partition(clients), message)

    def members(self, namespace: str, room: Any) -> Room:
        """Return the clients of a room or of several rooms, or the client with this sid."""
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
        """Yield the sid and the Engine.IO sid of each client in a room."""
        for sid, client in [*self.members(namespace, room).items()]:
            yield sid, client.eio_sid

    # Clients

    def client(self, sid: str, namespace: str) -> Client | None:
        """Return a client of a namespace, or None."""
        rooms = self.rooms.get(namespace)
        return rooms[None].get(sid) if rooms else None

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Add a client that asks to enter a namespace; its rooms are in effect, but its messages wait for `connect`."""
        connection = self.connections.get(eio_sid)
        if connection is None:
            connection = self.connections[eio_sid] = StockConnection(self.server, eio_sid)
        if namespace in connection.sids:
            return None
        sid: str = self.server.eio.generate_id() + (f".{self.cluster.node}" if self.cluster else "")
        connection.sids[namespace] = sid
        self.joined[sid] = set()
        self.open_room(namespace, None).add(sid, PendingClient(connection, self.limits.outbox_bytes))
        if self.cluster:
            self.cluster.wait_until_joined(namespace, None)
        return sid if connection.sids.get(namespace) == sid else None

    def connect(self, sid: str, namespace: str) -> str | None:
        """Make a client connected, after its CONNECT was answered, and send the messages that waited for it."""
        if sid in self.connections:
            entered = self.pre_connect(sid, namespace)
            return None if entered is None else self.connect(entered, namespace)
        pending = self.client(sid, namespace)
        if isinstance(pending, PendingClient):
            for room in (None, *self.joined[sid]):
                self.rooms[namespace][room].add(sid, pending.connection)
                self.tell_presence(namespace, room, sid, True)
            for message in pending.messages:
                pending.connection.send(message)
        return sid

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Return whether the client's CONNECT is not answered yet."""
        return isinstance(self.client(sid, namespace), PendingClient)

    def is_connected(self, sid: str | None, namespace: str) -> bool:
        """Return whether the client is in the namespace, neither entering nor leaving."""
        return sid is not None and isinstance(self.client(sid, namespace), Connection) and sid not in self.disconnecting

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return a session's sid in a namespace."""
        connection = self.connections.get(eio_sid)
        return None if connection is None else connection.sids.get(namespace)

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the Engine.IO sid of a client."""
        client = self.client(sid, namespace)
        return None if client is None else client.eio_sid

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Mark a client as disconnecting; it stays in its rooms until its disconnect handler has run."""
        self.disconnecting.add(sid)
        return self.eio_sid_from_sid(sid, namespace)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Remove a client from its namespace and all its rooms."""
        client = self.client(sid, namespace)
        if client is None:
            return
        connection = client.connection if isinstance(client, PendingClient) else client
        connection.sids.pop(namespace, None)
        if isinstance(connection, StockConnection) and not connection.sids:
            self.connections.pop(connection.eio_sid, None)
        for room in [*self.joined.pop(sid, ()), None]:
            self.remove_from_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        self.disconnecting.discard(sid)

    # Rooms

    def basic_enter_room(self, sid: str, namespace: str, room: str, eio_sid: str | None = None) -> None:
        """Add a client to a room; each sid is a room that its client is always in."""
        rooms = self.rooms.get(namespace)
        if rooms is None or sid not in rooms[None]:
            raise ValueError("sid is not connected to requested namespace")
        if room == sid:
            return
        if room in rooms[None] or (self.cluster and self.cluster.is_elsewhere(room)):
            raise ValueError("cannot enter a sid room")
        client = rooms[None][sid]
        self.open_room(namespace, room).add(sid, client)
        self.joined[sid].add(room)
        if isinstance(client, Connection):
            self.tell_presence(namespace, room, sid, True)

    def open_room(self, namespace: str, room: str | None) -> Room:
        """Return a room, a new one if it is not open."""
        rooms = self.rooms.setdefault(namespace, {})
        if room not in rooms:
            rooms[room] = Room()
            if self.cluster:
                self.cluster.watch(namespace, room)
        return rooms[room]

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:
        """Remove a client from a room if it is in it."""
        if room in self.joined.get(sid, ()):
            self.joined[sid].discard(room)
            self.remove_from_room(sid, namespace, room)

    def remove_from_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Remove a sid from a room, and the room if it is empty."""
        rooms = self.rooms.get(namespace, {})
        members = rooms.get(room, Room())
        members.remove(sid)
        self.tell_presence(namespace, room, sid, False)
        if not members and rooms.pop(room, None) is not None and self.cluster:
            self.cluster.unwatch(namespace, room)
        if not rooms:
            self.rooms.pop(namespace, None)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """Return the rooms of a client, including its own."""
        return [sid, *self.joined[sid]] if sid in self.joined else []

    # Other processes

    def initialize(self) -> None:
        """Connect to the other processes when the first client connects."""
        super().initialize()
        if self.cluster:
            _ = self.cluster.bus

    def close(self) -> None:
        """Disconnect from the other processes, after they have received what was emitted."""
        if self.cluster:
            self.cluster.close()

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether a client is here; ask its process to disconnect it if it is elsewhere."""
        if self.cluster and self.cluster.is_elsewhere(sid):
            self.cluster.tell(sid, Disconnect(namespace, sid))
        return self.is_connected(sid, namespace)

    def enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """Add a client of any process to a room; it gets all events that are emitted after this returns."""
        if self.cluster and self.cluster.is_elsewhere(sid):
            self.cluster.enter(sid, namespace, room)
            return
        self.basic_enter_room(sid, namespace, room)
        if self.cluster:
            self.cluster.wait_until_joined(namespace, room)

    def leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Remove a client of any process from a room."""
        if self.cluster and self.cluster.is_elsewhere(sid):
            self.cluster.tell(sid, Leave(namespace, sid, room))
        else:
            self.basic_leave_room(sid, namespace, room)

    def close_room(self, room: Any, namespace: str) -> None:
        """Remove all clients of all processes from a room."""
        self.basic_close_room(room, namespace)
        if self.cluster:
            self.cluster.publish_to_room(namespace, room, Close(namespace, room))

    def present(self, room: Any = None, namespace: str = "/") -> set[str]:
        """Return the sids of the clients in a room, in all processes; None stands for the whole namespace.

        The first call for a room asks the other processes, and waits a tenth of a second for their answers; later
        calls know.  The clients of a process that is silent for 10 seconds are no longer present.
        """
        here = self.present_here(namespace, room)
        return here | self.cluster.presence.present(namespace, room) if self.cluster else here

    def present_here(self, namespace: str, room: Any) -> set[str]:
        """Return the sids of the clients in a room of this process."""
        return {sid for sid, client in self.members(namespace, room).items() if isinstance(client, Connection)}

    def tell_presence(self, namespace: str, room: Any, sid: str, joined: bool) -> None:
        """Tell the other processes that a client joined or left."""
        if self.cluster:
            self.cluster.presence.change(namespace, room, sid, joined)
