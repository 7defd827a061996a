"""Run imports into the database of a test, and look at what is there."""

import json
import zipfile

import msgspec
from click.testing import CliRunner

from hubbub import cli
from hubbub.chat import rooms
from hubbub.config import Config
from hubbub.core import cursors, db, log, windows
from hubbub.core.windows import Span
from hubbub.imports import run
from hubbub.imports.report import Report
from hubbub.imports.slack import Slack
from hubbub.people import model
from tests.nodes import open_node
from tests.test_window_replay import in_python

TABLES = {"person": "name, handle, role, banned is null, zone", "room": "kind, name, topic, people, archived is null",
          "member": "room, person, role", "entry": "channel, seq, n, kind, author, at, key, data",
          "message": "*", "reaction": "*", "reply": "*", "follower": "*", "mention": "*", "edit": "*", "uncounted": "*",
          "searchable": "channel, room, seq, author, at, root, has, words", "imported": "*", "import_room": "*",
          "import_person": "*", "cursor": "channel, person, seq, n", "file": "id, channel, person, name, size, seq"}


def zipped(path, files):
    """Write a zip with files of JSON, or of bytes, by their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return path


class Target:
    """A server's database, which imports open while the server is stopped."""

    def __init__(self, data, url):
        self.data, self.url = data, url

    def start(self, path, read=Slack, **wish):
        """Import an export; return the report."""
        db.close()
        report = Report()
        wish = run.Wish(path, **wish)
        try:
            run.run(Config(data=self.data, database_url=self.url), read, wish, report, lambda done, all: None)
        finally:
            open_node(self.data, self.url)
        return report

    def command(self, *arguments):
        """Run `hubbub import …`."""
        db.close()
        try:
            return CliRunner().invoke(cli.main, ["import", *map(str, arguments), "--data", str(self.data)],
                                      env={"HUBBUB_DATABASE_URL": self.url})
        finally:
            open_node(self.data, self.url)

    def people(self):
        return {handle: id for handle, id in db.execute("select handle, id from person where id > 0")}

    def room(self, name):
        [(id,)] = db.execute("select id from room where name = :name", name=name)
        return f"room:{id}"

    def items(self, channel):
        """Return what a room shows."""
        return msgspec.json.decode(msgspec.json.encode(windows.newest(channel, Span(limit=1000))["items"]))

    def texts(self, name):
        return [item["text"] for item in self.items(self.room(name)) if item["kind"] == "message"]

    def content(self):
        """Return the rows of the tables that an import changes, without the entries of people and devices."""
        found = {table: sorted(map(repr, db.execute(f"select {columns} from {table}")))
                 for table, columns in TABLES.items()}
        found["entry"] = [row for row in found["entry"] if row.startswith("('room:")]
        found["cursor"] = [row for row in found["cursor"] if row.startswith("('room:")]
        return found


def check_like_live(target):
    """Check that the rooms are such as the server writes: numbers, windows from entries, unread, indexes."""
    for name, head, n in db.execute("select name, head, n from channel where name like 'room:%'"):
        entries = []
        while page := log.read(db, name, len(entries)):
            entries += page
        assert [entry.seq for entry in entries] == list(range(1, head + 1))
        counted = 0
        for entry in entries:
            counted += entry.kind in ("message",)
            assert entry.n == counted
        assert n == counted
        times = [entry.at for entry in entries]
        assert times == sorted(times)
        later = windows.newest(name, Span(limit=5000))["items"]
        plain = msgspec.json.decode(msgspec.json.encode({"items": [], "entries": entries, "later": later}))
        assert in_python({"window": {"items": []}, "entries": plain["entries"]}) == plain["later"]
    for person, room in db.execute("select person, room from member where room > 1"):
        assert cursors.unread(db, person, f"room:{room}") == 0
    [(messages,)] = db.execute("select count(*) from entry where kind in ('message', 'reply') "
                               "and data like '%\"text\"%'")
    assert db.execute("select count(*) from searchable") == [(messages,)]
    assert db.execute("select count(*) from follower join message on message.channel = follower.channel and "
                      "message.seq = follower.root where follower.n <> message.replies") == [(0,)]
    assert db.execute("select 1 from notification limit 1") == []


def visible_to(handle):
    """Return the names of the rooms that a person is in."""
    person = model.by_handle(db, handle)
    return {room.name or tuple(room.people) for room in rooms.mine(db, person.id)}
