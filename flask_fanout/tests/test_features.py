"""What people with python-socketio's client get from the transport, ours and the stock one, however they connect."""

import contextlib

import pytest
import socketio
from transport_clients import TRANSPORTS, Person, Server, Wire, until

WAYS = [f"{mode}-{transport}" for mode in ("fanout", "stock") for transport in TRANSPORTS]
# a stock poll brings all that waits, and python-socketio's client takes 16 packets of it
LONG = [way for way in WAYS if way != "stock-polling"]


@pytest.fixture(scope="module")
def servers():
    running = {mode: Server(mode) for mode in ("fanout", "stock")}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture(params=WAYS)
def join(request, servers):
    """Brings people in, on the server and over the transport that the test is about."""
    people = []
    mode, transport = request.param.split("-")

    def come_in(**options):
        people.append(Person(servers[mode], transport, **options))
        return people[-1]

    come_in.server, come_in.transport = servers[mode], transport
    yield come_in
    for person in people:
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            person.leave()


def test_a_person_is_welcomed_on_the_transport_that_was_chosen(join):
    ann = join()

    assert ann.hears("welcome") == [{"sid": ann.sid}]
    assert ann.client.transport() == TRANSPORTS[join.transport][-1]


def test_an_acknowledgement_brings_back_what_was_said(join):
    ann = join()

    said = [{"x": [1, "é", None]}, "é" * 70000, "m" * 300, b"123", "\U0001f600" * 100, ""]

    assert [ann.ask("echo", data) for data in said] == said


def test_what_is_said_to_a_room_is_heard_there_and_nowhere_else(join):
    ann, bob = join(), join()
    assert ann.ask("join", "kitchen") == sorted(["all", "kitchen", ann.sid])

    bob.say("to", "kitchen", "dinner")
    bob.say("to", ["kitchen", "cellar"], "wine")
    bob.say("to", ann.sid, "psst")
    ann.hears("said", 3)
    assert ann.ask("leave", "kitchen") == sorted(["all", ann.sid])
    bob.ask("echo", bob.say("to", "kitchen", "too late"))

    assert ann.heard["said"] == ["dinner", "wine", "psst"]
    assert bob.heard["said"] == []


def test_bytes_reach_everyone(join):
    ann, bob = join(), join()
    data = {"bytes": b"\x00\x01" * 50000, "list": [b"", "text"]}

    ann.say("say", data)

    assert ann.hears("said") == [data]
    assert bob.hears("said") == [data]


def test_the_speaker_can_be_left_out(join):
    ann, bob = join(), join()

    ann.say("others", "hello")

    assert bob.hears("said") == ["hello"]
    ann.ask("echo", 1)
    assert ann.heard["said"] == []


def test_the_server_can_ask_and_hear_the_answer(join):
    ann = join()

    ann.say("ask", "ping")

    assert ann.hears("answered") == [[["ping", "pong"]]]


def test_a_namespace_is_a_place_of_its_own(join):
    ann, bob = join(namespaces=("/", "/n")), join()

    assert ann.ask("ns", "hello", namespace="/n") == "ok"

    assert ann.hears("/n said") == ["hello"]
    assert bob.ask("echo", 1) == 1
    assert bob.heard["said"] == ann.heard["said"] == []


def test_who_is_kicked_hears_of_it_and_leaves_nothing_behind(join):
    ann = join()
    sid = ann.sid

    ann.say("kick")

    assert ann.hears("disconnect")
    assert until(lambda: join.server.reason(sid)) == "server disconnect"
    assert not ann.client.connected


def test_who_comes_and_goes_between_two_words_hears_what_is_said_while_they_are_there(join):
    ann, bob, cleo = join(), join(), join()
    for person in (ann, bob):
        person.ask("join", "attic")

    for change, word in ((None, "first"), ((cleo, "join"), "second"), ((bob, "leave"), "third")):
        if change:
            change[0].ask(change[1], "attic")
        ann.say("to", "attic", word)
        ann.ask("echo", "said")
    ann.say("to", "all", "last")

    assert ann.hears("said", 4) == ["first", "second", "third", "last"]
    assert bob.hears("said", 3) == ["first", "second", "last"]
    assert cleo.hears("said", 3) == ["second", "third", "last"]


def test_who_leaves_is_gone_from_every_room(join):
    ann = join()
    sid = ann.sid
    assert ann.ask("join", "kitchen") and sid in join.server.state()["people"]

    ann.leave()

    assert until(lambda: join.server.reason(sid)) in {"client disconnect", "transport close"}
    until(lambda: sid not in join.server.state()["people"])
    assert "kitchen" not in join.server.state()["rooms"]


def test_the_events_of_one_person_are_handled_in_order(join):
    ann = join()

    for number in range(8):
        ann.say("slow", number)

    assert ann.hears("slept", 8) == list(range(8))


def test_an_acknowledgement_may_leave_long_after_its_handler(join):
    ann = join()
    answers = []

    ann.client.emit("later", callback=answers.append)
    ann.client.emit("echo", "at once", callback=answers.append)

    until(lambda: len(answers) == 2)
    assert answers == ["at once", "late"]


@pytest.mark.parametrize("mode", ["fanout", "stock"])
def test_a_refused_person_hears_why(servers, mode):
    wire = Wire(servers[mode], greet=False)

    wire.say('40{"refuse":true}')

    assert wire.hear() == '44{"message":"not today"}'


def test_a_handler_that_breaks_costs_nobody_the_connection(join):
    ann = join()

    ann.say("break")

    assert ann.ask("echo", "still here") == "still here"
    assert "RuntimeError: the handler broke" in join.server.logged()


@pytest.mark.parametrize("join", LONG, indirect=True)
def test_frames_arrive_like_events_and_in_order_with_them(join):
    ann = join()

    ann.say("frames", 40, 300)
    ann.say("say", "after")

    ann.hears("said")
    assert [each["n"] for each in ann.heard["framed"]] == list(range(40))


@pytest.mark.parametrize("join", LONG, indirect=True)
def test_a_sender_that_asks_whether_the_reader_keeps_up_loses_nothing(join):
    ann = join()

    ann.say("paced", 300, 2000)

    assert ann.hears("paced")[0] | {"fulls": 0} == {"fulls": 0, "drained": True, "full": False}
    assert [each["n"] for each in ann.heard["framed"]] == list(range(300))
