"""WebSocket frames (RFC 6455) as bytes: one function writes them, one class reads them; no sockets here."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL, GOING_AWAY, BAD_FRAME, NO_STATUS, BAD_DATA, TOO_BIG = 1000, 1001, 1002, 1005, 1007, 1009
ASSIGNED = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class ProtocolError(Exception):
    """A peer broke the protocol; `code` is the WebSocket close code that says how."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def encode(data: bytes, opcode: int = TEXT) -> bytes:
    """One whole, final, unmasked frame."""
    length = len(data)
    if length < 126:
        return bytes((0x80 | opcode, length)) + data
    if length < 65536:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + data
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + data


def close(code: int) -> bytes:
    """A close frame; 1005 says that there is no code to give."""
    return encode(b"" if code == NO_STATUS else code.to_bytes(2, "big"), CLOSE)


def closing(payload: bytes) -> int:
    """The code that answers a peer's close frame: its own; raises ProtocolError if no peer may send that one."""
    if not payload:
        return NO_STATUS
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in ASSIGNED or 3000 <= code <= 4999):
        raise ProtocolError(BAD_FRAME, "bad close code")
    text(payload[2:])
    return code


def text(data: bytes) -> str:
    """The text of a text frame, which has to be UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ProtocolError(BAD_DATA, "text that is not UTF-8") from None


def unmask(data: bytes, key: bytes) -> bytes:
    """What a client sent under `key`; masking is its own inverse."""
    length = len(data)
    mask = int.from_bytes((key * (length // 4 + 1))[:length], "little")
    return (int.from_bytes(data, "little") ^ mask).to_bytes(length, "little")


class Reader:
    """Puts a client's frames together; a message over `limit` bytes is refused from its header, before it is here."""

    __slots__ = ("buffer", "limit", "opcode", "parts")

    def __init__(self, limit: int) -> None:
        self.buffer, self.limit = bytearray(), limit
        self.opcode, self.parts = CONTINUATION, bytearray()

    def feed(self, data: bytes) -> None:
        """Add what the socket gave."""
        self.buffer += data

    def next(self) -> tuple[int, bytes] | None:
        """The next whole message or control frame as (opcode, payload), None when more has to arrive first."""
        while (frame := self.frame()) is not None:
            opcode, final, data = frame
            if opcode >= CLOSE:
                return opcode, data
            if (opcode == CONTINUATION) != (self.opcode != CONTINUATION):
                raise ProtocolError(BAD_FRAME, "a fragment out of order")
            if final and opcode != CONTINUATION:
                return opcode, data
            self.opcode = opcode or self.opcode
            self.parts += data
            if final:
                opcode, data = self.opcode, bytes(self.parts)
                self.opcode, self.parts = CONTINUATION, bytearray()
                return opcode, data
        return None

    def frame(self) -> tuple[int, bool, bytes] | None:
        """The next frame as (opcode, final, payload), if all of it is here."""
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        first, length, at = buffer[0], buffer[1] & 127, 2
        opcode, final = first & 15, first > 127
        if first & 0x70 or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG) or buffer[1] < 128:
            raise ProtocolError(BAD_FRAME, "a reserved bit, an unknown opcode or no mask")
        if opcode >= CLOSE and (length > 125 or not final):
            raise ProtocolError(BAD_FRAME, "a control frame that is long or in fragments")
        if length > 125:
            at = 4 if length == 126 else 10
            if len(buffer) < at:
                return None
            length = int.from_bytes(buffer[2:at], "big")
        if length + (len(self.parts) if opcode < CLOSE else 0) > self.limit:
            raise ProtocolError(TOO_BIG, "a message over the limit")
        end = at + 4 + length
        if len(buffer) < end:
            return None
        data = unmask(bytes(buffer[at + 4 : end]), bytes(buffer[at : at + 4]))
        del buffer[:end]
        return opcode, final, data
