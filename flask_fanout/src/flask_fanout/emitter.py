"""Emit to an application's clients from any other process or thread: a Celery task, a cron job, a script."""

from typing import Any

from socketio import packet

from . import cluster
from .bus import Publisher
from .message import encode_event


class Emitter:
    """The sending half of `Fanout(url)`; it needs neither gevent nor a server, and may be shared by threads.

    A call returns once the bus has accepted the message, and raises the driver's error if it does not.
    """

    def __init__(self, url: str, *, channel: str = "flask-socketio") -> None:
        self.channel, self.publisher = channel, Publisher(url)

    def emit(
        self,
        event: str,
        data: Any = None,
        *,
        to: Any = None,
        room: Any = None,
        namespace: str = "/",
        skip_sid: Any = None,
    ) -> None:
        """Send an event to a room, a list of rooms, a sid or the whole namespace; a tuple has several arguments."""
        message = encode_event(packet.Packet, namespace, event, data)
        for topic, request in cluster.emit_requests(self.channel, namespace, to or room, skip_sid, message):
            self.publisher.publish(topic, request)

    def send(self, data: Any, **options: Any) -> None:
        """Send an event named "message"."""
        self.emit("message", data, **options)

    def disconnect(self, sid: str, namespace: str = "/") -> None:
        """Disconnect a client."""
        self.tell(namespace, sid, cluster.Disconnect(namespace, sid))

    def leave_room(self, sid: str, room: Any, namespace: str = "/") -> None:
        """Remove a client from a room."""
        self.tell(namespace, sid, cluster.Leave(namespace, sid, room))

    def close_room(self, room: Any, namespace: str = "/") -> None:
        """Remove all clients from a room."""
        self.tell(namespace, room, cluster.Close(namespace, room))

    def tell(self, namespace: str, room: Any, request: cluster.Request) -> None:
        """Send a request to the processes of a room or of a client."""
        self.publisher.publish(cluster.topic_of(self.channel, namespace, room), cluster.encode(request))
