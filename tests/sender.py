"""Accounts that upload files over HTTP, and pictures to upload."""

import io
import secrets

from PIL import Image

from tests.running_app import HERE, PASSWORD

LOBBY = "room:1"


class Sender:
    """An account without a Socket.IO connection."""

    def __init__(self, app, person, token):
        self.app, self.person, self.token = app, person, token

    def request(self, method, path, data=None, range="", tag="", buffered=True, **body):
        """Send a request, with a JSON body unless there are bytes in `data`."""
        optional = {"Authorization": f"Bearer {self.token}", "Range": range, "If-None-Match": tag}
        headers = {name: value for name, value in optional.items() if value}
        return self.app.flask.test_client().open(path, method=method, data=data, headers=headers, buffered=buffered,
                                                 json=body if data is None and body else None, environ_overrides=HERE)

    def begin(self, data, name="notes.txt", channel=LOBBY):
        """Begin an upload of these bytes; return the response."""
        return self.request("POST", "/api/files", channel=channel, name=name, size=len(data))

    def put(self, id, offset, chunk):
        return self.request("PUT", f"/api/files/{id}?offset={offset}", data=chunk)

    def send(self, data, name="notes.txt", channel=LOBBY, size=512 * 1024):
        """Upload a whole file; return it as a message shows it."""
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
        """Create a room with these people; return its channel."""
        return self.request("POST", "/api/rooms", name=secrets.token_hex(4), kind=kind, key=secrets.token_hex(8),
                        people=[sender.person for sender in people]).json["channel"]


def owner(app, name="olga"):
    answer = app.request("/api/join", name=name, handle=name, password=PASSWORD).json
    return Sender(app, answer["person"]["id"], answer["token"])


def enroll(app, inviter, name, role="member"):
    """Create an account by an invite of `inviter`."""
    secret = inviter.request("POST", "/api/invites", role=role).json["url"].partition("#")[2]
    answer = app.request("/api/join", secret=secret, name=name, handle=name.lower(), password=PASSWORD).json
    return Sender(app, answer["person"]["id"], answer["token"])


def picture(width=64, height=48, format="PNG", mode="RGB", **more):
    """Return the bytes of a picture that is dark on the left and light on the right."""
    file = io.BytesIO()
    Image.linear_gradient("L").rotate(90).resize((width, height)).convert(mode).save(file, format, **more)
    return file.getvalue()
