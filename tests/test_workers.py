"""Several worker processes on one port, on PostgreSQL: `hubbub serve --workers`."""

import os
import re
import signal
import socket
import threading
import time

import psutil
import pytest
import requests
import socketio

from tests import forks, postgres
from tests.process import Server, call
from tests.workers import serving

LONG_ENOUGH = 20  # seconds


def wait_until(condition, seconds=LONG_ENOUGH):
    """Return the first true value of `condition`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.01)
    return value


def start(folder, module="tests.forked_workers"):
    """Start two workers on a database of their own."""
    server = Server(folder, postgres.database(), module=module, HUBBUB_WORKERS="2")
    wait_until(lambda: len(workers(server)) >= 2)
    return server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = start(tmp_path_factory.mktemp("workers"))
    yield server
    server.stop()


def workers(server):
    """Return the processes of the workers, and of the spare one."""
    return psutil.Process(server.process.pid).children()


def both(server):
    """Return the process ids of the two workers once both serve."""
    return wait_until(lambda: pids if len(pids := serving(server.process.pid)) == 2 else None)


def guest(server):
    return server.request_json("POST", "/api/guests", body={"name": "Ann"})["token"]


def test_sqlite_says_why_there_is_one_process_and_how_to_move(tmp_path):
    command = ["serve", "--port", "0", "--data", str(tmp_path), "--workers", "2"]
    with open(tmp_path / "output", "w+") as output:
        program = forks.Program("hubbub", *command, stdout=output, stderr=output)

        assert program.wait(LONG_ENOUGH) == 1
        output.seek(0)
        assert re.search("need PostgreSQL.*hubbub migrate-to", output.read())


def test_a_polling_client_finds_its_session_whichever_worker_accepts_its_connections(server):
    """Each request comes over a connection of its own, as through a proxy; half of them reach the wrong worker."""
    token = guest(server)
    address = f"{server.url}/socket.io/?EIO=4&transport=polling"
    for number in range(20):
        opened = requests.get(address, timeout=LONG_ENOUGH).text
        sid = re.search('"sid":"([^"]+)"', opened)[1]
        entered = requests.post(f"{address}&sid={sid}", data=f'40/live,{{"token":"{token}"}}', timeout=LONG_ENOUGH)
        assert (entered.status_code, entered.text) == (200, "ok")
        assert "40/live" in requests.get(f"{address}&sid={sid}", timeout=LONG_ENOUGH).text
        posted = f'42/live,7["post",{{"channel":"room:1","text":"hello {number}","key":"k{number}"}}]'
        assert requests.post(f"{address}&sid={sid}", data=posted, timeout=LONG_ENOUGH).text == "ok"
        received = ""
        while "43/live,7" not in received:
            received += requests.get(f"{address}&sid={sid}", timeout=LONG_ENOUGH).text


def test_a_client_upgrades_from_polling_to_a_websocket(server):
    token = guest(server)
    for _ in range(6):
        client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        client.connect(server.url, auth={"token": token}, namespaces=["/live"], wait_timeout=10)

        assert wait_until(lambda client=client: client.transport() == "websocket")
        assert call(client, "resume", cursors={"room:1": [0, ""]})
        client.disconnect()


def test_a_connection_is_handed_over_before_its_body_arrives(server):
    """The owner asks for the body with 100 Continue, and reads it from the socket itself."""
    address = f"{server.url}/socket.io/?EIO=4&transport=polling"
    token, host = guest(server), server.url.removeprefix("http://")
    for _ in range(6):
        sid = re.search('"sid":"([^"]+)"', requests.get(address, timeout=LONG_ENOUGH).text)[1]
        body = f'40/live,{{"token":"{token}"}}'.encode()
        with socket.create_connection(host.split(":"), LONG_ENOUGH) as connection:
            connection.sendall(f"POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: {host}\r\n"
                               f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            connection.sendall(body)

            assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_session_id_cannot_name_a_file_or_a_worker_that_is_gone(server):
    for sid in ("../../etc/passwd", "..", "99.unknown", "1.unknown", "2.unknown", "a/b.c", "\0.x"):
        answer = requests.get(f"{server.url}/socket.io/", {"EIO": 4, "transport": "polling", "sid": sid},
                              timeout=LONG_ENOUGH)
        assert answer.status_code == 400, sid


def test_the_metrics_of_each_worker_are_found_by_its_number(server):
    def started(number):
        answer = requests.get(f"{server.url}/metrics", {"worker": number}, timeout=LONG_ENOUGH).text
        return float(re.search(r"^process_start_time_seconds (\S+)", answer, re.M)[1])

    wait_until(lambda: len({started(1), started(2)}) == 2)
    assert [len({started(number) for _ in range(6)}) for number in (1, 2)] == [1, 1]


def test_a_worker_that_is_killed_is_replaced_and_the_other_goes_on(server):
    killed, other = both(server)
    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: killed not in both(server))
    assert other in both(server)
    for _ in range(20):  # also what arrives at the new worker before it serves
        assert server.request("GET", "/healthz")[0] == 200


def test_a_reload_replaces_every_worker_and_no_post_fails(server):
    """Posts over HTTP go on all the time; each is answered once, with its own number."""
    token, before = guest(server), both(server)
    numbers, stop = [], threading.Event()

    def post():
        while not stop.is_set():
            body = {"text": "hello", "key": f"k{len(numbers)}"}
            numbers.append(server.request_json("POST", "/api/channels/room:1/entries", token, body)["seq"])

    poster = threading.Thread(target=post)
    poster.start()
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: not before & both(server))
    counted = len(numbers)
    wait_until(lambda: len(numbers) > counted)
    stop.set()
    poster.join()

    assert len(numbers) == len(set(numbers))


def test_a_stop_ends_all_workers_cleanly(tmp_path):
    """These are new interpreters, as everywhere but in tests."""
    server = start(tmp_path, "hubbub")
    processes = workers(server)

    assert server.stop() == 0
    assert not [process for process in processes if process.is_running()]


def test_the_workers_end_with_a_supervisor_that_is_killed(tmp_path):
    server = start(tmp_path)
    processes = workers(server)
    server.process.kill()

    wait_until(lambda: not [process for process in processes if process.is_running()])


def test_a_port_that_another_program_shares_is_refused(tmp_path, server):
    port = server.url.rpartition(":")[2]
    command = ["serve", "--port", port, "--data", str(tmp_path / "other"), "--workers", "2"]
    with open(tmp_path / "output", "w+") as output:
        environ = {**os.environ, "HUBBUB_DATABASE_URL": postgres.database()}
        program = forks.Program("hubbub", *command, environ=environ, stdout=output, stderr=output)

        assert program.wait(LONG_ENOUGH) == 1
        output.seek(0)
        assert f"cannot listen on 127.0.0.1:{port}" in output.read()


def test_a_database_that_does_not_answer_is_one_line_and_an_exit_code(tmp_path):
    command = ["serve", "--port", "0", "--data", str(tmp_path), "--workers", "2"]
    environ = {**os.environ, "HUBBUB_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    with open(tmp_path / "output", "w+") as output:
        program = forks.Program("hubbub", *command, environ=environ, stdout=output, stderr=output)

        assert program.wait(LONG_ENOUGH) == 1
        output.seek(0)
        assert output.read().startswith("Error: the PostgreSQL server of HUBBUB_DATABASE_URL does not answer")
