"""One application in two processes: rooms span them, and what is lost on the way is reported."""

import contextlib
import subprocess
import sys

import psycopg
import pytest
import requests
import socketio
import valkey
from bus_servers import SERVERS
from test_javascript_client import HERE, MISSING
from transport_clients import ServerProcess, SocketIOClient, until

from flask_fanout import Emitter, presence


@pytest.fixture(scope="module", params=SERVERS)
def bus_server(request):
    running = SERVERS[request.param]()
    running.start()
    yield running
    running.stop()


class AppProcess(ServerProcess):
    """One process of the application."""

    def __init__(self, bus_server):
        super().__init__("cluster_app.py", bus_server.url)

    def state(self):
        return requests.get(self.url + "/state", timeout=10).json()


@pytest.fixture(scope="module")
def nodes(bus_server):
    running = [AppProcess(bus_server), AppProcess(bus_server)]
    yield running
    for node in running:
        assert "Traceback" not in node.log_text()
        node.stop()


@pytest.fixture
def connect(nodes):
    """Connect a client to the first or the second process."""
    people = []

    def connect_client(node, transport="websocket", **options):
        people.append(SocketIOClient(nodes[node], transport, **options))
        return people[-1]

    yield connect_client
    for person in people:
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            person.disconnect()


def settled(person):
    """Return what a client got once all earlier events to it have arrived."""
    person.call("echo", 1)
    return person.received["message"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_broadcast_reaches_the_clients_of_all_processes_once(connect, transport):
    ann, bob, cleo = connect(0), connect(0, transport), connect(1, transport)
    values = ["hello", "é" * 70000, {"bytes": b"\0\1" * 5000, "list": [b"", None, 1.5]}, 7, ""]

    for value in values:
        ann.send("broadcast", value)
    ann.send("broadcast", "two", "arguments")

    assert cleo.wait_for("message", 6) == bob.wait_for("message", 6) == [*values, ["two", "arguments"]]
    assert settled(ann) == []


def test_a_room_spans_the_processes_and_its_events_arrive_in_order(connect):
    ann, bob, cleo = connect(0), connect(1), connect(1)
    bob.call("join", "kitchen")

    ann.send("numbers", "kitchen", 0, 300)

    assert bob.wait_for("message", 300) == [*range(300)]
    assert settled(cleo) == []


def test_a_client_gets_what_is_emitted_elsewhere_after_it_joined(connect):
    ann = connect(0)

    for number in range(20):
        bob = connect(1)
        room = f"room {number}"
        bob.call("join", room)
        ann.send("to", room, number)
        assert bob.wait_for("message") == [number]
        bob.disconnect()


def test_an_event_to_several_rooms_arrives_once(connect):
    ann, bob = connect(0), connect(1)
    for room in ("kitchen", "cellar", 7):
        bob.call("join", room)

    ann.send("to", ["kitchen", "cellar", 7, bob.sid, "attic"], "once")
    ann.send("to", [7], "a number is a room")
    ann.send("to", "7", "its digits are another")

    assert bob.wait_for("message", 2) == ["once", "a number is a room"]
    ann.send("to", "kitchen", "last")
    assert bob.wait_for("message", 3)[-1] == "last"


def test_one_client_of_another_process_can_be_addressed_and_left_out(connect):
    ann, bob, cleo = connect(0), connect(1), connect(1)

    ann.send("to", bob.sid, "psst")
    ann.send("to", None, "others", bob.sid)
    ann.send("to", None, "nobody", [bob.sid, cleo.sid])
    ann.send("to", None, "all")

    assert bob.wait_for("message", 2) == ["psst", "all"]
    assert cleo.wait_for("message", 2) == ["others", "all"]


def test_namespaces_are_separate(connect):
    ann, bob = connect(0, namespaces=("/", "/n")), connect(1, namespaces=("/", "/n"))

    ann.send("broadcast", "only in n", namespace="/n")

    assert bob.wait_for("/n message") == ["only in n"]
    assert settled(bob) == []


def test_clients_of_another_process_enter_and_leave_rooms(connect):
    ann, bob = connect(0), connect(1)

    assert ann.call("join", "vip", bob.sid) == "joined"
    ann.send("to", "vip", "welcome")
    ann.send("leave", "vip", bob.sid)
    ann.send("to", "vip", "too late")
    ann.send("to", bob.sid, "last")

    assert bob.wait_for("message", 2) == ["welcome", "last"]


def test_closing_a_room_removes_its_members_in_all_processes(connect):
    ann, bob = connect(0), connect(1)
    ann.call("join", "kitchen")
    bob.call("join", "kitchen")

    ann.send("close", "kitchen")
    ann.send("to", "kitchen", "too late")
    ann.send("to", None, "last")

    assert bob.wait_for("message") == ann.wait_for("message") == ["last"]


def test_a_client_of_another_process_is_disconnected_and_its_handler_runs_there(connect, nodes):
    ann, bob = connect(0), connect(1)
    sid = bob.sid

    ann.send("disconnect_other", sid)

    assert bob.wait_for("disconnect")
    until(lambda: [sid, "server disconnect"] in nodes[1].state()["left"])


def test_a_callback_receives_the_answers_of_clients_elsewhere(connect):
    ann, bob, cleo = connect(0), connect(1), connect(1)
    bob.call("join", "kitchen")
    cleo.call("join", "kitchen")

    ann.send("ask", bob.sid, "alone")
    ann.send("ask", "kitchen", "both")

    assert sorted(ann.wait_for("answered", 3)) == [[["alone", "pong"]], *[[["both", "pong"]]] * 2]


def test_a_process_subscribes_only_to_rooms_that_have_members_there(connect, nodes):
    ann = connect(0)
    ann.call("join", "kitchen")

    topics = [node.state()["topics"] for node in nodes]
    assert [any("kitchen" in topic for topic in each) for each in topics] == [True, False]

    ann.send("leave", "kitchen")
    until(lambda: not any("kitchen" in topic for topic in nodes[0].state()["topics"]))


def test_clients_that_left_leave_no_state_behind(connect, nodes):
    people = [connect(node) for node in (0, 1) for _ in range(5)]
    for number, person in enumerate(people):
        person.call("join", f"room {number}")
        person.call("join", "all")
        person.send("ask", people[-1].sid, number)
    for person in people:
        person.wait_for("answered")

    for person in people:
        person.disconnect()

    clean = {"rooms": 0, "joining": 0, "callbacks": 0, "topics": ["flask-socketio process", "flask_fanout:lost"]}
    until(lambda: all(node.state()["kept"] == clean for node in nodes), 20)


def test_present_lists_the_members_of_all_processes(connect):
    ann, bob = connect(0), connect(1)
    ann.call("join", "kitchen")
    bob.call("join", "kitchen")

    until(lambda: ann.call("present", "kitchen") == sorted([ann.sid, bob.sid]))
    cleo = connect(1)
    cleo.call("join", "kitchen")
    until(lambda: ann.call("present", "kitchen") == sorted([ann.sid, bob.sid, cleo.sid]))
    until(lambda: bob.call("present", "kitchen") == sorted([ann.sid, bob.sid, cleo.sid]))
    bob.send("leave", "kitchen")
    cleo.disconnect()
    until(lambda: ann.call("present", "kitchen") == [ann.sid])
    until(lambda: {ann.sid, bob.sid} <= {*ann.call("present")})


def test_the_clients_of_a_killed_process_are_no_longer_present_after_ten_seconds(connect, bus_server):
    killed = AppProcess(bus_server)
    ann, bob = connect(0), SocketIOClient(killed, "websocket")
    bob.call("join", "kitchen")
    ann.call("join", "kitchen")
    until(lambda: bob.sid in ann.call("present", "kitchen"))
    sid = bob.sid

    killed.process.kill()
    killed.stop()

    until(lambda: sid not in ann.call("present", "kitchen"), presence.EXPIRY + 5)


def test_an_emitter_of_another_process_needs_no_gevent(connect, bus_server):
    ann, bob = connect(0), connect(1)
    bob.call("join", "kitchen")
    script = """
import sys, threading
from flask_fanout import Emitter
emitter = Emitter(sys.argv[1])
emitter.emit("message", {"n": 1, "bytes": b"\\0"}, to="kitchen")
emitter.send("psst", to=sys.argv[2])
emitter.emit("message", ("to", "all"), skip_sid=sys.argv[3])
thread = threading.Thread(target=emitter.emit, args=("message", "x" * 100_000), kwargs={"to": ["kitchen", "cellar"]})
thread.start()
thread.join()
from gevent import monkey
assert not monkey.is_anything_patched()
"""
    subprocess.run([sys.executable, "-c", script, bus_server.url, bob.sid, ann.sid], check=True, timeout=60)

    expected = [{"n": 1, "bytes": b"\0"}, "psst", ["to", "all"], "x" * 100_000]
    assert bob.wait_for("message", 4) == expected
    assert settled(ann) == []


def test_an_emitter_removes_and_disconnects_clients(connect, bus_server):
    ann, bob = connect(0), connect(1)
    ann.call("join", "kitchen")
    bob.call("join", "kitchen")
    emitter = Emitter(bus_server.url)

    emitter.close_room("kitchen")
    emitter.send("too late", to="kitchen")
    emitter.disconnect(bob.sid)

    assert bob.wait_for("disconnect")
    assert settled(ann) == bob.received["message"] == []


def test_an_emitter_raises_during_an_outage_and_works_after_it(connect, nodes, bus_server):
    bob = connect(1)
    emitter = Emitter(bus_server.url)
    emitter.send(1)
    bob.wait_for("message")

    bus_server.kill()
    with pytest.raises((valkey.ConnectionError, psycopg.OperationalError)):
        emitter.send("lost")
    bus_server.start()
    until(lambda: all(node.state()["is_up"] for node in nodes))
    emitter.send(2)

    assert bob.wait_for("message", 2) == [1, 2]


def test_an_outage_is_reported_to_every_process_and_ends(connect, nodes, bus_server):
    ann, bob = connect(0), connect(1)
    bob.call("join", "kitchen")
    before = len(nodes[1].state()["gaps"])

    bus_server.kill()
    until(lambda: not any(node.state()["is_up"] for node in nodes))
    ann.send("to", "kitchen", "lost")
    assert settled(bob) == []
    bob.call("join", "cellar")
    bus_server.start()

    until(lambda: all(node.state()["is_up"] for node in nodes))
    expected = [["/", None], ["/", "kitchen"], ["/", "cellar"]]
    until(lambda: all(gap in nodes[1].state()["gaps"][before:] for gap in expected))
    ann.send("to", "kitchen", "back")
    ann.send("to", bob.sid, "psst")
    assert bob.wait_for("message", 2) == ["back", "psst"]


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_the_javascript_client_works_with_two_processes(nodes):
    command = ["node", str(HERE / "cluster_client.mjs"), *(node.url for node in nodes)]

    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (result.stdout, result.stderr) == ("ok\n", "")


def test_a_stream_goes_on_after_an_outage_in_order_and_the_gap_is_reported(connect, nodes, bus_server):
    ann, bob = connect(0), connect(1)
    bob.call("join", "stream")
    ann.send("numbers", "stream", 0, 5000)
    bob.wait_for("message", 100)

    bus_server.kill()
    until(lambda: not any(node.state()["is_up"] for node in nodes))
    bus_server.start()

    until(lambda: ["/", "stream"] in nodes[1].state()["gaps"])
    until(lambda: all(node.state()["is_up"] for node in nodes))
    ann.send("numbers", "stream", 5000, 100)
    until(lambda: 5099 in bob.received["message"], 20)
    numbers = bob.received["message"]
    assert numbers == sorted({*numbers})
    assert numbers[-100:] == [*range(5000, 5100)]


def test_joining_reports_no_gap(connect, nodes):
    ann, bob = connect(0), connect(1)
    before = [len(node.state()["gaps"]) for node in nodes]

    for number in range(30):
        bob.call("join", f"room {number}")
        ann.send("to", f"room {number}", number)

    assert bob.wait_for("message", 30) == [*range(30)]
    assert [len(node.state()["gaps"]) for node in nodes] == before
