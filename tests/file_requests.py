"""Requests that upload and download files, and pictures to upload."""

import io
import struct
import zlib

from PIL import Image

from tests.running_app import HERE

CHUNK = 512 * 1024


def request(caller, method, path, body=b"", token=None, **headers):
    """Send a request with a raw body."""
    headers = {"Authorization": f"Bearer {token or caller.token}", **headers}
    return caller.app.flask.test_client().open(path, method=method, data=body, headers=headers, environ_overrides=HERE)


def begin(caller, size, name="notes.txt", channel="room:1"):
    """Begin an upload; return the id of the file."""
    answer = caller.post("/api/files", channel=channel, name=name, size=size)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def put(caller, id, offset, body):
    return request(caller, "PUT", f"/api/files/{id}?offset={offset}", body)


def send(caller, data, name="notes.txt", channel="room:1"):
    """Upload a whole file; return it as a message shows it."""
    id = begin(caller, len(data), name, channel)
    for offset in range(0, len(data), CHUNK):
        answer = put(caller, id, offset, data[offset:offset + CHUNK])
        assert answer.status_code == 200, answer.json
    return answer.json["file"]


def post(caller, *ids, channel="room:1", text="look", key="look"):
    return caller.call("post", channel=channel, text=text, key=key, files=list(ids))


def fetch(caller, id, last, method="GET", **headers):
    return request(caller, method, f"/files/{id}/{last}", **headers)


def picture(width=640, height=480, kind="PNG", mode="RGB", **options):
    """Return a picture in one colour."""
    file = io.BytesIO()
    Image.new(mode, (width, height), 77 if mode in "LP" else "orange").save(file, kind, **options)
    return file.getvalue()


def claims(width, height):
    """A PNG that says how large it is, and has hardly any pixels."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b""))


def picture_of(answer):
    """Return the picture in a response."""
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.data))
