"""What a closed connection leaves in memory: nothing, without the garbage collector's help."""

import json

import gevent
import pytest
import websocket

from tests.garbage import new_objects
from tests.running_app import RunningApp
from tests.waiting import until

OURS = ("hubbub.httpserver", "hubbub.live", "flask_fanout", "engineio.server", "engineio.base_server",
        "engineio.socket", "engineio.base_socket", "flask.ctx")  # not the clients that other tests left behind


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    running = RunningApp(tmp_path_factory.mktemp("memory"))
    yield running
    running.close()


def enter(app, namespace, token):
    """Enter a namespace over a WebSocket of its own, or be refused, and leave."""
    address = app.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    wire = websocket.create_connection(address, timeout=8)
    wire.send(f"40{namespace}" + json.dumps({"token": token}))
    while not wire.recv().startswith(("40", "44")):
        pass
    wire.close()


def request(app, path, token, host="x"):
    """Send a request over a connection of its own and read the response."""
    wire = gevent.socket.create_connection(("127.0.0.1", app.server.server_port), timeout=8)
    head = (f"GET {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}", "Connection: close", "", "")
    wire.sendall("\r\n".join(head).encode())
    while wire.recv(1 << 16):
        pass
    wire.close()


VISITS = {
    "the product's namespace": lambda app, token: enter(app, "/live,", token),
    "the tutorial's namespace": lambda app, token: enter(app, "", token),
    "a refused secret": lambda app, token: enter(app, "/live,", "made up"),
    "an unknown namespace": lambda app, token: enter(app, "/nowhere,", token),
    "a page": lambda app, token: request(app, "/", token),
    "data": lambda app, token: request(app, "/api/rooms", token),
    "an unknown path": lambda app, token: request(app, "/nowhere", token),
    "a refusal": lambda app, token: request(app, "/api/rooms/99", token),
    "a foreign host": lambda app, token: request(app, "/", token, "evil.example"),
}


@pytest.mark.parametrize("case", VISITS)
def test_a_closed_connection_is_freed_by_reference_counting_alone(app, case):
    _, token = app.create_guest("ann")
    VISITS[case](app, token)  # some objects are created once
    until(lambda: not app.server.connections)
    with new_objects() as objects:

        VISITS[case](app, token)

        until(lambda: not app.server.connections)
        until(lambda: not [each for each in objects() if str(type(each).__module__).startswith(OURS)])
