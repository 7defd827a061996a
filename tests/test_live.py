"""Events over Socket.IO: signatures, acknowledgements after the commit, order, and refusals."""

import time

import gevent
import pytest
import socketio

from hubbub import live
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.live import registry
from hubbub.web import static_tree, version
from tests.statements import statements
from tests.waiting import until


def test_a_message_is_acknowledged_with_its_seq_and_sent_to_subscribers(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    bob.call("subscribe", channel="room:1")

    assert ann.call("post", channel="room:1", text="hello", key="a1") == {"ok": 1}

    [message] = bob.received("message", 1)
    assert (message["seq"], message["author"], message["data"]) == (1, ann.person, {"text": "hello"})


def test_missed_entries_arrive_on_reconnect_in_order_and_once(app, connect_guest):
    ann = connect_guest("ann")
    for n in range(3):
        ann.call("post", channel="room:1", text=str(n), key=str(n))
    person, token = app.create_guest("bob")

    bob = app.connect(person, token)
    answer = bob.call("resume", cursors={"room:1": [1, "0"], "people:all": [0, ""], "room:99": [0, ""]})
    ann.call("post", channel="room:1", text="live", key="live")

    assert [entry["seq"] for entry in bob.received("message", 3)] == [2, 3, 4]
    assert answer["ok"]["room:1"] == {"head": 3}
    assert [entry["data"]["name"] for entry in bob.received("person")] == ["ann", "bob"]
    assert answer["ok"]["room:99"] == Refused("error.channel_not_found", "not_found").payload


def test_the_history_is_sent_before_the_acknowledgement_of_subscribe(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    for n in range(5):
        ann.call("post", channel="room:1", text=str(n), key=str(n))

    answer = bob.call("subscribe", channel="room:1", cursor=[0, ""])

    assert (answer, len(bob.received("message"))) == ({"ok": {"head": 5}}, 5)


def test_a_cursor_of_another_history_gets_the_newest_window(connect_guest):
    ann = connect_guest("ann")
    ann.call("post", channel="room:1", text="hello", key="a1")

    ann.call("subscribe", channel="room:1", cursor=[1, "from a restored backup"])

    [window] = ann.received("reset", 1)
    assert [item["text"] for item in window["items"]] == ["hello"]
    assert window["as_of"] == [1, "a1"]
    assert window["people"][str(ann.person)]["name"] == "ann"


def test_an_acknowledgement_waits_for_its_commit_without_blocking_others(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    gate, began = gevent.event.Event(), []
    commit = db.state().engine.commit
    monkeypatch.setattr(db.state().engine, "commit", lambda: (gate.wait(), commit()))
    _, no_fields, _ = registry.handlers["online"]
    monkeypatch.setitem(registry.handlers, "note", (lambda caller: began.append(1), no_fields, "read"))

    first = ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
    second = ann.send("note", {})
    until(lambda: began)
    received = list(ann.events)
    rows = db.state().engine.read("select count(*) from entry where kind = 'message'", {})
    gate.set()

    assert (first(), second()) == ({"ok": 1}, {"ok": None})
    assert (received, rows) == ([], [(0,)])


def test_a_connection_reads_its_own_unacknowledged_message(connect_guest):
    ann = connect_guest("ann")

    posted = ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
    subscribed = ann.send("subscribe", {"channel": "room:1"})

    assert (posted(), subscribed()) == ({"ok": 1}, {"ok": {"head": 1}})
    assert len(ann.received("message", 1)) == 1


def test_events_of_one_connection_run_in_order(connect_guest):
    ann = connect_guest("ann")

    answers = [ann.send("post", {"channel": "room:1", "text": str(n), "key": str(n)}) for n in range(200)]

    assert [answer() for answer in answers] == [{"ok": n + 1} for n in range(200)]
    assert [entry.data["text"] for entry in log.read(db, "room:1", 0)] == [str(n) for n in range(200)]


def test_a_connection_with_too_many_unanswered_events_waits(connect_guest, monkeypatch):
    connect_guest("ann")
    [caller] = live.connections.state().by_sid.values()
    gate, commit = gevent.event.Event(), db.state().engine.commit
    monkeypatch.setattr(db.state().engine, "commit", lambda: (gate.wait(), commit()))
    handled = []

    def worker():
        for n in range(live.connections.UNANSWERED + 10):
            payload = {"channel": "room:1", "text": "x", "key": str(n)}
            live.dispatch.receive(live.socketio().server, caller.sid, "", ["post", payload], live.NAMESPACE, None)
            handled.append(n)

    gevent.spawn(worker)
    until(lambda: caller._unanswered == live.connections.UNANSWERED)
    before = len(handled)
    gate.set()

    assert before == live.connections.UNANSWERED - 1
    until(lambda: len(handled) == live.connections.UNANSWERED + 10 and caller._unanswered == 0)


def test_a_failed_commit_is_acknowledged_as_refused(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    ann.call("subscribe", channel="room:1")

    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        answer = ann.call("post", channel="room:1", text="lost", key="1")
    again = ann.call("post", channel="room:1", text="lost", key="1")

    assert answer["code"] == "not_saved"
    assert again == {"ok": 1}
    assert len(ann.received("message", 1)) == 1


INVALID_MESSAGES = [
    ({"channel": "room:1", "key": "k"}, "The field 'text' is missing."),
    ({"channel": "room:1", "text": 5, "key": "k"}, "The field 'text' must be text, not a whole number."),
    ({"channel": "room:1", "text": "x", "key": "k", "colour": "red"}, "There is no field 'colour' here."),
    ({"channel": "room:1", "text": "x", "key": ""}, "The field 'key' is too short: 1 characters at least."),
    ({"channel": "room:1", "text": "x", "key": "k" * 65}, "The field 'key' is too long: 64 characters at most."),
    ({"channel": "room:1", "text": "a\0b", "key": "k"}, "There is an invalid character in the text: remove it."),
    ({"channel": "room:1", "text": "\ud800", "key": "k"}, "There is an invalid character in the text: remove it."),
    ({"channel": "room:1", "text": "  ", "key": "k"}, "Your message is empty: write something."),
    ({"channel": "room:1", "text": "x" * 16_001, "key": "k"}, "Your message is too long: 16,000 characters at most."),
    ({"channel": "room:2", "text": "x", "key": "k"}, "There is no such channel."),
    ({"channel": "nonsense", "text": "x", "key": "k"}, "There is no such channel."),
    ([1, 2], "The payload must be one object."),
    ("text", "The payload must be one object."),
]


def test_an_invalid_message_is_refused_with_a_reason_and_not_stored(connect_guest):
    ann = connect_guest("ann")

    for payload, error in INVALID_MESSAGES:
        assert ann.send("post", payload)().get("error") == error, str(payload)[:100]

    assert log.read(db, "room:1", 0) == []


def test_invalid_numbers_are_refused(connect_guest):
    ann = connect_guest("ann")

    for value in (float("nan"), float("inf"), 2**60, -(2**70)):
        assert ann.call("read", channel="room:1", seq=value).get("code") == "bad_input", value


def test_an_unknown_event_is_refused(connect_guest):
    assert connect_guest("ann").call("fly") == Refused("error.event_not_found", "not_found").payload


def test_a_bug_is_logged_with_its_event_and_hidden_from_the_caller(connect_guest, monkeypatch, caplog):
    ann = connect_guest("ann")
    _, no_fields, _ = live.registry.handlers["online"]
    monkeypatch.setitem(live.registry.handlers, "online", (lambda caller: 1 / 0, no_fields, "read"))

    answer = ann.call("online")

    assert answer == Refused("error.internal", "broken").payload
    assert "the event online failed" in caplog.text


def test_an_unknown_secret_is_refused_with_a_reason(app):
    client, refusals = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": "made up"}, namespaces=["/live"], transports=["websocket"])

    refusal = Refused("error.secret_invalid", "sign_in")
    assert refusals == [{"message": refusal.message, "data": refusal.payload}]


def test_a_page_does_not_continue_as_another_person_of_its_browser(app, connect_guest):
    ann, bob = connect_guest("Ann"), connect_guest("Bob")
    client, refusals = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": bob.token, "person": ann.person}, namespaces=["/live"],
                       transports=["websocket"])

    assert refusals[0]["data"]["code"] == "conflict"


def test_a_handshake_from_another_origin_is_refused(app):
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, headers={"Origin": "https://evil.example"}, namespaces=["/live"],
                       transports=["websocket"])


def test_nothing_is_received_after_unsubscribing(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    bob.call("subscribe", channel="room:1")
    bob.call("unsubscribe", channel="room:1")

    ann.call("post", channel="room:1", text="gossip", key="1")
    bob.call("online")

    assert bob.received("message") == []


def test_a_read_cursor_moves_only_to_an_existing_entry(connect_guest):
    ann = connect_guest("ann")
    ann.call("post", channel="room:1", text="one", key="1")

    assert ann.call("read", channel="room:1", seq=1) == {"ok": None}
    assert ann.call("read", channel="room:1", seq=9)["code"] == "not_found"


def test_heartbeats_send_heads_so_that_a_lost_last_entry_is_noticed(connect_guest, monkeypatch):
    monkeypatch.setattr(live.heartbeat, "INTERVAL", 0.05)
    ann = connect_guest("ann")
    ann.call("subscribe", channel="room:1")
    ann.call("post", channel="room:1", text="hello", key="a1")

    assert ann.received("heads", 1)[0] == {"heads": {"room:1": 1}}


def test_reconnecting_takes_at_most_three_statements(app, connect_guest, monkeypatch):
    ann = connect_guest("ann")
    person, token = app.create_guest("bob")
    cursors = {name: [0, ""] for name in ("people:all", "room:1", f"user:{person}", f"inbox:{person}")}
    ann.call("resume", cursors={"people:all": [0, ""], "room:1": [0, ""]})
    bob = []

    executed = statements(monkeypatch, lambda: bob.append(app.connect(person, token)))
    executed += statements(monkeypatch, lambda: bob.append(bob[0].call("resume", cursors=cursors)))

    assert {name: answer.keys() for name, answer in bob[1]["ok"].items()} == dict.fromkeys(cursors, {"head"})
    assert len(executed) <= 3, executed


def test_reconnecting_clients_beyond_the_admission_rate_must_wait(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    admission = live.subscriptions.admission()
    admission.left, admission.at = 0.0, time.monotonic() + 3600

    answer = ann.call("resume", cursors={"room:1": [0, ""]})

    assert answer["code"] == "busy" and 0.5 <= answer["retry_after"] <= 2
    assert ann.call("subscribe", channel="room:1") == {"ok": {"head": 0}}


def test_a_shutdown_answers_open_events_sends_a_reconnect_delay_and_closes(connect_guest, monkeypatch):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    gate, commit = gevent.event.Event(), db.state().engine.commit
    monkeypatch.setattr(db.state().engine, "commit", lambda: (gate.wait(), commit()))
    posted = ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
    until(lambda: any(not caller.is_answered for caller in live.connections.state().by_sid.values()))

    stopping = gevent.spawn(live.shutdown.close_connections, 5)
    until(lambda: not bob.client.connected)
    was_connected = ann.client.connected
    gate.set()
    stopping.get()

    assert was_connected and posted() == {"ok": 1}
    assert live.connections.count() == 0
    assert all(0.5 <= user.received("shutdown", 1)[0]["retry_after"] <= 1.1 for user in (ann, bob))


def test_an_unanswered_event_does_not_block_the_shutdown(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    gate, commit = gevent.event.Event(), db.state().engine.commit
    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", lambda: (gate.wait(), commit()))
        ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
        until(lambda: any(not caller.is_answered for caller in live.connections.state().by_sid.values()))

        live.shutdown.close_connections(0.1)
        until(lambda: not ann.client.connected)
        gate.set()
        until(lambda: log.read(db, "room:1", 0))


def test_only_a_page_of_another_version_is_notified_of_an_update(app, connect_guest):
    _, token = app.create_guest("ann")
    assets = static_tree.tree().base

    def received(**auth):
        client, updates = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
        client.on("new_version", lambda data: updates.append(data), namespace="/live")
        client.connect(app.url, auth={"token": token, **auth}, namespaces=["/live"], wait_timeout=5)
        client.call("online", {}, namespace="/live", timeout=5)
        client.disconnect()
        return updates

    assert received() == received(assets=assets, protocol=version.PROTOCOL) == []
    assert received(assets="/s/000000000000") == [{}]


def test_a_page_with_another_protocol_version_is_refused(app, connect_guest):
    _, token = app.create_guest("ann")
    client, refusals = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": token, "protocol": version.PROTOCOL - 1}, namespaces=["/live"],
                       wait_timeout=5)
    client.disconnect()

    assert [refusal["data"]["code"] for refusal in refusals] == ["outdated"]
