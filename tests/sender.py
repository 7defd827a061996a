"""Somebody who sends files over HTTP, and pictures to send."""

import io
import secrets

from PIL import Image

from tests.running_app import HERE, PASSWORD

LOBBY = "room:1"


class Sender:
    """An account without a connection."""

    def __init__(self, app, person, token):
        self.app, self.person, self.token = app, person, token

    def request(self, method, path, data=None, range="", tag="", buffered=True, **body):
        """One request; JSON, unless there are bytes to send."""
        given = {"Authorization": f"Bearer {self.token}", "Range": range, "If-None-Match": tag}
        headers = {name: value for name, value in given.items() if value}
        return self.app.flask.test_client().open(path, method=method, data=data, headers=headers, buffered=buffered,
                                                 json=body if data is None and body else None, environ_overrides=HERE)

    def begin(self, data, name="notes.txt", channel=LOBBY):
        """Say that these bytes will come; returns the answer."""
        return self.request("POST", "/api/files", channel=channel, name=name, size=len(data))

    def put(self, id, offset, chunk):
        return self.request("PUT", f"/api/files/{id}?offset={offset}", data=chunk)

    def send(self, data, name="notes.txt", channel=LOBBY, size=512 * 1024):
        """Upload a whole file; returns it as a message would show it."""
        id = self.begin(data, name, channel).json["id"]
        for offset in range(0, len(data), size):
            answer = self.put(id, offset, data[offset:offset + size])
        assert answer.status_code == 200, answer.json
        return answer.json["file"]

    def post(self, *files, channel=LOBBY, text="", **more):
        """Post a message with these files."""
        return self.request("POST", f"/api/channels/{channel}/entries", text=text, key=secrets.token_hex(8),
                        files=[file["id"] for file in files], **more)

    def load(self, file, part="", **more):
        return self.request("GET", f"/files/{file['id']}/{part or 'x'}", **more)

    def room(self, kind, *people):
        """A new room with these people; its channel."""
        return self.request("POST", "/api/rooms", name=secrets.token_hex(4), kind=kind, key=secrets.token_hex(8),
                        people=[one.person for one in people]).json["channel"]


def owner(app, name="olga"):
    said = app.request("/api/join", name=name, handle=name, password=PASSWORD).json
    return Sender(app, said["person"]["id"], said["token"])


def enroll(app, boss, name, role="member"):
    """An account by an invite of `boss`."""
    secret = boss.request("POST", "/api/invites", role=role).json["url"].partition("#")[2]
    said = app.request("/api/join", secret=secret, name=name, handle=name.lower(), password=PASSWORD).json
    return Sender(app, said["person"]["id"], said["token"])


def picture(width=64, height=48, format="PNG", mode="RGB", **more):
    """The bytes of a picture that is dark on its left and light on its right."""
    file = io.BytesIO()
    Image.linear_gradient("L").rotate(90).resize((width, height)).convert(mode).save(file, format, **more)
    return file.getvalue()
