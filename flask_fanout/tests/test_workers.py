"""Several workers on one port without a proxy: `python -m flask_fanout app:socketio --workers 3`."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import requests
from bus_servers import SERVERS
from test_javascript_client import HERE, MISSING
from transport_clients import JOIN, PollingClient, until


class Workers:
    """The command, with its output."""

    def __init__(self, folder, bus_url, *words):
        command = [sys.executable, "-m", "flask_fanout", "workers_app:socketio", "--port", "0", *words]
        self.output = open(folder / "output", "w+")  # noqa: SIM115
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, cwd=HERE,
                                        env={**os.environ, "FANOUT_BUS": bus_url})  # fmt: skip

    def wait_until_ready(self, count):
        self.port = int(until(lambda: re.search(r"is at http://127.0.0.1:(\d+)", self.text()), 30)[1])
        self.url = f"http://127.0.0.1:{self.port}"
        until(lambda: len(self.pids()) == count, 30)
        return self

    def text(self):
        return os.pread(self.output.fileno(), 1 << 20, 0).decode()

    def pids(self):
        """Return the processes that answer; each request comes over a connection of its own."""
        return {int(requests.get(self.url + "/pid", timeout=10).text) for _ in range(20)}

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        text = self.text()
        self.output.close()
        return code, text


@pytest.fixture(scope="module")
def bus_server():
    running = SERVERS["valkey"]()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def three(bus_server, tmp_path_factory):
    running = Workers(tmp_path_factory.mktemp("workers"), bus_server.url, "--workers", "3").wait_until_ready(3)
    yield running
    code, text = running.stop()
    assert code == 0
    assert "Traceback" not in text


def test_a_connection_finds_the_session_with_all_its_bytes_and_goes_on_there(three):
    """The head comes in pieces, the body at once or after 100 Continue, and requests follow before the answer."""
    for expects in ["", "Expect: 100-continue\r\n"] * 5:
        client = PollingClient(three)
        path = f"{JOIN}polling&sid={client.eio_sid}"
        body = b'421["echo","' + b"x" * 100_000 + b'"]'
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n{expects}\r\n"
        with socket.create_connection(("127.0.0.1", three.port), 10) as connection:
            for part in (head[:3], head[3:60], head[60:]):
                connection.sendall(part.encode())
            assert not expects or connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            pipelined = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\nGET /pid HTTP/1.1\r\nHost: a\r\n\r\n"
            connection.sendall(body + pipelined.encode())

            posted, polled, _ = receive(connection, answers=3).split(b"HTTP/1.1 200 OK")[1:]
            assert posted.endswith(b"\r\n\r\nok")
            assert polled.endswith(b'\r\n\r\n431["' + b"x" * 100_000 + b'"]')


def test_a_connection_moves_on_when_a_later_request_is_for_another_worker(three):
    """As on the connections of a proxy, which carry the requests of many clients; here without waiting for answers."""
    clients = [PollingClient(three)]
    while {client.eio_sid.partition(".")[0] for client in clients} != {"1", "2", "3"} or len(clients) < 12:
        clients.append(PollingClient(three))
    paths = [client.url.removeprefix(three.url) + " HTTP/1.1\r\nHost: a\r\n" for client in clients]
    posts = [f'POST {path}Content-Length: 19\r\n\r\n421["echo","hello"]' for path in paths]
    polls = [f"GET {path}\r\n" for path in paths]
    with socket.create_connection(("127.0.0.1", three.port), 10) as connection:
        connection.sendall("".join([*posts, *polls, "GET /pid HTTP/1.1\r\nHost: a\r\n\r\n"]).encode())

        answers = receive(connection, answers=2 * len(clients) + 1)
    assert answers.count(b'431["hello"]') == len(clients)


def receive(connection, answers):
    """Return what a connection sends: so many answers without an error, the last of them that of /pid."""
    received = b""
    while received.count(b"HTTP/1.1 200 OK") < answers or not re.fullmatch(rb"\d+", received.rpartition(b"\r\n")[2]):
        data = connection.recv(65536)
        assert data, received[:2000]
        received += data
    return received


def test_a_session_id_cannot_name_a_file_or_a_worker_that_is_gone(three):
    for sid in ("../../etc/passwd", "..", "99.unknown", "1.unknown", "2.unknown", "a/b.c", "\0.x"):
        answer = requests.get(three.url + JOIN + "polling", {"sid": sid}, timeout=10)
        assert answer.status_code == 400, sid


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_the_javascript_client_works_while_workers_are_killed_and_replaced(three):
    command = ["node", str(HERE / "workers_client.mjs"), three.url, str(three.process.pid)]

    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)

    print(result.stderr)
    assert result.stdout == "ok\n", result.stderr


def test_several_workers_without_a_bus_are_refused_in_one_sentence(tmp_path):
    code, text = finished(Workers(tmp_path, "", "--workers", "2"))

    assert code == 1
    assert text == 'several workers need a bus between them: use Fanout("valkey://…"), or leave --workers out\n'


def test_a_port_in_use_is_refused_in_one_sentence(tmp_path, three):
    code, text = finished(Workers(tmp_path, "", "--port", str(three.port)))

    assert (code, text) == (1, f"cannot listen on 127.0.0.1:{three.port}: Address already in use\n")


def finished(workers):
    """Return the exit code and the output of a command that ends by itself."""
    code = workers.process.wait(60)
    text = workers.text()
    workers.output.close()
    return code, text


def test_one_worker_needs_no_bus_and_ends_with_a_supervisor_that_is_killed(tmp_path):
    alone = Workers(tmp_path, "").wait_until_ready(1)
    pid, = alone.pids()
    client = PollingClient(alone)
    client.post('421["echo",7]')
    assert "[7]" in client.get().text

    os.kill(alone.process.pid, signal.SIGKILL)
    alone.stop()

    def is_gone():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return False
        return True

    until(is_gone, 20)
