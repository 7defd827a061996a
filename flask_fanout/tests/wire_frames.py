"""A client's WebSocket frames as bytes, the right ones and those that no client sends."""

import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"


def head(length: int, opcode: int = TEXT, final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """What comes before a payload of that length; `reserved` as in the first byte."""
    first, mask = final << 7 | reserved | opcode, masked << 7
    if length < 126:
        said = struct.pack("!BB", first, mask | length)
    elif length < 65536:
        said = struct.pack("!BBH", first, mask | 126, length)
    else:
        said = struct.pack("!BBQ", first, mask | 127, length)
    return said + KEY * masked


def frame(data: bytes, opcode: int = TEXT, final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """A whole frame."""
    return head(len(data), opcode, final, reserved, masked) + (mask(data) if masked else data)


def mask(data: bytes) -> bytes:
    """A payload as it travels."""
    key = (KEY * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


def code(number: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(struct.pack("!H", number) + reason, CLOSE)


def fragments(pieces: list[bytes], opcode: int = TEXT, between: bytes = b"") -> bytes:
    """One message in as many frames as there are pieces, with something between each two."""
    last = len(pieces) - 1
    return between.join(frame(each, CONTINUATION if n else opcode, n == last) for n, each in enumerate(pieces))
