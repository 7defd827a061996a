"""The tutorial's contract, as an unmodified Socket.IO client sees it: connect, message, custom_event, disconnect."""

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
import socketio

from hubbub.core import db, log
from hubbub.core.access import Refused
from tests.running_app import HERE
from tests.waiting import until

ROOT = Path(__file__).parent.parent
MISSING = (
    "no node: the JavaScript client is not tested"
    if shutil.which("node") is None
    else "no node_modules/socket.io-client: run `npm ci`, else the JavaScript client is not tested"
    if not (ROOT / "node_modules" / "socket.io-client").exists()
    else ""
)

LOBBY = "room:1"
WELCOME = "Welcome to Hubbub. Everyone in the Lobby receives your messages."


class Reader:
    """A reader of the tutorial with its client: `connect`, `message`, `custom_response`, `disconnect`."""

    def __init__(self, url, transports, **options):
        self.received, self.answers, self.refused = [], [], []
        self.client = socketio.Client(reconnection=False, handle_sigint=False)
        self.client.on("message", self.received.append)
        self.client.on("custom_response", self.answers.append)
        self.client.on("refused", self.refused.append)
        self.client.connect(url, transports=transports, wait_timeout=5, **options)

    def call(self, event, *data):
        """Emit and wait for the acknowledgement."""
        done, answer = threading.Event(), []
        self.client.emit(event, data, callback=lambda *values: (answer.extend(values), done.set()))
        assert done.wait(5), "no acknowledgement"
        return answer[0] if answer else None


@pytest.fixture(params=[["polling"], ["websocket"], ["polling", "websocket"]], ids="+".join)
def read_tutorial(request, app):
    readers = []

    def connect(**options):
        readers.append(Reader(app.url, request.param, **options))
        until(lambda: readers[-1].client.transport() == request.param[-1])
        return readers[-1]

    yield connect
    for reader in readers:
        reader.client.eio.disconnect(abort=True)


def test_whoever_connects_is_welcomed(read_tutorial):
    ann = read_tutorial()

    until(lambda: ann.received == [WELCOME])


def test_a_message_is_heard_by_everyone_connected_the_sender_too(read_tutorial):
    ann, bob = read_tutorial(), read_tutorial()

    ann.client.send("hello")

    until(lambda: ann.received == bob.received == [WELCOME, "hello"])


def test_a_message_is_an_entry_of_the_lobby_before_it_is_acknowledged_with_its_seq(read_tutorial):
    ann = read_tutorial()

    acknowledged = [ann.call("message", text) for text in ("one", "two")]

    kept = log.read(db, LOBBY, 0)
    assert acknowledged == [1, 2]
    assert [entry.data["text"] for entry in kept] == ["one", "two"]
    assert kept[0].author == kept[1].author != 0


def test_messages_keep_their_order(read_tutorial):
    ann, bob = read_tutorial(), read_tutorial()
    texts = [f"message {n}" for n in range(40)]

    for text in texts:
        ann.client.send(text)

    until(lambda: len(ann.received) == len(bob.received) == 41)
    assert bob.received[1:] == ann.received[1:] == texts


def test_the_lobby_and_the_tutorial_hear_each_other(read_tutorial, connect_guest):
    ann, bob = read_tutorial(), connect_guest("bob")
    bob.call("subscribe", channel=LOBBY)

    ann.client.send("from the tutorial")
    bob.received("message", 1)
    bob.call("post", channel=LOBBY, text="from the Lobby", key="1")

    until(lambda: ann.received[1:] == ["from the tutorial", "from the Lobby"])
    assert [entry["data"]["text"] for entry in bob.received("message", 2)] == ann.received[1:]


def test_a_custom_event_is_answered_with_what_was_sent_who_is_online_and_the_time(read_tutorial):
    ann, _ = read_tutorial(), read_tutorial()

    ann.client.emit("custom_event", {"a": [1, "ü", None]})

    until(lambda: ann.answers)
    [answer] = ann.answers
    assert (answer["data"], answer["online"]) == ({"a": [1, "ü", None]}, 2)
    assert abs(answer["at"] - time.time()) < 60


@pytest.mark.parametrize("event, data, id", [
    ("message", [5], "error.not_one_text"),
    ("message", [], "error.not_one_text"),
    ("message", ["one", "two"], "error.not_one_text"),
    ("message", [b"bytes"], "error.not_one_text"),
    ("message", ["   "], "error.message_empty"),
    ("message", ["x" * 16_001], "error.message_too_long"),
    ("message", ["a\0b"], "error.invalid_character"),
    ("custom_event", [float("nan")], "error.number_out_of_range"),
    ("fly", ["away"], "error.event_absent"),
])
def test_bad_input_is_refused_in_words_and_nobody_hears_it(app, event, data, id, caplog):
    ann = Reader(app.url, ["websocket"])

    answer = ann.call(event, *data)
    ann.client.send("still here")
    until(lambda: ann.received == [WELCOME, "still here"])
    ann.client.disconnect()

    assert answer["id"] == id
    assert ann.refused == [answer]
    assert len(log.read(db, LOBBY, 0)) == 1
    assert "Traceback" not in caplog.text


def test_the_holder_of_a_token_speaks_as_themselves(app, connect_guest):
    person, token = app.create_guest("ann")
    ann = Reader(app.url, ["websocket"], auth={"token": token})

    ann.call("message", "it is me")
    ann.client.disconnect()

    assert log.read(db, LOBBY, 0)[0].author == person


def test_who_only_listens_is_not_a_person_yet(read_tutorial):
    read_tutorial()

    assert db.execute("select count(*) from person where role = 'guest'") == [(0,)]


def test_strangers_are_disconnected_when_guests_may_no_longer_come_in(read_tutorial, app):
    stranger = read_tutorial()
    olga = app.set_up_owner()  # guests are off once there is an owner
    until(lambda: not stranger.client.connected)
    app.request("/api/settings", olga.token, "PATCH", guests=True)
    guest, stranger = read_tutorial(), read_tutorial()
    guest.call("message", "hello")
    member = read_tutorial(auth={"token": olga.token})

    app.request("/api/settings", olga.token, "PATCH", guests=False)

    until(lambda: not stranger.client.connected)
    assert (guest.client.connected, member.client.connected) == (True, True)


def test_who_left_and_why_is_logged(app, caplog):
    caplog.set_level("INFO", "hubbub.tutorial")
    ann = Reader(app.url, ["websocket"])
    ann.call("message", "hello")
    [author] = [entry.author for entry in log.read(db, LOBBY, 0)]

    ann.client.disconnect()

    until(lambda: f"person {author} left: " in caplog.text)
    assert caplog.messages[-1].endswith(("client disconnect", "transport close"))


def test_a_stranger_from_elsewhere_is_told_why_not(app):
    client, why = socketio.Client(reconnection=False, handle_sigint=False), []
    client.on("connect_error", why.append)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, headers={"X-Forwarded-For": "203.0.113.9"}, transports=["websocket"])

    assert "only on the machine that Hubbub runs on" in str(why)


def test_a_made_up_secret_opens_no_door(app):
    client = socketio.Client(reconnection=False, handle_sigint=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": "made up"}, headers={"X-Forwarded-For": "203.0.113.9"},
                       transports=["websocket"])


def test_a_guest_whose_commit_failed_is_somebody_with_the_next_word(app, monkeypatch):
    ann = Reader(app.url, ["websocket"])

    def full():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().writer.engine, "commit", full)
        lost = ann.call("message", "lost")
    kept = ann.call("message", "kept")
    ann.client.disconnect()

    [entry] = log.read(db, LOBBY, 0)
    assert (lost["code"], kept) == ("not_kept", 1)
    assert db.execute("select role from person where id = :id", id=entry.author) == [("guest",)]


def test_the_tutorials_page_is_served_with_its_client(app):
    page = app.http.get("/tutorial", environ_overrides=HERE)
    scripts = [app.http.get(f"/tutorial/{name}", environ_overrides=HERE) for name in ("page.js", "socketio.js")]

    assert "/tutorial/page.js" in page.text
    assert [script.status_code for script in scripts] == [200, 200]
    assert len(page.text.splitlines()) + len(scripts[0].text.splitlines()) <= 60


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
@pytest.mark.parametrize("transports", ["polling", "websocket", "polling,websocket"])
def test_the_javascript_client_gets_the_same(app, transports):
    command = ["node", "tests/js/tutorial.mjs", app.url, transports]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert told.stderr == ""
    said = json.loads(told.stdout)
    assert said["ann"] == said["bob"] == [WELCOME, "hello", "ünï 🎉"]
    assert (said["seqs"], said["answer"]) == ([1, 2], {"a": [1, None]})
    assert said["refused"] == Refused("error.not_one_text", "bad_input").payload


@pytest.mark.parametrize("transport", ["fanout", "stock"])
def test_stock_classes_keep_the_same_contract(tmp_path, transport):
    from tests.running_app import RunningApp

    app = RunningApp(tmp_path / transport, transport=transport)
    try:
        ann, bob = Reader(app.url, ["polling"]), Reader(app.url, ["polling", "websocket"])
        carol = app.connect_guest("carol", ["websocket"])
        carol.call("subscribe", channel=LOBBY)

        assert [ann.call("message", text) for text in ("one", "two")] == [1, 2]
        assert bob.call("message", 5)["code"] == "bad_input"

        until(lambda: ann.received == bob.received == [WELCOME, "one", "two"])
        assert [entry["seq"] for entry in carol.received("message", 2)] == [1, 2]
        for reader in (ann, bob):
            reader.client.eio.disconnect(abort=True)
    finally:
        app.close()
