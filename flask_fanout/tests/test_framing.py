"""WebSocket framing by RFC 6455, in the cases of the Autobahn suite; a second connection must not be affected.

Where Autobahn sends arbitrary text, these tests send an event with it, because every text has to be a packet.
"""

import json
import socket
import struct

import pytest
import websocket
from hypothesis import given, settings
from hypothesis import strategies as st
from transport_clients import WebSocketClient, contract_server
from wire_frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, code, fragments, frame, head

LIMIT = 1_000_000
AT_ONCE, BYTES = 1 << 21, 1
PIECES = pytest.mark.parametrize("piece", [AT_ONCE, BYTES], ids=["at once", "in bytes"])
ANNOUNCED = frame(b'451-["message",{"_placeholder":true,"num":0}]')
ECHOED = (TEXT, b'451-["message-back",{"_placeholder":true,"num":0}]')
HELLO, HELLO_BACK = b'42["message","hello"]', (TEXT, b'42["message-back","hello"]')


@pytest.fixture(scope="module")
def server():
    with contract_server("--ping-interval", 300) as running:
        yield running


@pytest.fixture(scope="module")
def bystander(server):
    person = WebSocketClient(server)
    yield person
    person.tcp.close()


@pytest.fixture
def wire(server, bystander):
    """The connection under test; the bystander must still work after the test."""
    mine = WebSocketClient(server)
    mine.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    yield mine
    assert bystander.still_echoes()
    mine.tcp.close()


def send(wire, data, piece=AT_ONCE):
    for at in range(0, len(data), piece):
        wire.send_raw(data[at : at + piece])


def receive_frames(wire, count):
    return [wire.receive_frame() for _ in range(count)]


def rest(wire):
    """Return all remaining frames up to the end of the connection."""
    frames = []
    try:
        while True:
            frames.append(wire.receive_frame())
    except (ConnectionError, websocket.WebSocketConnectionClosedException):
        return frames


def closed(number):
    return [(CLOSE, struct.pack("!H", number) if number else b"")]


def event(text):
    return f'42["message",{json.dumps(text, ensure_ascii=False)}]'.encode()


def is_back(frame, text):
    opcode, data = frame
    return opcode == TEXT and json.loads(data[2:]) == ["message-back", text]


# Sizes

SIZES = [125, 126, 127, 128, 65535, 65536, LIMIT]
CUTS = [(size, AT_ONCE) for size in SIZES] + [(size, 1) for size in SIZES[:4]] + [(65535, 997), (65536, 997)]


@pytest.mark.parametrize("size, piece", [(17, AT_ONCE), (16, BYTES), *CUTS])
def test_text_of_any_size_is_echoed(wire, size, piece):
    text = "x" * (size - len(event("")))

    send(wire, frame(event(text)), piece)

    assert len(event(text)) == size
    assert is_back(wire.receive_frame(), text)


@pytest.mark.parametrize("size, piece", [(0, AT_ONCE), (0, BYTES), (1, AT_ONCE), *CUTS])
def test_bytes_of_any_size_are_echoed(wire, size, piece):
    data = (b"\xfe\x00\x80" * size)[:size]

    send(wire, ANNOUNCED + frame(data, BINARY), piece)

    assert receive_frames(wire, 2) == [ECHOED, (BINARY, data)]


OVERSIZE = {
    "a text of a byte too many": head(LIMIT + 1),
    "bytes of a byte too many": head(LIMIT + 1, BINARY),
    "a beginning that is too long": head(LIMIT + 1, final=False),
    "a fragment of a byte too many": frame(b"x" * 600_000, final=False) + head(400_001, CONTINUATION),
    "many that are too much": fragments([b"x" * 100_000] * 10 + [b"x"]),
    "31 bits": head(2**31),
    "63 bits": head(2**63 - 1),
    "the bit that has to be zero": head(2**63),
    "all bits": head(2**64 - 1, BINARY),
}


@pytest.mark.parametrize("case", OVERSIZE)
def test_an_oversized_message_is_refused_by_its_header(wire, case):
    send(wire, OVERSIZE[case])

    assert rest(wire) == closed(1009)


@pytest.mark.parametrize("size", [1, 125, 126, 65536, LIMIT])
def test_an_incomplete_frame_is_discarded_with_its_connection(wire, size):
    send(wire, head(size) + b"4" * (size // 2))
    wire.tcp.shutdown(socket.SHUT_WR)

    assert rest(wire) == []


# Pings and pongs


@PIECES
def test_a_ping_of_any_length_is_answered_with_its_payload(wire, piece):
    pings = [(bytes(range(130, 256)) * 2)[:length] for length in range(126)]

    send(wire, b"".join(frame(each, PING) for each in pings), piece)

    assert receive_frames(wire, 126) == [(PONG, each) for each in pings]


@PIECES
def test_ten_pings_in_a_row_are_answered_in_order(wire, piece):
    send(wire, b"".join(frame(b"%d" % n, PING) for n in range(10)), piece)

    assert receive_frames(wire, 10) == [(PONG, b"%d" % n) for n in range(10)]


def test_unsolicited_pongs_are_ignored(wire):
    send(wire, frame(b"", PONG) + frame(b"hello", PONG) + frame(b"x" * 125, PONG) + frame(b"after", PING))

    assert wire.receive_frame() == (PONG, b"after")
    assert wire.still_echoes()


# What no client sends

RIGHT = {"a text": (HELLO, TEXT), "an empty text": (b"", TEXT), "bytes": (b"x", BINARY), "a ping": (b"x", PING),
         "a close": (b"\x03\xe8", CLOSE)}  # fmt: skip
RESERVED = {f"reserved bits {bits:03b} in {name}": frame(*RIGHT[name], reserved=bits << 4)
            for bits in range(1, 8) for name in RIGHT}  # fmt: skip
UNMASKED = {f"{name} without a mask": frame(*RIGHT[name], masked=False) for name in RIGHT}
UNKNOWN = {f"opcode {opcode} {name}": frame(data, opcode)
           for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
           for name, data in [("empty", b""), ("with a payload", HELLO)]}  # fmt: skip
CONTROL = {
    "a ping of 126 bytes": frame(b"x" * 126, PING),
    "a pong of 126 bytes": frame(b"x" * 126, PONG),
    "a close of 126 bytes": code(1000, b"x" * 124),
    "a ping of a megabyte": head(LIMIT, PING),
    "the beginning of a ping": frame(b"x", PING, final=False),
    "the beginning of a pong": frame(b"x", PONG, final=False),
    "the beginning of a close": frame(b"", CLOSE, final=False),
}
ORDER = {
    "a continuation of nothing": frame(HELLO, CONTINUATION),
    "an empty continuation of nothing": frame(b"", CONTINUATION),
    "a continuation of nothing that goes on": frame(HELLO, CONTINUATION, final=False),
    "a continuation of what was whole": frame(b"", PING) + frame(HELLO, CONTINUATION),
    "a continuation of what had ended": fragments([b"42", b'["x"]']) + frame(b"x", CONTINUATION),
    "a text within a text": frame(b"42", final=False) + frame(HELLO),
    "a second beginning": frame(b"42", final=False) + frame(b"42", final=False),
    "bytes within a text": frame(b"42", final=False) + frame(b"x", BINARY),
    "a text within bytes": frame(b"x", BINARY, final=False) + frame(HELLO),
    "a reserved bit in a continuation": frame(b"42", final=False) + frame(b"x", CONTINUATION, reserved=64),
}
BAD = RESERVED | UNKNOWN | CONTROL | UNMASKED | ORDER


@pytest.mark.parametrize("case", BAD)
def test_an_invalid_frame_ends_the_connection_and_later_frames_are_ignored(wire, case):
    wire.send_raw(frame(HELLO))
    assert wire.receive_frame() == HELLO_BACK

    send(wire, BAD[case] + frame(b"after", PING) + frame(HELLO))

    assert [each for each in rest(wire) if each != (PONG, b"")] == closed(1002)


@pytest.mark.parametrize("case", [*RESERVED][:2] + [*UNKNOWN][::3] + [*UNMASKED] + [*ORDER])
def test_an_invalid_frame_after_a_message_or_byte_by_byte_ends_the_connection(wire, case):
    send(wire, frame(HELLO) + BAD[case] + frame(b"after", PING), BYTES)

    assert [each for each in rest(wire) if each not in ((PONG, b""), HELLO_BACK)] == closed(1002)


# Fragments

PONGED = (PONG, b"between")
LETTERS = [HELLO[n : n + 1] for n in range(len(HELLO))]
WHOLE = {
    "in two": (fragments([HELLO[:8], HELLO[8:]]), []),
    "with nothing in the first": (fragments([b"", HELLO]), []),
    "with nothing in the last": (fragments([HELLO, b""]), []),
    "with nothing in many": (fragments([b"", b"", HELLO[:3], b"", HELLO[3:], b"", b""]), []),
    "in letters": (fragments(LETTERS), []),
    "with a ping between": (fragments([HELLO[:8], HELLO[8:]], between=frame(b"between", PING)), [PONGED]),
    "with a pong between": (fragments([HELLO[:8], HELLO[8:]], between=frame(b"between", PONG)), []),
    "in letters with pings between": (fragments(LETTERS, between=frame(b"between", PING)), [PONGED] * 20),
}


@PIECES
@pytest.mark.parametrize("case", WHOLE)
def test_a_fragmented_text_is_one_message(wire, case, piece):
    data, pongs = WHOLE[case]

    send(wire, data, piece)

    assert receive_frames(wire, len(pongs) + 1) == [*pongs, HELLO_BACK]
    assert wire.still_echoes()


@PIECES
@pytest.mark.parametrize("cut", [1, 7, 200])
def test_fragmented_bytes_are_one_attachment_with_pings_in_between(wire, cut, piece):
    data = bytes(range(256))
    parts = [data[at : at + cut] for at in range(0, 256, cut)]

    send(wire, ANNOUNCED + fragments(parts, BINARY, frame(b"between", PING)), piece)

    came = receive_frames(wire, len(parts) + 1)
    assert [each for each in came if each != PONGED] == [ECHOED, (BINARY, data)]
    assert came.count(PONGED) == len(parts) - 1


def test_a_megabyte_in_many_fragments_is_one_attachment(wire):
    send(wire, ANNOUNCED + fragments([b"x" * 1000] * 1000, BINARY))

    assert receive_frames(wire, 2) == [ECHOED, (BINARY, b"x" * LIMIT)]


# UTF-8

VALID = ["κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufdd0", "\ufeff",
         "\ufffd", "\ufffe", "\uffff", "\U00010000", "\U0010ffff",
         "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))]  # fmt: skip
INVALID = {
    "continuations": ["80", "bf", "80bf", "80bf80", "80bf80bf", bytes(range(0x80, 0xC0)).hex()],
    "starts without their rest": [b" ".join(bytes([n]) for n in range(*span)).hex() + "20"
                                  for span in [(0xC0, 0xE0), (0xE0, 0xF0), (0xF0, 0xF8), (0xF8, 0xFC), (0xFC, 0xFE)]],
    "a last byte that is missing": ["c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "c3",
                                    "fbbfbfbf", "e282", "f09f98", "c0e080f08080f8808080fc80808080dfefbff7bfbf"],
    "bytes that never are": ["fe", "ff", "fefeffff"],
    "longer than it has to be": ["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af", "c1bf", "e09fbf",
                                 "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf", "c080", "e08080", "f0808080", "f880808080"],
    "surrogates": ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf", "eda080edb080"],
    "beyond the last": ["f4908080", "f4bfbfbf", "f5808080", "f7bfbfbf", "f888808080", "fbbfbfbfbf", "fd8080808080"],
}  # fmt: skip
CASES = [(case, each) for case, sequences in INVALID.items() for each in sequences]


@pytest.mark.parametrize("text", VALID, ids=ascii)
def test_any_text_is_echoed_however_its_characters_are_fragmented(wire, text):
    data = event(text)

    send(wire, frame(data))
    send(wire, fragments([data[n : n + 1] for n in range(len(data))]))
    send(wire, frame(data), BYTES)

    assert all(is_back(each, text) for each in receive_frames(wire, 3))


@pytest.mark.parametrize("way", ["in one frame", "in fragments"])
@pytest.mark.parametrize("case, sequence", CASES, ids=[f"{case}-{each[:20]}" for case, each in CASES])
def test_text_that_is_not_utf8_ends_the_connection(wire, case, sequence, way):
    data = event("κόσμε|edited").replace(b"|", bytes.fromhex(sequence))

    send(wire, frame(data) if way == "in one frame" else fragments([data[n : n + 1] for n in range(len(data))]))
    send(wire, frame(b"after", PING))

    assert rest(wire) == closed(1007)


@pytest.mark.parametrize("ending", ["ce", "e2", "e282", "f0", "f09f", "f09f98"])
def test_text_that_ends_within_a_character_ends_the_connection(wire, ending):
    send(wire, fragments([b'42["message","', bytes.fromhex(ending)]))

    assert rest(wire) == closed(1007)


def test_binary_messages_may_contain_any_bytes(wire):
    data = b"".join(bytes.fromhex(sequence) for _, sequence in CASES)

    send(wire, ANNOUNCED + frame(data, BINARY))

    assert receive_frames(wire, 2) == [ECHOED, (BINARY, data)]


# The end

CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
NO_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
REASONS = {"no reason": b"", "a reason": "schön".encode(), "the longest": b"x" * 123}
CLOSES = {f"{number} with {name}": (number, code(number, reason))
          for number in CODES for name, reason in REASONS.items()}  # fmt: skip
BAD_CLOSES = {
    "half a code": (1002, frame(b"\x03", CLOSE)),
    "a reason that is too long": (1002, code(1000, b"x" * 124)),
    "a reason that is not UTF-8": (1007, code(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80")),
} | {f"the code {number}": (1002, code(number)) for number in NO_CODES}


@pytest.mark.parametrize("case", CLOSES)
def test_a_close_frame_is_echoed_and_later_frames_are_ignored(wire, case):
    number, data = CLOSES[case]

    send(wire, data + frame(b"after", PING) + frame(HELLO) + code(1001))

    assert rest(wire) == closed(number)


@PIECES
def test_a_close_frame_without_a_code_is_answered_without_one(wire, piece):
    send(wire, frame(b"", CLOSE), piece)

    assert rest(wire) == closed(None)


def test_a_close_frame_between_fragments_discards_the_message(wire):
    send(wire, frame(b"42", final=False) + code(1000) + frame(b"x", CONTINUATION))

    assert rest(wire) == closed(1000)


@pytest.mark.parametrize("case", BAD_CLOSES)
def test_an_invalid_close_frame_is_answered_with_a_protocol_error(wire, case):
    number, data = BAD_CLOSES[case]

    send(wire, data + frame(HELLO))

    assert rest(wire) == closed(number)


# All of it


@st.composite
def streams(draw):
    """A client's bytes in segments, and the echoes and pongs that it has to receive, each in order."""
    wire, echoes, pongs = b"", [], []
    for kind in draw(st.lists(st.sampled_from(["text", "bytes"]), max_size=5)):
        words, data = draw(st.text(max_size=80)), draw(st.binary(max_size=300))
        data = event(words) if kind == "text" else data
        echoes += [words] if kind == "text" else [None, data]
        cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
        parts = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        payload, opcode = draw(st.binary(max_size=125)), draw(st.sampled_from([PING, PONG]))
        pongs += [payload] * (len(parts) - 1) * (opcode == PING)
        wire += b"" if kind == "text" else ANNOUNCED
        wire += fragments(parts, TEXT if kind == "text" else BINARY, frame(payload, opcode))
    wire += frame(b'420["message-with-ack"]')
    cuts = sorted(draw(st.lists(st.integers(0, len(wire)), max_size=10)))
    return [wire[start:end] for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)], echoes, pongs


@settings(max_examples=60, deadline=None)
@given(stream=streams())
def test_a_byte_stream_means_the_same_however_it_is_segmented(server, bystander, stream):
    pieces, echoes, pongs = stream
    wire, came = WebSocketClient(server), []
    wire.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    for piece in pieces:
        wire.send_raw(piece)
    while (TEXT, b"430[]") not in came:
        came.append(wire.receive_frame())

    assert [data for opcode, data in came if opcode == PONG] == pongs
    echoed = [each for each in came[:-1] if each[0] != PONG]
    wanted = [ECHOED if each is None else (BINARY, each) if isinstance(each, bytes) else each for each in echoes]
    assert [json.loads(each[1][2:])[1] if isinstance(want, str) else each
            for each, want in zip(echoed, wanted, strict=True)] == wanted
    wire.tcp.close()
