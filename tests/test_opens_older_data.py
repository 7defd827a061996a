"""Data of an older version opens with everything in it; asked only through HTTP and Socket.IO."""

import json
import re
import sqlite3
import tarfile
from base64 import b64decode, b64encode
from pathlib import Path

import psycopg
import pytest
from pycrdt import Doc, Text

from tests import postgres
from tests.data.make import PASSWORD, PUSH_PORT, PUSH_SECRET, answer_of, push_key
from tests.process import Server, call
from tests.push_service import PushService
from tests.waiting import until

# The record holds names as that version had them.  Where the wire has other names today, say so here, and only here.
FIELDS = {"settled": "read", "gone": "banned", "what": "action", "about": "subject", "maker": "created_by",
          "changer": "changed_by", "read": "cursor", "arrived": "received"}
VALUES = {"token_made": "token_created", "settings": "settings_changed", "こ ん に ち は": "こんにちは"}
CHANNELS = {"own:": "user:"}
EVENTS = {"resume": "resume", "update": "update", "post": "post"}
MESSAGE, DRAFTS, TEXT, DOCUMENT_HEAD = "message", "drafts", "text", "as_of"

# What that version also wrote, and the record lacks: a title, a deleted message that someone was notified of.
MORE = (
    "update channel set head = 4 where name = 'doc:3'",
    """insert into entry (channel, seq, n, kind, author, at, key, data) values
        ('doc:3', 4, 0, 'titled', 2, 7, 'title', '{"title":"Long"}')""",
    "insert into channel (name, head, n) values ('inbox:1', 2, 1)",
    """insert into entry (channel, seq, n, kind, author, at, key, data) values
        ('inbox:1', 1, 1, 'notification', 2, 7, 'deleted', '{"gone":true}'),
        ('inbox:1', 2, 1, 'settled', 0, 7, 'gone', '{"targets":[1],"gone":true}')""",
    "insert into cursor (channel, person, seq, n, version) values ('own:5', 5, 2, 0, 1)",
)

CHANGES = {"seen", "spark", "until"}  # what changes with time, and the ends of links, which were taken off the data

FOLDER = Path(__file__).parent / "data"


class Opened:
    """The data of an older version, served by the code of today."""

    def __init__(self, kind, folder, service):
        port = service.origin.removeprefix("http://").encode()
        assert len(port) == len(PUSH_PORT), "a port of five digits is expected"
        with tarfile.open(FOLDER / f"older-{kind}.tar.gz") as file:
            file.extractall(folder, filter="data")
        url = ""
        stored = folder / ("hubbub.db" if kind == "sqlite" else "database.sql")
        stored.write_bytes(stored.read_bytes().replace(PUSH_PORT, port))
        if kind == "postgres":
            url = postgres.database()
        with psycopg.connect(url) if url else sqlite3.connect(stored) as database:
            for statement in (stored.read_text(), *MORE) if url else MORE:
                database.execute(statement)
        database.close()
        self.record = json.loads((folder / "record.json").read_text())
        self.rooms, self.ids, self.tokens = (self.record[name] for name in ("rooms", "ids", "tokens"))
        self.server = Server(folder, url, HUBBUB_PUSH_PRIVATE="1")

    def window(self, who, channel):
        return self.server.request_json("GET", f"/api/channels/{channel}/window", self.tokens[who])

    def publish(self, n, value):
        tick = {"symbol": "ACME", "value": value, "n": n}
        return self.server.request_json("POST", "/api/feeds/prices/ticks", self.tokens["olga"], {"ticks": [tick]})


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def opened(request, tmp_path_factory):
    service = PushService()
    service.key, service.secret = push_key(), PUSH_SECRET
    opened = Opened(request.param, tmp_path_factory.mktemp("older"), service)
    opened.service = service
    yield opened
    opened.server.stop()
    service.stop()


def renamed(value):
    """An answer of the older version under the names of today."""
    if isinstance(value, dict):
        return {FIELDS.get(name, name): renamed(inner) for name, inner in value.items() if name not in CHANGES}
    if isinstance(value, list):
        return [renamed(inner) for inner in value]
    return VALUES.get(value, channels_renamed(value)) if isinstance(value, str) else value


def channels_renamed(text):
    for old, new in CHANNELS.items():
        text = re.sub(rf"(^|/){old}", rf"\1{new}", text)
    return text


def lost(then, now, path=""):
    """What an answer held then and does not hold now; fields that were added since are no difference."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [loss for name, value in then.items() for loss in lost(value, now.get(name), f"{path}.{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [loss for n, value in enumerate(then) for loss in lost(value, now[n], f"{path}[{n}]")]
    return [] if then == now else [f"{path}: {then!r} became {now!r}"]


def test_everybody_finds_what_they_had_and_nothing_more(opened):
    losses = [f"{who} {path}{loss}" for who, path, then in opened.record["answers"]
              for loss in lost(renamed(then), answer_of(opened.server, opened.tokens[who], channels_renamed(path)))]

    assert losses == []
    assert len(opened.record["answers"]) > 150


def test_stored_entries_have_the_names_of_today(opened):
    def entries(who, channel, after=0):
        path = f"/api/channels/{channel}/entries?after={after}"
        answer = opened.server.request_json("GET", path, opened.tokens[who])
        assert [entry["seq"] for entry in answer["entries"]] == [*range(after + 1, answer["head"] + 1)]
        return [(entry["kind"], entry["data"]) for entry in answer["entries"]]

    gita = opened.ids["gita"]
    assert entries("guest", "inbox:1") == [
        ("notification", {"deleted": True}), ("read", {"targets": [1], "deleted": True})]
    assert {kind for kind, _ in entries("mia", f"inbox:{opened.ids['mia']}")} == {"notification", "read"}
    assert ("audit", {"action": "banned", "subject": opened.ids["bert"]}) in entries("olga", "audit:all")
    assert {kind for kind, _ in entries("olga", "audit:all")} == {"audit"}
    assert entries("mia", f"doc:{opened.record['documents'][2]}", 3) == [("renamed", {"title": "Long"})]
    assert [data for kind, data in entries("gita", f"user:{gita}") if kind == "room_left"] == [
        {"channel": opened.rooms["news"]}]
    assert {kind for kind, _ in entries("gita", f"user:{gita}")} == {"room", "room_left"}
    assert [data.get("banned") for _, data in entries("mia", "people:all") if data["id"] == opened.ids["bert"]][-1]
    assert answer_of(opened.server, opened.tokens["gita"], f"/api/channels/own:{gita}/window") == {"refused": 404}


def test_passwords_and_roles_still_count(opened):
    ask = opened.server.request
    assert [ask("POST", "/api/sign-in", "", {"handle": who, "password": PASSWORD})[0]
            for who in ("olga", "adam", "mia", "gita")] == [200] * 4
    assert ask("POST", "/api/sign-in", "", {"handle": "bert", "password": PASSWORD})[0] in (401, 403)
    assert ask("GET", "/api/rooms", opened.tokens["bert"])[0] == 401
    assert [ask("GET", "/api/settings", opened.tokens[who])[0] for who in ("olga", "adam", "mia")] == [200, 200, 403]


def test_an_open_invite_lets_somebody_in(opened):
    body = {"secret": opened.record["invite"], "name": "Nina", "handle": "nina", "password": PASSWORD}
    came = opened.server.request_json("POST", "/api/join", "", body)

    assert came["person"]["id"] not in opened.ids.values()
    assert came["person"]["role"] == "member"


def test_a_browser_that_was_signed_in_resumes_where_it_was_and_sees_its_drafts(opened):
    workshop = opened.rooms["workshop"]
    then = next(answer for who, path, answer in opened.record["answers"]
                if (who, path) == ("mia", f"/api/channels/{workshop}/entries?after=0"))
    browser = opened.server.connect(Cookie=opened.record["cookie"], Origin=opened.server.url)

    answer = call(browser, EVENTS["resume"], cursors={workshop: opened.record["cursor"]})
    expected = [entry["seq"] for entry in then["entries"] if entry["seq"] > opened.record["cursor"][0]]
    until(lambda: [data["seq"] for _, data in browser.received if data.get("channel") == workshop][:len(expected)]
          == expected)

    assert "error" not in answer[workshop]
    own = opened.window("adam", f"user:{opened.ids['adam']}")
    assert sorted(draft[TEXT] for draft in own[DRAFTS]) == ["An unfinished reply", "An unfinished sentence"]


def typed(opened, client, words):
    """The payload with which Mia types at the end of the document under a client number, and the text before."""
    channel = f"doc:{opened.record['documents'][0]}"
    window = opened.window("mia", channel)
    document = Doc(client_id=client)
    for update in filter(None, [window["state"], *window["updates"]]):
        document.apply_update(b64decode(update))
    before, text = document.get_state(), document.get("text", type=Text)
    was = str(text)
    text += words
    return {"channel": channel, "key": words[:40], "update": b64encode(document.get_update(before)).decode()}, was


def test_a_document_goes_on_from_its_text(opened):
    payload, was = typed(opened, 2001, "And a bench.\n")
    call(opened.server.connect(opened.tokens["mia"]), EVENTS["update"], **payload)

    path = f"/document/{opened.record['documents'][0]}/text"
    now = opened.server.request("GET", path, opened.tokens["adam"])[2].decode()
    assert was == "# Plan\n\nFirst the 🌱 beds.\nThen the path, @adam looks after it.\n"
    assert now == was + "And a bench.\n"


def test_nobody_types_under_the_client_number_of_somebody_else(opened):
    payload, _ = typed(opened, 1001, "Under Olga's number.\n")
    answer = opened.server.connect(opened.tokens["mia"]).call(EVENTS["update"], payload, namespace="/live")

    assert "error" in answer


def test_a_person_who_was_banned_from_a_room_stays_out(opened):
    members = f"/api/rooms/{opened.rooms['news'].partition(':')[2]}/members"
    body = {"people": [opened.ids["gita"]], "key": "join"}

    assert opened.server.request("POST", members, opened.tokens["gita"], body)[0] in (403, 404)


def test_an_alert_that_waited_fires_once_and_ticks_go_on_counting(opened):
    n = opened.record["ticks"]
    assert opened.publish(n, 40.0)["accepted"] == 0, "that number counted before"
    before = len(opened.window("mia", f"inbox:{opened.ids['mia']}")["items"])

    for more, value in enumerate((45.0, 95.0, 44.0), 1):
        assert opened.publish(n + more, value)["accepted"] == 1

    told = opened.window("mia", f"inbox:{opened.ids['mia']}")["items"][before:]
    assert [item[TEXT] for item in told] == ["ACME crossed below 50: 45"]


def test_a_subscribed_browser_is_still_pushed_to(opened):
    body = {"person": "mia", "text": "Pushed after the update", "key": "pushed"}
    opened.server.request_json("POST", "/api/notify", opened.tokens["olga"], body)

    until(lambda: "Pushed after the update" in opened.service.texts(), seconds=20)
    key = opened.server.request_json("GET", "/api/push", opened.tokens["mia"])["key"]
    assert {signed["key"] for signed in opened.service.signed} == {key}


def test_new_messages_follow_the_old_ones(opened):
    workshop = opened.rooms["workshop"]
    window = opened.window("adam", workshop)
    head = window["as_of"][0]
    posted = call(opened.server.connect(opened.tokens["adam"]), EVENTS["post"], channel=workshop, text="On we go",
                  key="on we go")

    assert posted == head + 1
    assert opened.window("gita", workshop)["items"][-1]["text"] == "On we go"
    found = opened.server.request_json("GET", "/api/search?q=go", opened.tokens["gita"])
    assert posted in [item["seq"] for item in found["items"]]
