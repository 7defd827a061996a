"""A server process stops at SIGTERM without losing a message, and does not share its data folder."""

import json
import os
import signal
import socket
import urllib.request

import gevent.event
import socketio

from tests import forks
from tests.waiting import until

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
        with open(os.devnull, "w") as nowhere:
            self.process = forks.Program("hubbub", "serve", "--port", str(self.port), "--data", str(self.folder),
                                         environ=os.environ | {"HUBBUB_LIMITS": "off"}, stdout=nowhere, stderr=nowhere)
        until(self.is_up, seconds=20)

    def is_up(self):
        try:
            return self.request_json("/healthz")["ok"]
        except OSError:
            gevent.sleep(0.02)
            return False

    def request_json(self, path, token="", body=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=5) as answer:
            return json.load(answer)

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        return self.process.returncode


def read_all(server, token):
    entries, after = [], 0
    while page := server.request_json(f"/api/channels/{LOBBY}/entries?after={after}", token)["entries"]:
        entries += page
        after = page[-1]["seq"]
    return entries


def test_sigterm_stops_the_server_without_losing_acknowledged_messages(tmp_path):
    server = Process(tmp_path)
    token = server.request_json("/api/guests", body={"name": "ann"})["token"]
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
    client.connect(server.url, auth={"token": token}, namespaces=["/live"], transports=["websocket"])
    client.call("post", {"channel": LOBBY, "text": "last words", "key": "1"}, namespace="/live", timeout=5)

    code = server.stop(signal.SIGTERM)
    client.eio.disconnect(abort=True)
    server.start()
    kept = read_all(server, token)
    server.stop(signal.SIGTERM)

    assert code == 0
    assert [entry["data"]["text"] for entry in kept] == ["last words"]


def test_a_second_server_on_the_same_folder_does_not_start(tmp_path):
    server = Process(tmp_path)

    second = forks.run("hubbub", "serve", "--port", "0", "--data", str(tmp_path))
    server.stop(signal.SIGTERM)

    assert second.returncode != 0
    assert "another Hubbub already runs on" in second.stderr
    assert "Traceback" not in second.stderr
