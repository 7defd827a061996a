"""Hubbub in a process of its own, reached only over HTTP and Socket.IO."""

import json
import os
import re
import signal
import urllib.error
import urllib.request

import socketio

from tests import forks

TIMEOUT = 20  # seconds for one request


class Server:
    """`hubbub serve` on a data folder; `checkout` runs the code of another checkout, `module` another program."""

    def __init__(self, data, database_url="", checkout=None, module="hubbub", **environ):
        environ = {**os.environ, "HUBBUB_LIMITS": "off", "HUBBUB_DATABASE_URL": database_url, **environ}
        command = [module, "serve", "--port", "0", "--data", str(data)]
        self.process = forks.start(*command, environ=environ, checkout=checkout)
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())):
            assert self.process.poll() is None, "the server did not start"
        self.url = found[0]
        self._clients = []

    def request(self, method, path, token="", body=None, **headers):
        """Send a request; return the status, the headers and the body as bytes."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers, refusal.read()

    def request_json(self, method, path, token="", body=None, **headers):
        """Send a request that must succeed; return its JSON."""
        status, _, answer = self.request(method, path, token, body, **headers)
        assert status < 300, f"{method} {path}: {status} {answer[:500]}"
        return json.loads(answer) if answer else None

    def connect(self, token="", **headers):
        """Open a Socket.IO connection to the product's namespace."""
        client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        self._clients.append(client)
        client.received = []
        client.on("*", lambda event, data=None: client.received.append((event, data)), namespace="/live")
        client.connect(self.url, headers, {"token": token} if token else None, namespaces=["/live"], wait_timeout=10)
        return client

    def stop(self):
        """Stop cleanly."""
        for client in self._clients:
            client.disconnect()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


def call(client, event, **payload):
    """Send an event that must succeed; return the value of its acknowledgement."""
    answer = client.call(event, payload, namespace="/live", timeout=TIMEOUT)
    assert "ok" in answer, f"{event}: {answer}"
    return answer["ok"]
