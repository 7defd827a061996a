"""The edge: events with signatures, acknowledgements after the commit, order, and refusals in words."""

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


def test_a_message_is_acknowledged_with_its_seq_and_heard_by_everybody(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    bob.call("subscribe", channel="room:1")

    assert ann.call("post", channel="room:1", text="hello", key="a1") == {"ok": 1}

    [message] = bob.received("message", 1)
    assert (message["seq"], message["author"], message["data"]) == (1, ann.person, {"text": "hello"})


def test_what_was_missed_arrives_on_reconnect_in_order_once(app, connect_guest):
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
    assert answer["ok"]["room:99"] == Refused("error.channel_absent", "absent").payload


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


def test_an_acknowledgement_waits_for_its_commit_and_holds_up_nobody(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    gate, began = gevent.event.Event(), []
    commit = db.state().writer.engine.commit
    monkeypatch.setattr(db.state().writer.engine, "commit", lambda: (gate.wait(), commit()))
    _, no_fields, _ = registry.handlers["here"]
    monkeypatch.setitem(registry.handlers, "note", (lambda caller: began.append(1), no_fields, "read"))

    first = ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
    second = ann.send("note", {})
    until(lambda: began)
    unanswered = list(ann.events)
    unseen = db.state().writer.engine.read("select count(*) from entry where kind = 'message'", {})
    gate.set()

    assert (first(), second()) == ({"ok": 1}, {"ok": None})
    assert (unanswered, unseen) == ([], [(0,)])


def test_ann_reads_what_she_just_wrote_though_it_is_not_yet_acknowledged(connect_guest):
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


def test_with_too_many_unanswered_a_connection_waits(connect_guest, monkeypatch):
    connect_guest("ann")
    [caller] = live.connections.state().by_sid.values()
    gate, commit = gevent.event.Event(), db.state().writer.engine.commit
    monkeypatch.setattr(db.state().writer.engine, "commit", lambda: (gate.wait(), commit()))
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


def test_a_commit_that_fails_is_acknowledged_as_refused(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    ann.call("subscribe", channel="room:1")

    def full():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().writer.engine, "commit", full)
        answer = ann.call("post", channel="room:1", text="lost", key="1")
    again = ann.call("post", channel="room:1", text="lost", key="1")

    assert answer["code"] == "not_kept"
    assert again == {"ok": 1}
    assert len(ann.received("message", 1)) == 1


@pytest.mark.parametrize("payload, error", [
    ({"channel": "room:1", "key": "k"}, "The field 'text' is missing."),
    ({"channel": "room:1", "text": 5, "key": "k"}, "The field 'text' must be text, not a whole number."),
    ({"channel": "room:1", "text": "x", "key": "k", "colour": "red"}, "There is no field 'colour' here."),
    ({"channel": "room:1", "text": "x", "key": ""}, "The field 'key' is too short: 1 characters at least."),
    ({"channel": "room:1", "text": "x", "key": "k" * 65}, "The field 'key' is too long: 64 characters at most."),
    ({"channel": "room:1", "text": "a\0b", "key": "k"}, "There is an invalid character in the text: remove it."),
    ({"channel": "room:1", "text": "\ud800", "key": "k"}, "There is an invalid character in the text: remove it."),
    ({"channel": "room:1", "text": "  ", "key": "k"}, "Your message is empty: write a text."),
    ({"channel": "room:1", "text": "x" * 16_001, "key": "k"}, "Your message is too long: 16,000 characters at most."),
    ({"channel": "room:2", "text": "x", "key": "k"}, "There is no such channel."),
    ({"channel": "nonsense", "text": "x", "key": "k"}, "There is no such channel."),
    ([1, 2], "The payload must be one object."),
    ("text", "The payload must be one object."),
])
def test_what_does_not_fit_is_refused_in_words_and_leaves_nothing(connect_guest, payload, error):
    ann = connect_guest("ann")

    answer = ann.send("post", payload)()

    assert answer["error"] == error
    assert log.read(db, "room:1", 0) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, -(2**70)])
def test_numbers_that_are_none_are_refused(connect_guest, value):
    assert connect_guest("ann").call("read", channel="room:1", seq=value)["code"] == "bad_input"


def test_an_event_nobody_knows_is_refused(connect_guest):
    assert connect_guest("ann").call("fly") == Refused("error.event_absent", "absent").payload


def test_a_bug_is_logged_with_its_event_and_says_nothing_to_the_caller(connect_guest, monkeypatch, caplog):
    ann = connect_guest("ann")
    _, no_fields, _ = live.registry.handlers["here"]
    monkeypatch.setitem(live.registry.handlers, "here", (lambda caller: 1 / 0, no_fields, "read"))

    answer = ann.call("here")

    assert answer == Refused("error.internal", "broken").payload
    assert "the event here failed" in caplog.text


def test_a_secret_nobody_has_is_refused_with_words(app):
    client, why = socketio.Client(reconnection=False, handle_sigint=False), []
    client.on("connect_error", why.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": "made up"}, namespaces=["/live"], transports=["websocket"])

    refusal = Refused("error.secret_invalid", "sign_in")
    assert why == [{"message": refusal.message, "data": refusal.payload}]


def test_a_page_never_goes_on_as_somebody_who_signed_in_meanwhile_in_its_browser(app, connect_guest):
    ann, bob = connect_guest("Ann"), connect_guest("Bob")
    client, why = socketio.Client(reconnection=False, handle_sigint=False), []
    client.on("connect_error", why.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": bob.token, "person": ann.person}, namespaces=["/live"],
                       transports=["websocket"])

    assert why[0]["data"]["code"] == "taken"


def test_a_handshake_from_a_foreign_page_is_turned_away(app):
    client = socketio.Client(reconnection=False, handle_sigint=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, headers={"Origin": "https://evil.example"}, namespaces=["/live"],
                       transports=["websocket"])


def test_whoever_unsubscribes_hears_nothing_more(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    bob.call("subscribe", channel="room:1")
    bob.call("unsubscribe", channel="room:1")

    ann.call("post", channel="room:1", text="gossip", key="1")
    bob.call("here")

    assert bob.received("message") == []


def test_how_far_one_has_read_is_kept(connect_guest):
    ann = connect_guest("ann")
    ann.call("post", channel="room:1", text="one", key="1")

    assert ann.call("read", channel="room:1", seq=1) == {"ok": None}
    assert ann.call("read", channel="room:1", seq=9)["code"] == "absent"


def test_heads_are_told_on_a_beat_so_that_a_lost_last_entry_is_noticed(connect_guest, monkeypatch):
    monkeypatch.setattr(live.heartbeat, "INTERVAL", 0.05)
    ann = connect_guest("ann")
    ann.call("subscribe", channel="room:1")
    ann.call("post", channel="room:1", text="hello", key="a1")

    assert ann.received("heads", 1)[0] == {"heads": {"room:1": 1}}


def test_coming_back_costs_three_looks_at_the_database(app, connect_guest, monkeypatch):
    ann = connect_guest("ann")
    person, token = app.create_guest("bob")
    places = {name: [0, ""] for name in ("people:all", "room:1", f"user:{person}", f"inbox:{person}")}
    ann.call("resume", cursors={"people:all": [0, ""], "room:1": [0, ""]})
    bob = []

    asked = statements(monkeypatch, lambda: bob.append(app.connect(person, token)))
    asked += statements(monkeypatch, lambda: bob.append(bob[0].call("resume", cursors=places)))

    assert {name: answer.keys() for name, answer in bob[1]["ok"].items()} == dict.fromkeys(places, {"head"})
    assert len(asked) <= 3, asked


def test_when_too_many_come_back_at_once_some_are_asked_to_wait(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    admission = live.subscriptions.admission()
    admission.left, admission.at = 0.0, time.monotonic() + 3600

    said = ann.call("resume", cursors={"room:1": [0, ""]})

    assert said["code"] == "busy" and 0.5 <= said["retry_after"] <= 2
    assert ann.call("subscribe", channel="room:1") == {"ok": {"head": 0}}


def test_who_stops_says_when_to_come_back_answers_what_was_written_and_closes(connect_guest, monkeypatch):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    gate, commit = gevent.event.Event(), db.state().writer.engine.commit
    monkeypatch.setattr(db.state().writer.engine, "commit", lambda: (gate.wait(), commit()))
    posted = ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
    until(lambda: any(not caller.is_answered for caller in live.connections.state().by_sid.values()))

    stopping = gevent.spawn(live.shutdown.close_connections, 5)
    until(lambda: not bob.client.connected)
    still = ann.client.connected
    gate.set()
    stopping.get()

    assert still and posted() == {"ok": 1}
    assert live.connections.count() == 0
    assert all(0.5 <= one.received("bye", 1)[0]["after"] <= 1.1 for one in (ann, bob))


def test_who_never_gets_an_answer_does_not_hold_up_the_end(connect_guest, monkeypatch):
    ann = connect_guest("ann")
    gate, commit = gevent.event.Event(), db.state().writer.engine.commit
    with monkeypatch.context() as patch:
        patch.setattr(db.state().writer.engine, "commit", lambda: (gate.wait(), commit()))
        ann.send("post", {"channel": "room:1", "text": "one", "key": "1"})
        until(lambda: any(not caller.is_answered for caller in live.connections.state().by_sid.values()))

        live.shutdown.close_connections(0.1)
        until(lambda: not ann.client.connected)
        gate.set()
        until(lambda: log.read(db, "room:1", 0))


def test_only_a_page_of_an_older_version_is_told_of_an_update(app, connect_guest):
    _, token = app.create_guest("ann")
    assets = static_tree.tree().base

    def received(**auth):
        client, told = socketio.Client(reconnection=False, handle_sigint=False), []
        client.on("updated", lambda data: told.append(data), namespace="/live")
        client.connect(app.url, auth={"token": token, **auth}, namespaces=["/live"], wait_timeout=5)
        client.call("here", {}, namespace="/live", timeout=5)
        client.disconnect()
        return told

    assert received() == received(assets=assets, protocol=version.PROTOCOL) == []
    assert received(assets="/s/000000000000") == [{}]


def test_a_page_of_another_protocol_is_not_let_in(app, connect_guest):
    _, token = app.create_guest("ann")
    client, refusals = socketio.Client(reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append, namespace="/live")

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(app.url, auth={"token": token, "protocol": version.PROTOCOL - 1}, namespaces=["/live"],
                       wait_timeout=5)
    client.disconnect()

    assert [refusal["data"]["code"] for refusal in refusals] == ["outdated"]
