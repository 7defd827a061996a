"""Outgoing messages: a Socket.IO packet encoded once for every transport that carries it."""

import json
from collections.abc import Sequence

from engineio import packet as engine

from . import frames


class Message:
    """An encoded Socket.IO packet: `wire` for WebSockets, `packets` for polling."""

    __slots__ = ("_packets", "_parts", "wire")

    def __init__(self, encoded: str | Sequence[str | bytes]) -> None:
        parts = [encoded] if isinstance(encoded, str) else encoded
        self._parts: Sequence[str | bytes] = parts
        self._packets: tuple[engine.Packet, ...] | None = None
        self.wire = b"".join(map(encode_part, parts))

    def __len__(self) -> int:
        return len(self.wire)

    @property
    def parts(self) -> Sequence[str | bytes]:
        """The packet's text, then its attachments."""
        return self._parts

    @property
    def packets(self) -> tuple[engine.Packet, ...]:
        """The Engine.IO packets, shared by all polling sessions."""
        if self._packets is None:
            self._packets = tuple(engine.Packet(engine.MESSAGE, part) for part in self.parts)
        return self._packets

    def with_id(self, namespace: str, id: int) -> "Message":
        """Return the same event with an id, which asks the client for an acknowledgement."""
        text, *attachments = self.parts
        start = str(text).index("[", 1 if namespace == "/" else len(namespace) + 1)
        return Message([f"{text[:start]!s}{id}{text[start:]!s}", *attachments])


class EncodedEvent(Message):
    """An event built from finished JSON; sending it to any number of connections costs no further encoding."""

    __slots__ = ()

    def __init__(self, namespace: str, event: str, payload: bytes) -> None:
        head = "42" if namespace == "/" else f"42{namespace},"
        self._parts, self._packets = (), None
        self.wire = frames.encode(f"{head}[{json.dumps(event)},".encode() + payload + b"]")

    @property
    def packet(self) -> str:
        """The Socket.IO packet as text, without Engine.IO's leading `4`."""
        length = self.wire[1]
        return self.wire[3 if length < 126 else 5 if length == 126 else 11 :].decode()

    @property
    def parts(self) -> Sequence[str]:
        """The single text part."""
        return (self.packet,)


class EncodedAck(EncodedEvent):
    """The acknowledgement of an event, built from finished JSON: a list of its arguments."""

    __slots__ = ()

    def __init__(self, namespace: str, id: int, arguments: bytes) -> None:
        head = f"43{id}" if namespace == "/" else f"43{namespace},{id}"
        self._parts, self._packets = (), None
        self.wire = frames.encode(head.encode() + arguments)


class RawFrame(Message):
    """A finished WebSocket frame, which polling sessions never get."""

    __slots__ = ()

    def __init__(self, wire: bytes) -> None:
        self._parts, self._packets, self.wire = (), (), wire


def encode_part(part: str | bytes) -> bytes:
    """Return the WebSocket frame of one part of a Socket.IO packet."""
    return frames.encode(b"4" + part.encode()) if isinstance(part, str) else frames.encode(part, frames.BINARY)


def encode_packet(packet: engine.Packet) -> bytes:
    """Return the WebSocket frame of an Engine.IO packet, without `packet.encode` for bytes: polling may share it."""
    if packet.binary:
        return frames.encode(packet.data, frames.BINARY)
    return frames.encode(packet.encode().encode())
