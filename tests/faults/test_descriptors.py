"""More connections than open files: connected clients stay, new ones are refused with a reason, and it recovers."""

import contextlib
import socket
import subprocess
import sys
import urllib.error

import pytest
import socketio

from tests.test_kill import LOBBY, Process, read_all
from tests.waiting import until

FILES, MANY = 64, 100


class Poor(Process):
    """A server with a low limit of open files."""

    def start(self):
        serve = [sys.executable, "-m", "hubbub", "serve", "--port", str(self.port), "--data", self.folder / "data"]
        limited = ["/bin/sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh", *serve]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(limited, stdout=log, stderr=log)
        until(self.is_up, seconds=20)

    def log(self):
        return (self.folder / "log").read_text()


@pytest.fixture
def server(tmp_path):
    server = Poor(tmp_path)
    yield server
    server.process.terminate()
    server.process.wait(timeout=15)


def status(server):
    """Return the answer to a stranger's health check."""
    try:
        return server.request_json("/healthz") and 200
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def test_too_many_connections_are_refused_and_connected_clients_stay(server):
    token = server.request_json("/api/guests", body={"name": "ann"})["token"]
    ann = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
    ann.connect(server.url, auth={"token": token}, namespaces=["/live"], transports=["websocket"])
    post = lambda key: ann.call("post", {"channel": LOBBY, "text": key, "key": key}, namespace="/live", timeout=10)  # noqa: E731

    with contextlib.ExitStack() as crowd:
        calls = [crowd.enter_context(socket.create_connection(("127.0.0.1", server.port), 10)) for _ in range(MANY)]
        refusal = calls[-1].recv(4096)
        answers = [post("1"), post("2")]
        refused = {status(server) for _ in range(20)}
    until(lambda: status(server) == 200)
    answers.append(post("3"))
    kept = read_all(server, token)
    ann.eio.disconnect(abort=True)

    assert refusal.startswith(b"HTTP/1.1 503") and b"\r\nRetry-After: 5\r\n" in refusal
    assert 200 not in refused
    assert [answer["ok"] for answer in answers] == [entry["seq"] for entry in kept] == [1, 2, 3]
    assert server.log().count("new connections are refused") == 1
    assert "Traceback" not in server.log()
