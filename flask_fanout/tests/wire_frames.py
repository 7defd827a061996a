"""A client's WebSocket frames as bytes, valid and invalid ones."""

import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"


def head(length: int, opcode: int = TEXT, final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """Return the header for a payload of this length; `reserved` is added to the first byte."""
    first, mask = final << 7 | reserved | opcode, masked << 7
    if length < 126:
        header = struct.pack("!BB", first, mask | length)
    elif length < 65536:
        header = struct.pack("!BBH", first, mask | 126, length)
    else:
        header = struct.pack("!BBQ", first, mask | 127, length)
    return header + KEY * masked


def frame(data: bytes, opcode: int = TEXT, final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """Return a frame."""
    return head(len(data), opcode, final, reserved, masked) + (mask(data) if masked else data)


def mask(data: bytes) -> bytes:
    """Return a masked payload."""
    key = (KEY * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


def code(number: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(struct.pack("!H", number) + reason, CLOSE)


def fragments(pieces: list[bytes], opcode: int = TEXT, between: bytes = b"") -> bytes:
    """Return one message in a frame per piece, with `between` between them."""
    last = len(pieces) - 1
    return between.join(frame(each, CONTINUATION if n else opcode, n == last) for n, each in enumerate(pieces))
