"""Make the data of an older version that tests/test_opens_older_data.py opens: a team that uses every feature.

`python -m tests.data.make CHECKOUT` starts the code of that checkout and writes older-sqlite.tar.gz and
older-postgres.tar.gz beside this file.  Each holds the data folder, for PostgreSQL also the database as SQL, and
`record.json`: the secrets, and the answers of that version to everyone.
"""

import base64
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from pycrdt import Doc, Text

from tests import postgres
from tests.process import Server, call

FOLDER = Path(__file__).parent
PASSWORD = "correct horse battery"
PUSH_PORT = b"127.0.0.1:10947"  # stands for the port of the test's push service, which has as many digits
PUSH_SECRET = b"a secret of 16 b"
DAY = 1_790_000_000 // 86_400 * 86_400  # when the ticks were
NAMES = {"olga": "Olga Ólafsdóttir", "adam": "Adam אדם", "mia": "Mia 美雅", "gita": "गीता", "bert": "Bert"}


def push_key():
    """The key pair of the browser that is subscribed to Web Push."""
    return ec.derive_private_key(0x47_61_72_64_65_6E, ec.SECP256R1())


def base64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Team:
    """The people and their actions; `record` is what the test needs to know."""

    def __init__(self, server):
        self.server = server
        self.keys = 0
        self.tokens, self.ids, self.rooms = {}, {}, {}
        self.record = {"password": PASSWORD, "tokens": self.tokens, "ids": self.ids, "rooms": self.rooms}

    def act(self, who, method, path, **body):
        """Send a request of a person."""
        return self.server.request_json(method, path, self.tokens.get(who, ""), body)

    def key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def post(self, who, room, text, **more):
        """Post a message; return its seq."""
        path = f"/api/channels/{self.rooms[room]}/entries"
        return self.act(who, "POST", path, text=text, key=self.key(), **more)["seq"]

    def message(self, who, method, room, seq, part="", **body):
        """Send a request about a message."""
        path = f"/api/channels/{self.rooms[room]}/messages/{seq}{part}"
        return self.act(who, method, path, key=self.key(), **body)

    def make(self):
        self.join_people()
        self.open_rooms()
        self.post_messages()
        self.send_files()
        self.publish()
        self.write_documents()
        self.change_settings()
        self.leave_unread()
        self.leave_signed_in()
        self.record["answers"] = [[who, path, self.answer(who, path)] for who, path in self.requests()]

    def join_people(self):
        guest = self.act("", "POST", "/api/guests", name="Visitor 客")
        self.tokens["guest"], self.ids["guest"] = guest["token"], guest["person"]["id"]
        self.rooms["lobby"] = "room:1"
        self.post("guest", "lobby", "Is anybody here?")
        self.join("olga")
        for who, role in ("adam", "admin"), ("mia", "member"), ("gita", "guest"), ("bert", "member"):
            invite = self.act("olga", "POST", "/api/invites", role=role)["url"]
            self.join(who, secret=invite.partition("#")[2])
        self.post("bert", "lobby", "You will not miss me.")
        self.act("olga", "POST", f"/api/people/{self.ids['bert']}/ban")
        self.act("olga", "PATCH", "/api/settings", guests=True)

    def join(self, who, **more):
        """Create an account, and a token that all its requests use."""
        joined = self.act("", "POST", "/api/join", name=NAMES[who], handle=who, password=PASSWORD, **more)
        self.ids[who], self.tokens[who] = joined["person"]["id"], joined["token"]
        made = self.act(who, "POST", "/api/tokens", name=f"Script of {who}", scope="admin")
        self.tokens[who] = made["secret"]

    def open_rooms(self):
        everyone = [self.ids[who] for who in ("adam", "mia", "gita")]
        for name, kind, people in (("Workshop 工房", "public", everyone), ("Secret plans", "private", everyone[:2]),
                                   ("News", "announcement", everyone), ("Old matters", "public", everyone)):
            made = self.act("olga", "POST", "/api/rooms", name=name, kind=kind, topic=f"About {name}", people=people,
                            key=self.key())
            self.rooms[{"announcement": "news"}.get(kind, name.partition(" ")[0].lower())] = made["channel"]
        for name, people in ("pair", everyone[1:2]), ("group", everyone[:2]), ("notes", []):
            self.rooms[name] = self.act("olga", "POST", "/api/directs", people=people)["channel"]
        self.post("adam", "old", "Nothing new will come here.")
        self.act("olga", "PATCH", f"/api/rooms/{self.rooms['old'][5:]}", archived=True, key=self.key())
        self.act("olga", "PATCH", f"/api/rooms/{self.rooms['secret'][5:]}", name="Secret garden", key=self.key())
        members = f"/api/rooms/{self.rooms['news'][5:]}/members"
        self.act("olga", "PATCH", f"{members}/{self.ids['adam']}", role="admin", key=self.key())
        self.act("olga", "DELETE", f"{members}/{self.ids['gita']}", ban=True, key=self.key())

    def post_messages(self):
        first = self.post("olga", "workshop", "Guten Morgen, **Werkstatt**! Привет, שלום, こんにちは @mia @adam")
        self.record["edited"] = edited = self.post("mia", "workshop", "The first draft of this")
        for text in ("The second draft of this", "The final text of this, for @olga"):
            self.message("mia", "PATCH", "workshop", edited, text=text)
        self.message("adam", "DELETE", "workshop", self.post("adam", "workshop", "a word too many"))
        for who, emoji in ("mia", "👍"), ("adam", "👍"), ("gita", "🎉"):
            self.message(who, "PUT", "workshop", first, f"/reactions/{quote(emoji)}")
        self.message("olga", "PUT", "workshop", first, "/pin")
        self.post("gita", "workshop", "I quote", quote=first)
        self.record["root"] = root = self.post("adam", "workshop", "Who takes which part?")
        for who, text in ("mia", "I take the roof."), ("olga", "Then I take the door, @adam."):
            self.post(who, "workshop", text, thread=root)
        self.post("gita", "workshop", "The windows are mine.", thread=root, also=True)
        self.act("gita", "PUT", f"/api/channels/{self.rooms['workshop']}/threads/{root}/follow", on=False)
        self.post("olga", "workshop", "```python\nprint('zebra')\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done")
        for who, room in ("adam", "secret"), ("olga", "news"), ("olga", "pair"), ("mia", "group"), ("olga", "notes"):
            self.post(who, room, f"Words for {room} only, with https://example.com/{room}")
        self.post("adam", "workshop", "Everybody, @room, please read this.")

    def send_files(self):
        picture = io.BytesIO()
        Image.linear_gradient("L").resize((600, 400)).convert("RGB").save(picture, "PNG")
        files = [self.send(picture.getvalue(), "garden.png"), self.send("Grüße\n".encode(), "Grüße по-русски.txt")]
        self.post("mia", "workshop", "A picture and a text", files=[file["id"] for file in files])
        self.record["files"] = [f"/files/{files[0]['id']}/{part}" for part in ("garden.png", "view", "thumb")]
        self.record["files"] += [f"/files/{files[1]['id']}/{quote(files[1]['name'])}"]
        person = self.server.request_json("PUT", "/api/me/avatar", self.tokens["mia"], picture.getvalue())
        self.record["files"] += [f"/avatars/{person['avatar']}"]

    def send(self, data, name):
        id = self.act("mia", "POST", "/api/files", channel=self.rooms["workshop"], name=name, size=len(data))["id"]
        return self.server.request_json("PUT", f"/api/files/{id}?offset=0", self.tokens["mia"], data)["file"]

    def publish(self):
        ticks = [{"symbol": symbol, "value": value + step / 4, "at": DAY + step * 40, "n": 0}
                 for step in range(20) for symbol, value in (("ACME", 90), ("TEMP.ROOF", 18.5))]
        ticks = [{**tick, "n": n + 1} for n, tick in enumerate(ticks)]
        self.tick(ticks[:2], title="Prices and weather")
        for symbol, level, direction in ("ACME", 92, "above"), ("ACME", 50, "below"), ("TEMP.ROOF", 40, "above"):
            self.act("mia", "POST", "/api/alerts", symbol=symbol, level=level, direction=direction)
        self.tick(ticks[2:])
        self.post("adam", "workshop", "Now $ACME stands here, and $NONE does not.")
        self.record["ticks"] = len(ticks)

    def tick(self, ticks, **more):
        self.act("olga", "POST", "/api/feeds/prices/ticks", ticks=ticks, **more)

    def write_documents(self):
        made = [self.act("olga", "POST", "/api/documents", room=self.rooms[room], title=title, key=self.key())
                for room, title in (("workshop", "Plan für den Garten"), ("secret", "List of things"),
                                    ("workshop", "Long enough for a snapshot"))]
        self.record["documents"] = documents = [document["id"] for document in made]
        plan, channel = Doc(client_id=1001), f"doc:{documents[0]}"
        self.type("olga", channel, plan, "# Plan\n\nFirst the 🌱 beds.\n")
        self.type("mia", channel, self.copy(plan, 1002), "Then the path, @adam looks after it.\n")
        self.type("olga", f"doc:{documents[1]}", Doc(client_id=1003), "A rake, a spade\n")
        long = Doc(client_id=1004)
        for words in "one line\n" * 20_000, "another line\n" * 10_000, "the last line\n":
            self.type("mia", f"doc:{documents[2]}", long, words)
        self.until(lambda: "Plan für den Garten" in json.dumps(self.inbox("adam"), ensure_ascii=False))
        head = self.act("olga", "GET", f"/api/channels/{channel}/window")["as_of"][0]
        self.act("olga", "POST", f"/api/documents/{documents[0]}/restore", seq=1, key=self.key())
        self.act("olga", "POST", f"/api/documents/{documents[0]}/restore", seq=head, key=self.key())
        self.act("olga", "PATCH", f"/api/documents/{documents[1]}", archived=True, key=self.key())

    @staticmethod
    def copy(document, client):
        other = Doc(client_id=client)
        other.apply_update(document.get_update())
        return other

    def type(self, who, channel, document, words):
        """Append text to a document."""
        before = document.get_state()
        text = document.get("text", type=Text)
        text += words
        update = base64.b64encode(document.get_update(before)).decode()
        call(self.server.connect(self.tokens[who]), "update", channel=channel, update=update, key=self.key())

    def change_settings(self):
        self.act("mia", "PATCH", "/api/me", status="In the garden 🌻", name="Mia 美雅 Müller")
        for who, room, level in ("mia", "secret", "nothing"), ("adam", "workshop", "everything"):
            self.act(who, "PUT", f"/api/channels/{self.rooms[room]}/level", level=level)
        for text in "A note from a script", "Another note":
            self.act("olga", "POST", "/api/notify", person="mia", text=text, key=self.key())
        self.act("mia", "POST", "/api/inbox/read", seqs=[self.inbox("mia")[0]["seq"]])
        self.post("mia", "workshop", "One more message, @olga, seen by adam's own level")
        invite = self.act("olga", "POST", "/api/invites", role="member", uses=3, days=365)
        self.record["invite"] = invite["url"].partition("#")[2]

    def leave_unread(self):
        """Leave unread messages, and drafts that are not sent."""
        self.act("adam", "POST", f"/api/channels/{self.rooms['workshop']}/read", seq=self.record["root"])
        client = self.server.connect(self.tokens["adam"])
        for thread, text in (0, "An unfinished sentence"), (self.record["root"], "An unfinished reply"):
            call(client, "draft", channel=self.rooms["workshop"], text=text, thread=thread)
        window = self.act("adam", "GET", f"/api/channels/{self.rooms['workshop']}/window")
        first = next(item for item in window["items"] if item["kind"] == "message")
        self.record["cursor"] = [first["seq"], first["key"]]

    def leave_signed_in(self):
        """Sign in with a browser that stays signed in and is subscribed to Web Push."""
        _, headers, _ = self.server.request("POST", "/api/sign-in", "", {"handle": "mia", "password": PASSWORD},
                                            Origin=self.server.url)
        cookies = [cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie")]
        self.record["cookie"] = next(cookie for cookie in cookies if not cookie.startswith("hubbub-device"))
        point = push_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        body = {"endpoint": f"http://{PUSH_PORT.decode()}/secret/laptop", "p256dh": base64url(point),
                "auth": base64url(PUSH_SECRET)}
        self.server.request_json("POST", "/api/push", "", body, Cookie=self.record["cookie"], Origin=self.server.url)

    def inbox(self, who):
        return self.act(who, "GET", f"/api/channels/inbox:{self.ids[who]}/window")["items"]

    @staticmethod
    def until(condition):
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.1)

    def requests(self):
        """Yield the requests that the test repeats: who, and which path."""
        workshop, documents = f"/api/channels/{self.rooms['workshop']}", self.record["documents"]
        for who in ("olga", "adam", "mia", "gita"):
            channels = [*self.rooms.values(), f"own:{self.ids[who]}", f"inbox:{self.ids[who]}", "people:all",
                        "audit:all", *(f"doc:{document}" for document in documents[:2])]
            yield from ((who, f"/api/channels/{channel}/window?limit=100") for channel in channels)
            yield from ((who, path) for path in ("/api/rooms?archived=true", "/api/people", "/api/threads",
                        "/api/documents", "/api/alerts", "/api/tokens", "/api/invites", "/api/settings", "/api/push"))
            yield from ((who, f"/api/search?q={quote(words)}") for words in (
                "garden", "zebra", "has:file", "from:mia", "in:news", "final", "こんにちは", "has:link"))
        for who in ("mia", "guest"):
            yield from ((who, f"/api/channels/{channel}/entries?after=0") for channel in self.rooms.values())
        yield "gita", f"{workshop}/messages/{self.record['edited']}/history"
        yield "gita", f"{workshop}/pins"
        yield "gita", f"{workshop}/threads/{self.record['root']}"
        for document in documents[:2]:
            yield from (("adam", f"/api/documents/{document}{part}") for part in ("", "/versions", "/versions/1"))
        yield from (("adam", f"/document/{document}/text") for document in documents)
        yield from (("gita", path) for path in self.record["files"])
        yield from (("gita", f"/api/{path}") for path in (
            "feeds/prices", *(f"symbols/{symbol}{part}" for symbol in ("ACME", "TEMP.ROOF")
                              for part in ("", "/candles", "/candles?resolution=86400"))))
        yield from (("gita", f"/api/rooms/{channel[5:]}/members") for channel in self.rooms.values())

    def answer(self, who, path):
        return answer_of(self.server, self.tokens[who], path)


def answer_of(server, token, path):
    """Return the answer to a request: its JSON, the hash of anything else, or the status of an error."""
    status, headers, body = server.request("GET", path, token)
    type = headers["Content-Type"].partition(";")[0]
    if status >= 400:
        return {"refused": status}
    return json.loads(body) if type == "application/json" else {"sha256": hashlib.sha256(body).hexdigest()}


NO_EXPIRY = "update sign_in set until = null", "update invite set until = null"  # the test works in ten years too


def make_sqlite(checkout, folder):
    record = fill(folder, "", checkout)
    with sqlite3.connect(folder / "hubbub.db", isolation_level=None) as database:
        for statement in (*NO_EXPIRY, "vacuum", "pragma wal_checkpoint(truncate)"):
            database.execute(statement).fetchall()
    database.close()
    pack("sqlite", folder, record)


def make_postgres(checkout, folder):
    url = postgres.server().database()
    record = fill(folder, url, checkout)
    with psycopg.connect(url) as database:
        [(schema,)] = database.execute("select current_schema()")
        for statement in NO_EXPIRY:
            database.execute(statement)
    (folder / "database.sql").write_text(dump(url, schema))
    pack("postgres", folder, record)


def dump(url, schema):
    """Return the database as SQL for an empty schema of any name in any version of PostgreSQL."""
    program = next(place / "pg_dump" for place in postgres._folders() if (place / "pg_dump").exists())
    command = [program, "--no-owner", "--no-privileges", "--no-comments", "--inserts", f"--schema={schema}",
               url.partition("&options")[0]]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if not line.startswith(("--", "\\", "SET ", "CREATE SCHEMA"))
             and "set_config('search_path'" not in line]
    return re.sub(rf"\b{schema}\.", "", "\n".join(filter(None, lines)))


def fill(folder, url, checkout):
    server = Server(folder, url, checkout, HUBBUB_PUSH_PRIVATE="1")
    team = Team(server)
    team.make()
    assert server.stop() == 0
    return team.record


def pack(name, folder, record):
    (folder / "record.json").write_text(json.dumps(record, ensure_ascii=False))
    with tarfile.open(FOLDER / f"older-{name}.tar.gz", "w:gz") as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            file.add(path, path.relative_to(folder))


if __name__ == "__main__":
    for make in make_sqlite, make_postgres:
        with tempfile.TemporaryDirectory() as place:
            make(Path(sys.argv[1]).resolve(), Path(place))
