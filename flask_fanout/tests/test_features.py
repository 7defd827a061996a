"""Socket.IO's features with the Python client, over each transport, with Fanout and with the stock manager."""

import contextlib

import pytest
import socketio
from transport_clients import TRANSPORTS, Server, SocketIOClient, WebSocketClient, until

WAYS = [f"{mode}-{transport}" for mode in ("fanout", "stock") for transport in TRANSPORTS]
# the stock manager puts more than 16 packets into one poll response, which python-socketio's client refuses
LONG = [way for way in WAYS if way != "stock-polling"]


@pytest.fixture(scope="module")
def servers():
    running = {mode: Server(mode) for mode in ("fanout", "stock")}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture(params=WAYS)
def join(request, servers):
    """Connect clients to the server and over the transport under test."""
    people = []
    mode, transport = request.param.split("-")

    def connect(**options):
        people.append(SocketIOClient(servers[mode], transport, **options))
        return people[-1]

    connect.server, connect.transport = servers[mode], transport
    yield connect
    for person in people:
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            person.disconnect()


def test_a_client_connects_over_the_chosen_transport(join):
    ann = join()

    assert ann.wait_for("welcome") == [{"sid": ann.sid}]
    assert ann.client.transport() == TRANSPORTS[join.transport][-1]


def test_an_acknowledgement_returns_the_values_unchanged(join):
    ann = join()

    values = [{"x": [1, "é", None]}, "é" * 70000, "m" * 300, b"123", "\U0001f600" * 100, ""]

    assert [ann.call("echo", data) for data in values] == values


def test_an_event_to_a_room_reaches_its_members_only(join):
    ann, bob = join(), join()
    assert ann.call("join", "kitchen") == sorted(["all", "kitchen", ann.sid])

    bob.send("to", "kitchen", "dinner")
    bob.send("to", ["kitchen", "cellar"], "wine")
    bob.send("to", ann.sid, "psst")
    ann.wait_for("message", 3)
    assert ann.call("leave", "kitchen") == sorted(["all", ann.sid])
    bob.call("echo", bob.send("to", "kitchen", "too late"))

    assert ann.received["message"] == ["dinner", "wine", "psst"]
    assert bob.received["message"] == []


def test_bytes_reach_all_clients(join):
    ann, bob = join(), join()
    data = {"bytes": b"\x00\x01" * 50000, "list": [b"", "text"]}

    ann.send("broadcast", data)

    assert ann.wait_for("message") == [data]
    assert bob.wait_for("message") == [data]


def test_the_sender_can_be_excluded(join):
    ann, bob = join(), join()

    ann.send("broadcast_others", "hello")

    assert bob.wait_for("message") == ["hello"]
    ann.call("echo", 1)
    assert ann.received["message"] == []


def test_a_callback_receives_the_clients_answer(join):
    ann = join()

    ann.send("ask", "ping")

    assert ann.wait_for("answered") == [[["ping", "pong"]]]


def test_namespaces_are_separate(join):
    ann, bob = join(namespaces=("/", "/n")), join()

    assert ann.call("ns", "hello", namespace="/n") == "ok"

    assert ann.wait_for("/n message") == ["hello"]
    assert bob.call("echo", 1) == 1
    assert bob.received["message"] == ann.received["message"] == []


def test_a_disconnected_client_is_notified_and_leaves_no_state(join):
    ann = join()
    sid = ann.sid

    ann.send("disconnect_me")

    assert ann.wait_for("disconnect")
    assert until(lambda: join.server.disconnect_reason(sid)) == "server disconnect"
    assert not ann.client.connected


def test_a_client_receives_what_is_sent_while_it_is_in_the_room(join):
    ann, bob, cleo = join(), join(), join()
    for person in (ann, bob):
        person.call("join", "attic")

    for change, word in ((None, "first"), ((cleo, "join"), "second"), ((bob, "leave"), "third")):
        if change:
            change[0].call(change[1], "attic")
        ann.send("to", "attic", word)
        ann.call("echo", "message")
    ann.send("to", "all", "last")

    assert ann.wait_for("message", 4) == ["first", "second", "third", "last"]
    assert bob.wait_for("message", 3) == ["first", "second", "last"]
    assert cleo.wait_for("message", 3) == ["second", "third", "last"]


def test_a_client_that_disconnects_leaves_all_rooms(join):
    ann = join()
    sid = ann.sid
    assert ann.call("join", "kitchen") and sid in join.server.state()["people"]

    ann.disconnect()

    assert until(lambda: join.server.disconnect_reason(sid)) in {"client disconnect", "transport close"}
    until(lambda: sid not in join.server.state()["people"])
    assert "kitchen" not in join.server.state()["rooms"]


def test_the_events_of_one_client_are_handled_in_order(join):
    ann = join()

    for number in range(8):
        ann.send("slow", number)

    assert ann.wait_for("slept", 8) == list(range(8))


def test_an_acknowledgement_can_follow_long_after_its_handler(join):
    ann = join()
    answers = []

    ann.client.emit("later", callback=answers.append)
    ann.client.emit("echo", "at once", callback=answers.append)

    until(lambda: len(answers) == 2)
    assert answers == ["at once", "late"]


@pytest.mark.parametrize("mode", ["fanout", "stock"])
def test_a_refused_client_receives_the_reason(servers, mode):
    wire = WebSocketClient(servers[mode], connect=False)

    wire.send('40{"refuse":true}')

    assert wire.receive() == '44{"message":"not today"}'


def test_an_exception_in_a_handler_keeps_the_connection_open(join):
    ann = join()

    ann.send("break")

    assert ann.call("echo", "still here") == "still here"
    assert "RuntimeError: the handler broke" in join.server.log_text()


@pytest.mark.parametrize("join", LONG, indirect=True)
def test_encoded_events_arrive_in_order_with_other_events(join):
    ann = join()

    ann.send("frames", 40, 300)
    ann.send("broadcast", "after")

    ann.wait_for("message")
    assert [each["n"] for each in ann.received["framed"]] == list(range(40))


@pytest.mark.parametrize("join", LONG, indirect=True)
def test_a_sender_that_drains_a_full_connection_loses_nothing(join):
    ann = join()

    ann.send("paced", 300, 2000)

    assert ann.wait_for("paced")[0] | {"fulls": 0} == {"fulls": 0, "drained": True, "full": False}
    assert [each["n"] for each in ann.received["framed"]] == list(range(300))
