"""kill -9 in the middle of a conversation: what was acknowledged is there afterwards, once, in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter

import gevent.event
import socketio

from tests.club import until

LOBBY = "room:1"


class Process:
    """A server that can be killed and started again on the same port and data."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        command = [sys.executable, "-m", "hubbub", "serve", "--port", str(self.port), "--data", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=os.environ | {"HUBBUB_LIMITS": "off"})
        until(self.is_up, seconds=20)

    def is_up(self):
        try:
            return self.ask("/healthz")["ok"]
        except OSError:
            gevent.sleep(0.02)
            return False

    def ask(self, path, token="", body=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=5) as answer:
            return json.load(answer)

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        return self.process.returncode


class Writer:
    """Posts on and on; what was not acknowledged is sent again with the same key."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.token = server.ask("/api/guests", body={"name": name})["token"]
        self.acknowledged, self.next = {}, 0

    def talk(self, until_killed):
        client = socketio.Client(reconnection=False, handle_sigint=False)
        client.connect(self.server.url, auth={"token": self.token}, namespaces=["/live"], transports=["websocket"])
        try:
            while client.connected and not until_killed.is_set():
                unsure = [key for n in range(self.next) if (key := f"{self.name}-{n}") not in self.acknowledged]
                self.next += 10
                for key in unsure + [f"{self.name}-{n}" for n in range(self.next - 10, self.next)]:
                    payload = {"channel": LOBBY, "text": key, "key": key}
                    client.emit("post", payload, namespace="/live", callback=self._noting(key))
                gevent.sleep(0.005)
        except socketio.exceptions.SocketIOError:
            pass  # it was killed under us
        finally:
            client.eio.disconnect(abort=True)

    def _noting(self, key):
        def acknowledged(answer):
            assert "ok" in answer, answer
            self.acknowledged.setdefault(key, answer["ok"])
        return acknowledged

    def finish(self):
        """Send everything that is not known to be kept, one by one."""
        for n in range(self.next):
            key = f"{self.name}-{n}"
            entry = self.server.ask(f"/api/channels/{LOBBY}/entries", self.token, {"text": key, "key": key})
            self.acknowledged.setdefault(key, entry["seq"])
            assert self.acknowledged[key] == entry["seq"]


def read_all(server, token):
    entries, after = [], 0
    while page := server.ask(f"/api/channels/{LOBBY}/entries?after={after}", token)["entries"]:
        entries += page
        after = page[-1]["seq"]
    return entries


def test_everything_acknowledged_survives_kill_9_once_and_in_order(tmp_path):
    server = Process(tmp_path)
    writers = [Writer(server, name) for name in ("ann", "bob", "carol")]
    for n in range(3):
        killed = gevent.event.Event()
        talking = [gevent.spawn(writer.talk, killed) for writer in writers]
        wanted = sum(len(writer.acknowledged) for writer in writers) + 150 + 40 * n
        until(lambda wanted=wanted: sum(len(writer.acknowledged) for writer in writers) >= wanted, seconds=20)
        server.stop(signal.SIGKILL)
        killed.set()
        gevent.joinall(talking, raise_error=True, timeout=10)
        server.start()

    known = {writer.name: dict(writer.acknowledged) for writer in writers}
    after_kill = read_all(server, writers[0].token)
    for writer in writers:
        writer.finish()
    entries = read_all(server, writers[0].token)
    server.stop(signal.SIGTERM)

    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    at = {entry["key"]: entry["seq"] for entry in after_kill}
    assert all(at.get(key) == seq for kept in known.values() for key, seq in kept.items())
    assert set(Counter(entry["key"] for entry in entries).values()) == {1}
    assert len(entries) == sum(writer.next for writer in writers)


def test_sigterm_stops_the_server_and_loses_nothing_that_was_acknowledged(tmp_path):
    server = Process(tmp_path)
    ann = Writer(server, "ann")
    client = socketio.Client(reconnection=False, handle_sigint=False)
    client.connect(server.url, auth={"token": ann.token}, namespaces=["/live"], transports=["websocket"])
    client.call("post", {"channel": LOBBY, "text": "last words", "key": "1"}, namespace="/live", timeout=5)

    code = server.stop(signal.SIGTERM)
    client.eio.disconnect(abort=True)
    server.start()
    kept = read_all(server, ann.token)
    server.stop(signal.SIGTERM)

    assert code == 0
    assert [entry["data"]["text"] for entry in kept] == ["last words"]


def test_a_second_server_on_the_same_folder_says_why_it_does_not_start(tmp_path):
    server = Process(tmp_path)

    command = [sys.executable, "-m", "hubbub", "serve", "--port", "0", "--data", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20)
    server.stop(signal.SIGTERM)

    assert second.returncode != 0
    assert "another Hubbub already runs on" in second.stderr
    assert "Traceback" not in second.stderr
