"""The HTTP parser judged by h11, a strict one: what h11 refuses is refused, and no body hides a second request.

Each case is the bytes of one request; a second request for /second follows.  They are parsed in this process, without
a server.
"""

import random

import h11
import pytest

from hubbub.httpserver.parser import Parser

SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
BODY = b"2\r\n{}\r\n"


def line(start):
    return start + b"\r\nHost: x\r\n\r\n"


def get(*headers):
    return GET + b"".join(header + b"\r\n" for header in headers) + b"\r\n"


def coding(value):
    return POST + b"Transfer-Encoding:" + value + b"\r\n\r\n" + END


def length(*values):
    return POST + b"".join(b"Content-Length:" + value + b"\r\n" for value in values) + b"\r\n{}"


REQUESTS = {
    "plain": get(), "length": length(b" 2"), "chunks": CHUNKED + BODY + END,
    "extension": CHUNKED + b"2;a=b\r\n{}\r\n" + END,
    # chunks
    "extension of 300 bytes": CHUNKED + b"2;" + b"a" * 300 + b"\r\n{}\r\n" + END,
    "extension of 20 KB": CHUNKED + b"2;" + b"a" * 20_000 + b"\r\n{}\r\n" + END,
    "extension of 100 KB": CHUNKED + b"2;" + b"a" * 100_000 + b"\r\n{}\r\n" + END,
    "trailer of 32 KB": CHUNKED + b"0\r\nA: " + b"b" * (32_768 - 3) + b"\r\n\r\n",
    "trailer that continues as a request": CHUNKED + b"0\r\nA: " + b"b" * 32_765 + SECOND,
    "trailer without a colon": CHUNKED + b"0\r\nabc\r\n\r\n", "NUL in a trailer": CHUNKED + b"0\r\nA: \0\r\n\r\n",
    "folded trailer": CHUNKED + b"0\r\nA: b\r\n c\r\n\r\n",
    "framing in a trailer": CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    "LF after a size": CHUNKED + b"2\n{}\r\n" + END, "CR after a size": CHUNKED + b"2\r{}\r\n" + END,
    "LF after data": CHUNKED + b"2\r\n{}\n" + END, "LF after the last size": CHUNKED + BODY + b"0\n\r\n",
    "LF in a trailer": CHUNKED + b"0\r\nA: b\n\r\n", "LF at the end": CHUNKED + b"0\r\n\n",
    "LF after an extension": CHUNKED + b"2;a\n{}\r\n" + END, "CR in an extension": CHUNKED + b"2;a\rb\r\n{}\r\n" + END,
    "NUL in an extension": CHUNKED + b"2;a\0\r\n{}\r\n" + END,
    "line break in quotes": CHUNKED + b'2;a="\r\n"\r\n{}\r\n' + END,
    "negative size": CHUNKED + b"-2\r\n{}\r\n" + END, "signed size": CHUNKED + b"+2\r\n{}\r\n" + END,
    "0x before a size": CHUNKED + b"0x2\r\n{}\r\n" + END,
    "underscore in a size": CHUNKED + b"2_0\r\n" + b"x" * 32 + b"\r\n" + END,
    "space before a size": CHUNKED + b" 2\r\n{}\r\n" + END, "space after a size": CHUNKED + b"2 \r\n{}\r\n" + END,
    "no size": CHUNKED + b"\r\n{}\r\n" + END, "size of 17 digits": CHUNKED + b"f" * 17 + b"\r\n{}\r\n" + END,
    "size with leading zeros": CHUNKED + b"0" * 30 + BODY + END,
    "data longer than its size": CHUNKED + b"2\r\n{}}\r\n" + END,
    # codings and lengths
    **{f"coding {value!r}": coding(value) for value in (
        b" chunked", b" Chunked", b" \xa0chunked", b" chunked\x85", b" \x0bchunked", b" chunked\x0c", b"\tchunked\t",
        b" \xc2\xa0chunked", b" xchunked", b' "chunked"', b" chunked;a=b", b" chunked,", b" chunked, identity", b"",
        b" identity, chunked", b" identity", b" gzip, chunked", b"\r\n chunked",
        b" chunked\r\nTransfer-Encoding: chunked",
        b" chunked\r\nTransfer-Encoding: identity", b" chunked\r\nContent-Length: 2",
        b" chunked\r\nConnection: Transfer-Encoding")},
    "length, then chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + END,
    "empty coding and a length": POST + b"Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + END,
    "space before the colon of the coding": POST + b"Transfer-Encoding : chunked\r\n\r\n" + END,
    "underscore in the coding's name": POST + b"Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    **{f"length {value!r}": length(value) for value in (
        b" +2", b" -2", b" 0x2", b" 2_0", b" 2.0", b"", b" 2, 2", b" 2, 3", b" 2 2", b" 2\xa0",
        b" 99999999999999999999999",
        b" 00000000000000000000002", " ٢".encode())},
    "two lengths": length(b" 2", b" 3"), "one length twice": length(b" 2", b" 2"),
    # headers
    "NUL in a value": get(b"A: b\0c"), "NUL in a name": get(b"A\0: b"), "CR in a value": get(b"A: b\rc"),
    "LF between headers": get(b"A: b\nB: c"), "LF at the end of the head": GET + b"\n",
    "only LFs": b"GET / HTTP/1.1\nHost: x\n\n",
    "folded header": get(b"A: b", b" c"), "header folded by a tab": get(b"A: b", b"\tc"),
    "space before the first header": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", "no colon": get(b"Abc"),
    "no name": get(b": b"),
    "space in a name": get(b"A b: c"), "space after a name": get(b"A : b"), "parenthesis in a name": get(b"A(: b"),
    "byte over 127 in a name": get(b"A\xff: b"), "control character in a value": get(b"A: b\x01"),
    "DEL in a value": get(b"A: \x7f"),
    "no Host": b"GET / HTTP/1.1\r\n\r\n", "two Hosts": get(b"Host: x"),
    "no Host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "upgrade with a body": get(b"Upgrade: websocket", b"Connection: Upgrade", b"Content-Length: 2") + b"{}",
    # the request line
    **{f"line {start!r}": line(start) for start in (
        b"G@T / HTTP/1.1", b"get / HTTP/1.1", b"FOO / HTTP/1.1", b"X" * 40 + b" / HTTP/1.1", b" / HTTP/1.1",
        b"PRI * HTTP/2.0", b"DESCRIBE / RTSP/1.0", b"SOURCE / ICE/1.0", b"GET\t/\tHTTP/1.1", b"GET / HTTP/1.1 ",
        b"GET /",
        b"GET / HTTP/2.0", b"GET / HTTP/1.2", b"GET / HTTP/0.9", b"GET / HTTP/01.1", b"GET / HTTP/1.1x",
        b"GET / Http/1.1",
        b"GET /\xff HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET a HTTP/1.1", b"GET %68ttp://x/ HTTP/1.1", b"GET  / HTTP/1.1",
        b"GET /  HTTP/1.1", b" GET / HTTP/1.1",
        b"CONNECT x:80 HTTP/1.1", b"GET ftp://x/ HTTP/1.1", b"\r\nGET / HTTP/1.1", b"GET http://y/ HTTP/1.1",
        b"GET http://u@x/ HTTP/1.1")},
}
ACCEPTED = {  # by us and not by h11, with the reason
    "line b'GET  / HTTP/1.1'": "RFC 9112, 3: words may be separated by several blanks; llhttp skips them",
    "line b'GET /  HTTP/1.1'": "the same",
    "line b'\\r\\nGET / HTTP/1.1'": "RFC 9112, 2.2: empty lines before a request should be ignored",
    "size with leading zeros": "the number is the same for every reader",
}


def judge(data):
    """Return the requests that h11 reads as (method, target, body), and its error."""
    reader, requests = h11.Connection(h11.SERVER, max_incomplete_event_size=32 * 1024), []
    reader.receive_data(data)
    try:
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Request):
                requests.append([event.method.decode(), event.target.decode(), b""])
            elif isinstance(event, h11.Data):
                requests[-1][2] += bytes(event.data)
            elif event is h11.PAUSED:
                reader.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                reader.send(h11.EndOfMessage())
                if reader.our_state is h11.MUST_CLOSE:
                    break
                reader.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return requests, error
    return requests, None


def parse(data):
    """Return the requests that Hubbub's parser reads, and its error."""
    parser = Parser({})
    parser.feed(data)
    requests = [[request.environ["REQUEST_METHOD"], request.environ["PATH_INFO"], b"".join(map(bytes, request.body))]
                for request in parser.requests]
    return requests, parser.error


@pytest.mark.parametrize("case", REQUESTS)
def test_what_h11_refuses_is_refused(case):
    expected, their_error = judge(REQUESTS[case] + SECOND)
    requests, error = parse(REQUESTS[case] + SECOND)

    assert (their_error is not None and error is None) == (case in ACCEPTED)
    if error is None and their_error is None:
        assert requests == expected
    if error is not None:
        assert "/second" not in [path for _, path, _ in requests]


PIECES = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\xa0", b"\x85", b",", b";", b":", b"0", b"+", b"-", b'"',
          b"\x0b", b"\x7f", b"_", b"chunked", b"Host: y\r\n", b"Content-Length: 5\r\n",
          b"Transfer-Encoding: chunked\r\n"]


def change(data, chance):
    """Return a request with up to three pieces inserted, removed or replaced."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at, how = chance.randrange(len(changed) + 1), chance.random()
        if how < 0.25:
            del changed[at:at + chance.randint(1, 3)]
        else:
            changed[at:at + (how < 0.5)] = chance.choice(PIECES)
    return bytes(changed)


def is_known(error, data):
    """Return whether ACCEPTED explains an error of h11: empty lines, blanks in a request line, or leading zeros."""
    return str(error).startswith(("no request line", "illegal request line")) or b"0" * 15 in data


def test_changed_requests_are_refused_like_h11_does_or_mean_the_same():
    chance = random.Random(13)
    originals = [data for data in REQUESTS.values() if len(data) < 1000]

    for _ in range(4000):
        data = change(chance.choice(originals), chance) + SECOND
        expected, their_error = judge(data)
        requests, error = parse(data)
        if error is None and their_error is None:
            assert [request for request in requests if request[1] != "*"] == expected, data
        elif error is None:
            assert is_known(their_error, data), (data, their_error)
