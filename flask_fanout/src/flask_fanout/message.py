"""Outgoing messages: a Socket.IO packet encoded once for every transport that carries it."""

import json
from collections.abc import Sequence
from typing import Any

from engineio import packet as engine
from socketio import packet as socketio_packet

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


class FramedMessage(Message):
    """A message of finished WebSocket frames, perhaps of another process; polling needs its parts again."""

    __slots__ = ()

    def __init__(self, wire: bytes) -> None:
        self._parts, self._packets, self.wire = (), None, wire

    @property
    def parts(self) -> Sequence[str | bytes]:
        """The packet's text, without Engine.IO's leading `4`, then its attachments."""
        split = frames.split(self.wire)
        return [data if opcode == frames.BINARY else data[1:].decode() for opcode, data in split]


class EncodedEvent(FramedMessage):
    """An event built from finished JSON; sending it to any number of connections costs no further encoding."""

    __slots__ = ()

    def __init__(self, namespace: str, event: str, payload: bytes) -> None:
        head = "42" if namespace == "/" else f"42{namespace},"
        super().__init__(frames.encode(f"{head}[{json.dumps(event)},".encode() + payload + b"]"))


class EncodedAck(FramedMessage):
    """The acknowledgement of an event, built from finished JSON: a list of its arguments."""

    __slots__ = ()

    def __init__(self, namespace: str, id: int, arguments: bytes) -> None:
        head = f"43{id}" if namespace == "/" else f"43{namespace},{id}"
        super().__init__(frames.encode(head.encode() + arguments))


class RawFrame(Message):
    """A finished WebSocket frame, which polling sessions never get."""

    __slots__ = ()

    def __init__(self, wire: bytes) -> None:
        self._parts, self._packets, self.wire = (), (), wire


def encode_event(packet_class: Any, namespace: str, event: str, data: Any) -> Message:
    """Encode an event; if all arguments are text, as in most events, skip Socket.IO's search for bytes."""
    body = [event, *(data if isinstance(data, tuple) else () if data is None else (data,))]
    if len(body) > 1 and all(type(value) is str for value in body):
        return EncodedEvent(namespace, event, ",".join(map(json.dumps, body[1:])).encode())
    return Message(packet_class(socketio_packet.EVENT, namespace=namespace, data=body).encode())


def encode_part(part: str | bytes) -> bytes:
    """Return the WebSocket frame of one part of a Socket.IO packet."""
    return frames.encode(b"4" + part.encode()) if isinstance(part, str) else frames.encode(part, frames.BINARY)


def encode_packet(packet: engine.Packet) -> bytes:
    """Return the WebSocket frame of an Engine.IO packet, without `packet.encode` for bytes: polling may share it."""
    if packet.binary:
        return frames.encode(packet.data, frames.BINARY)
    return frames.encode(packet.encode().encode())
