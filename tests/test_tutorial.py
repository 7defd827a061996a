"""The tutorial's contract for an unmodified Socket.IO client: connect, message, custom_event, disconnect."""

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
    "no Node on this machine: install the package nodejs"
    if shutil.which("node") is None
    else "no socket.io-client: it is among Node's packages that bin/test installs"
    if not (ROOT / "node_modules" / "socket.io-client").exists()
    else ""
)

LOBBY = "room:1"
WELCOME = "Welcome to Hubbub. Everyone in the Lobby receives your messages."


class TutorialClient:
    """The client that a reader of the tutorial writes: `connect`, `message`, `custom_response`, `disconnect`."""

    def __init__(self, url, transports, **options):
        self.received, self.answers, self.refused = [], [], []
        self.client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
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
def connect_client(request, app):
    clients = []

    def connect(**options):
        clients.append(TutorialClient(app.url, request.param, **options))
        until(lambda: clients[-1].client.transport() == request.param[-1])
        return clients[-1]

    yield connect
    for client in clients:
        client.client.eio.disconnect(abort=True)


def test_a_new_connection_receives_the_welcome(connect_client):
    ann = connect_client()

    until(lambda: ann.received == [WELCOME])


def test_a_message_is_sent_to_everyone_including_the_sender(connect_client):
    ann, bob = connect_client(), connect_client()

    ann.client.send("hello")

    until(lambda: ann.received == bob.received == [WELCOME, "hello"])


def test_a_message_is_stored_in_the_lobby_before_its_acknowledgement(connect_client):
    ann = connect_client()

    acknowledged = [ann.call("message", text) for text in ("one", "two")]

    entries = log.read(db, LOBBY, 0)
    assert acknowledged == [1, 2]
    assert [entry.data["text"] for entry in entries] == ["one", "two"]
    assert entries[0].author == entries[1].author != 0


def test_messages_keep_their_order(connect_client):
    ann, bob = connect_client(), connect_client()
    texts = [f"message {n}" for n in range(40)]

    for text in texts:
        ann.client.send(text)

    until(lambda: len(ann.received) == len(bob.received) == 41)
    assert bob.received[1:] == ann.received[1:] == texts


def test_messages_pass_between_the_lobby_and_the_tutorial(connect_client, connect_guest):
    ann, bob = connect_client(), connect_guest("bob")
    bob.call("subscribe", channel=LOBBY)

    ann.client.send("from the tutorial")
    bob.received("message", 1)
    bob.call("post", channel=LOBBY, text="from the Lobby", key="1")

    until(lambda: ann.received[1:] == ["from the tutorial", "from the Lobby"])
    assert [entry["data"]["text"] for entry in bob.received("message", 2)] == ann.received[1:]


def test_a_custom_event_is_answered_with_its_data_the_people_online_and_the_time(connect_client):
    ann, _ = connect_client(), connect_client()

    ann.client.emit("custom_event", {"a": [1, "ü", None]})

    until(lambda: ann.answers)
    [answer] = ann.answers
    assert (answer["data"], answer["online"]) == ({"a": [1, "ü", None]}, 2)
    assert abs(answer["at"] - time.time()) < 60


def test_invalid_input_is_refused_with_a_reason_and_not_sent(app, caplog):
    ann = TutorialClient(app.url, ["websocket"])
    cases = [
        ("message", [5], "error.not_one_text"),
        ("message", [], "error.not_one_text"),
        ("message", ["one", "two"], "error.not_one_text"),
        ("message", [b"bytes"], "error.not_one_text"),
        ("message", ["   "], "error.message_empty"),
        ("message", ["x" * 16_001], "error.message_too_long"),
        ("message", ["a\0b"], "error.invalid_character"),
        ("custom_event", [float("nan")], "error.number_out_of_range"),
        ("fly", ["away"], "error.event_not_found"),
    ]

    answers = [ann.call(event, *data) for event, data, _ in cases]
    ann.client.send("still here")
    until(lambda: ann.received == [WELCOME, "still here"])
    ann.client.disconnect()

    assert [answer["id"] for answer in answers] == [id for *_, id in cases]
    assert ann.refused == answers
    assert len(log.read(db, LOBBY, 0)) == 1
    assert "Traceback" not in caplog.text


def test_a_token_identifies_the_author(app, connect_guest):
    person, token = app.create_guest("ann")
    ann = TutorialClient(app.url, ["websocket"], auth={"token": token})

    ann.call("message", "it is me")
    ann.client.disconnect()

    assert log.read(db, LOBBY, 0)[0].author == person


def test_listening_alone_creates_no_guest(connect_client):
    connect_client()

    assert db.execute("select count(*) from person where role = 'guest'") == [(0,)]


def test_anonymous_clients_are_disconnected_when_guests_are_switched_off(connect_client, app):
    stranger = connect_client()
    olga = app.set_up_owner()  # claiming the server switches guests off
    until(lambda: not stranger.client.connected)
    app.request("/api/settings", olga.token, "PATCH", guests=True)
    guest, stranger = connect_client(), connect_client()
    guest.call("message", "hello")
    member = connect_client(auth={"token": olga.token})

    app.request("/api/settings", olga.token, "PATCH", guests=False)

    until(lambda: not stranger.client.connected and not guest.client.connected)
    assert member.client.connected


def test_a_disconnect_is_logged_with_person_and_reason(app, caplog):
    caplog.set_level("INFO", "hubbub.tutorial")
    ann = TutorialClient(app.url, ["websocket"])
    ann.call("message", "hello")
    [author] = [entry.author for entry in log.read(db, LOBBY, 0)]

    ann.client.disconnect()

    until(lambda: f"person {author} left: " in caplog.text)
    assert caplog.messages[-1].endswith(("client disconnect", "transport close"))


def test_a_guest_from_another_machine_is_refused_with_the_reason(app):
    client, refusals = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, headers={"X-Forwarded-For": "203.0.113.9"}, transports=["websocket"])

    assert "only on the machine that Hubbub runs on" in str(refusals)


def test_an_unknown_token_is_refused(app):
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": "made up"}, headers={"X-Forwarded-For": "203.0.113.9"},
                       transports=["websocket"])


def test_a_guest_whose_first_commit_failed_is_created_with_the_next_message(app, monkeypatch):
    ann = TutorialClient(app.url, ["websocket"])

    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        lost = ann.call("message", "lost")
    kept = ann.call("message", "kept")
    ann.client.disconnect()

    [entry] = log.read(db, LOBBY, 0)
    assert (lost["code"], kept) == ("not_saved", 1)
    assert db.execute("select role from person where id = :id", id=entry.author) == [("guest",)]


def test_the_tutorials_page_is_served_with_its_client(app):
    page = app.http.get("/tutorial", environ_overrides=HERE)
    scripts = [app.http.get(f"/tutorial/{name}", environ_overrides=HERE) for name in ("page.js", "socketio.js")]

    assert "tutorial/page.js" in page.text
    assert [script.status_code for script in scripts] == [200, 200]
    assert len(page.text.splitlines()) + len(scripts[0].text.splitlines()) <= 60


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_the_javascript_client_works(app):
    ways = ["polling", "websocket", "polling,websocket"]

    run = subprocess.run(["node", "tests/js/tutorial.mjs", app.url, *ways], cwd=ROOT, capture_output=True, text=True,
                         timeout=60)

    assert run.stderr == ""
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(result["way"], result["seqs"]) for result in results] == list(zip(ways, ([1, 2], [3, 4], [5, 6]),
                                                                                strict=True))
    for result in results:
        assert result["ann"] == result["bob"] == [WELCOME, "hello", "ünï 🎉"]
        assert result["answer"] == {"a": [1, None]}
        assert result["refused"] == Refused("error.not_one_text", "bad_input").payload


@pytest.mark.parametrize("transport", ["fanout", "stock"])
def test_the_contract_holds_with_the_stock_transport_too(tmp_path, transport):
    from tests.running_app import RunningApp

    app = RunningApp(tmp_path / transport, transport=transport)
    try:
        ann, bob = TutorialClient(app.url, ["polling"]), TutorialClient(app.url, ["polling", "websocket"])
        carol = app.connect_guest("carol", ["websocket"])
        carol.call("subscribe", channel=LOBBY)

        assert [ann.call("message", text) for text in ("one", "two")] == [1, 2]
        assert bob.call("message", 5)["code"] == "bad_input"

        until(lambda: ann.received == bob.received == [WELCOME, "one", "two"])
        assert [entry["seq"] for entry in carol.received("message", 2)] == [1, 2]
        for client in (ann, bob):
            client.client.eio.disconnect(abort=True)
    finally:
        app.close()
