"""Requests that upload and download files."""

import io

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


def picture_of(answer):
    """Return the picture in a response."""
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.data))
