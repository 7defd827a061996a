"""WebSocket frames (RFC 6455): `encode` writes them and `FrameParser` reads them, without any socket."""

from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL_CLOSURE, PROTOCOL_ERROR, NO_STATUS, INVALID_DATA, MESSAGE_TOO_BIG = 1000, 1002, 1005, 1007, 1009
ASSIGNED_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class ProtocolError(Exception):
    """A client broke the protocol; `code` is the WebSocket close code to answer with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def encode(data: bytes, opcode: int = TEXT) -> bytes:
    """Return one final, unmasked frame."""
    length = len(data)
    if length < 126:
        return bytes((0x80 | opcode, length)) + data
    if length < 65536:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + data
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + data


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the opcode and the payload of each of this server's own frames."""
    start = 0
    while start < len(data):
        opcode, length, start = data[start] & 15, data[start + 1], start + 2
        if length > 125:
            size = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        yield opcode, data[start : start + length]
        start += length


def encode_close(code: int) -> bytes:
    """Return a close frame; 1005 stands for a frame without a code."""
    return encode(b"" if code == NO_STATUS else code.to_bytes(2, "big"), CLOSE)


def parse_close(payload: bytes) -> int:
    """Return the code of a client's close frame; raise ProtocolError for a code that clients must not send."""
    if not payload:
        return NO_STATUS
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in ASSIGNED_CODES or 3000 <= code <= 4999):
        raise ProtocolError(PROTOCOL_ERROR, "invalid close code")
    decode_text(payload[2:])
    return code


def decode_text(data: bytes) -> str:
    """Return the text of a text frame; raise ProtocolError if it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ProtocolError(INVALID_DATA, "text is not UTF-8") from None


def apply_mask(data: bytes, key: bytes) -> bytes:
    """Mask or unmask a payload: masking is its own inverse."""
    length = len(data)
    mask = int.from_bytes((key * (length // 4 + 1))[:length], "little")
    return (int.from_bytes(data, "little") ^ mask).to_bytes(length, "little")


def split_payload(body: str) -> Iterator[str]:
    """Yield the packets of a polling client's body one at a time, since there can be as many as bytes."""
    start = 0
    while (end := body.find("\x1e", start)) >= 0:
        yield body[start:end]
        start = end + 1
    yield body[start:]


class FrameParser:
    """Assemble a client's messages; a message over `limit` bytes is refused as soon as its header arrives."""

    __slots__ = ("buffer", "limit", "opcode", "parts")

    def __init__(self, limit: int) -> None:
        self.buffer, self.limit = bytearray(), limit
        self.opcode, self.parts = CONTINUATION, bytearray()

    def feed(self, data: bytes) -> None:
        """Add bytes that the socket received."""
        self.buffer += data

    @property
    def size(self) -> int:
        """The number of bytes held: unparsed ones and the fragments of an incomplete message."""
        return len(self.buffer) + len(self.parts)

    def next_message(self) -> tuple[int, bytes] | None:
        """Parse one frame: return a complete message or control frame as (opcode, payload), or None without a frame.

        A frame that leaves its message incomplete is returned as (CONTINUATION, payload), so that it has a cost.
        """
        frame = self.next_frame()
        if frame is None:
            return None
        opcode, final, data = frame
        if opcode >= CLOSE:
            return opcode, data
        if (opcode == CONTINUATION) != (self.opcode != CONTINUATION):
            raise ProtocolError(PROTOCOL_ERROR, "fragment out of order")
        if final and opcode != CONTINUATION:
            return opcode, data
        self.opcode = opcode or self.opcode
        self.parts += data
        if not final:
            return CONTINUATION, data
        opcode, data = self.opcode, bytes(self.parts)
        self.opcode, self.parts = CONTINUATION, bytearray()
        return opcode, data

    def next_frame(self) -> tuple[int, bool, bytes] | None:
        """Return the next frame as (opcode, final, payload), or None if it is incomplete."""
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        first, length, start = buffer[0], buffer[1] & 127, 2
        opcode, final = first & 15, first > 127
        if first & 0x70 or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG) or buffer[1] < 128:
            raise ProtocolError(PROTOCOL_ERROR, "reserved bit, unknown opcode or missing mask")
        if opcode >= CLOSE and (length > 125 or not final):
            raise ProtocolError(PROTOCOL_ERROR, "control frame too long or fragmented")
        if length > 125:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        if length + (len(self.parts) if opcode < CLOSE else 0) > self.limit:
            raise ProtocolError(MESSAGE_TOO_BIG, "message over the size limit")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        data = apply_mask(bytes(buffer[start + 4 : end]), bytes(buffer[start : start + 4]))
        del buffer[:end]
        return opcode, final, data
