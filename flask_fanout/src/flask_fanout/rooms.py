"""Room membership, and the split of a room's members into the two kinds of recipients."""

from collections.abc import Iterable
from typing import Any

from .connection import Connection
from .message import Message


class PendingClient:
    """Stands in a room for a client whose CONNECT is not answered yet, and keeps its messages until then."""

    __slots__ = ("connection", "eio_sid", "limit", "messages", "size")
    is_batched = False

    def __init__(self, connection: Connection, limit: int) -> None:
        self.connection, self.eio_sid, self.limit, self.size = connection, connection.eio_sid, limit, 0
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        """Keep a message; end the connection if all of them exceed the limit of an outbox."""
        self.size += len(message)
        if self.size <= self.limit:
            self.messages.append(message)
        else:
            self.connection.close()


Client = Connection | PendingClient
Recipients = tuple[list[Any], list[Client]]  # outboxes for a broadcast batch, and clients to send to at once


def partition(clients: Iterable[Client]) -> Recipients:
    """Split clients by how a broadcast reaches them."""
    batched: list[Any] = []
    others: list[Client] = []
    for client in clients:
        (batched if client.is_batched else others).append(client)
    return batched, others


class Room(dict[str, Client]):
    """The clients of a room by sid; their partition is cached until one joins or leaves."""

    __slots__ = ("_recipients",)

    def __init__(self, *members: Any) -> None:
        super().__init__(*members)
        self._recipients: Recipients | None = None

    def add(self, sid: str, client: Client) -> None:
        """Add a client, or replace the pending client of this sid by its connection."""
        self[sid], self._recipients = client, None

    def remove(self, sid: str) -> None:
        """Remove a client if it is here."""
        self.pop(sid, None)
        self._recipients = None

    def recipients(self) -> Recipients:
        """Return the partition of its clients."""
        if self._recipients is None:
            self._recipients = partition(self.values())
        return self._recipients
