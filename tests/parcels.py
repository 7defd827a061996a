"""What people send as files, hostile or not, and how they send it."""

import io
import struct
import zlib

from PIL import Image

from tests.running_app import HERE

PIECE = 512 * 1024


def request(caller, method, path, body=b"", token=None, **headers):
    """One request with a raw body."""
    headers = {"Authorization": f"Bearer {token or caller.token}", **headers}
    return caller.app.flask.test_client().open(path, method=method, data=body, headers=headers, environ_overrides=HERE)


def begin(caller, size, name="notes.txt", channel="room:1"):
    """The id of a file that is to come."""
    answer = caller.post("/api/files", channel=channel, name=name, size=size)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def put(caller, id, offset, body):
    return request(caller, "PUT", f"/api/files/{id}?offset={offset}", body)


def send(caller, data, name="notes.txt", channel="room:1"):
    """A whole file; returns what a message shows of it."""
    id = begin(caller, len(data), name, channel)
    for offset in range(0, len(data), PIECE):
        answer = put(caller, id, offset, data[offset:offset + PIECE])
        assert answer.status_code == 200, answer.json
    return answer.json["file"]


def post(caller, *ids, channel="room:1", text="look", key="look"):
    return caller.call("post", channel=channel, text=text, key=key, files=list(ids))


def fetch(caller, id, last, method="GET", **headers):
    return request(caller, method, f"/files/{id}/{last}", **headers)


def picture(width=640, height=480, kind="PNG", mode="RGB", **how):
    """A picture in some format."""
    file = io.BytesIO()
    Image.new(mode, (width, height), 77 if mode in "LP" else "orange").save(file, kind, **how)
    return file.getvalue()


def claims(width, height):
    """A PNG that says how large it is, and has hardly any pixels."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b""))


def shown(answer):
    """The picture in an answer."""
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.data))
