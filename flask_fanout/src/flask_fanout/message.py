"""What leaves: a Socket.IO packet encoded once, for every transport that will carry it."""

import json
from collections.abc import Sequence

from engineio import packet as engine

from . import frames


class Message:
    """A Socket.IO packet ready to leave: `wire` for websockets, `packets` for polling."""

    __slots__ = ("_packets", "_parts", "wire")

    def __init__(self, encoded: str | Sequence[str | bytes]) -> None:
        parts = [encoded] if isinstance(encoded, str) else encoded
        self._parts: Sequence[str | bytes] = parts
        self._packets: tuple[engine.Packet, ...] | None = None
        self.wire = b"".join(map(frame, parts))

    def __len__(self) -> int:
        return len(self.wire)

    @property
    def parts(self) -> Sequence[str | bytes]:
        """The packet's text, then its attachments."""
        return self._parts

    @property
    def packets(self) -> tuple[engine.Packet, ...]:
        """The Engine.IO packets, which all polling sessions share."""
        if self._packets is None:
            self._packets = tuple(engine.Packet(engine.MESSAGE, part) for part in self.parts)
        return self._packets


class Frame(Message):
    """An event encoded once from finished JSON; handing it to any number of links costs no further encoding."""

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
        """The one text part."""
        return (self.packet,)


class Answer(Frame):
    """The acknowledgement of an event, from finished JSON: a list of what its handler answered."""

    __slots__ = ()

    def __init__(self, namespace: str, id: int, values: bytes) -> None:
        head = f"43{id}" if namespace == "/" else f"43{namespace},{id}"
        self._parts, self._packets = (), None
        self.wire = frames.encode(head.encode() + values)


class Raw(Message):
    """Finished bytes for a websocket alone."""

    __slots__ = ()

    def __init__(self, wire: bytes) -> None:
        self._parts, self._packets, self.wire = (), (), wire


def frame(part: str | bytes) -> bytes:
    """The WebSocket frame of one part of a Socket.IO packet."""
    return frames.encode(b"4" + part.encode()) if isinstance(part, str) else frames.encode(part, frames.BINARY)


def frame_of(packet: engine.Packet) -> bytes:
    """The WebSocket frame of an Engine.IO packet; it does not encode a binary one, which polling sessions may share."""
    if packet.binary:
        return frames.encode(packet.data, frames.BINARY)
    return frames.encode(packet.encode().encode())
