"""The servers, people and bare wires of the transport's tests."""

import contextlib
import functools
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import requests
import socketio
import websocket

HERE = pathlib.Path(__file__).parent
TRANSPORTS = {"websocket": ["websocket"], "polling": ["polling"], "upgrade": ["polling", "websocket"]}
JOIN = "/socket.io/?EIO=4&transport="


def until(condition: Callable[[], Any], seconds: float = 8) -> Any:
    """What `condition` gives as soon as it is true; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return value


class Application:
    """A script of this folder that serves on the port it is given, in a process of its own."""

    def __init__(self, script: str, *words: object) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115
        command = [sys.executable, str(HERE / script), str(self.port), *map(str, words)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        until(self.answers, 20)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.logged()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def logged(self) -> str:
        end = os.lseek(self.log.fileno(), 0, os.SEEK_CUR)
        return os.pread(self.log.fileno(), end, 0).decode()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)
        self.log.close()


class Server(Application):
    """The application of the fanout tests."""

    def __init__(self, mode: str, interval: float = 25, timeout: float = 20) -> None:
        self.mode = mode
        super().__init__("transport_app.py", mode, interval, timeout)

    def state(self) -> dict[str, Any]:
        return requests.get(self.url + "/state", timeout=10).json()

    def reason(self, sid: str) -> str | None:
        """Why the application believes that somebody left."""
        return dict(self.state()["left"]).get(sid)

    def tick(self, **how: float) -> None:
        requests.get(self.url + "/tick", params=how, timeout=10)


@contextlib.contextmanager
def contract(*words: object) -> Iterator[Application]:
    """Run the application of the contract tests, or the script that FANOUT_CONTRACT_APP names; fail if it raised."""
    running = Application(os.environ.get("FANOUT_CONTRACT_APP", "contract_app.py"), *words)
    try:
        yield running
        assert "Traceback" not in running.logged()
    finally:
        running.stop()


class Person:
    """Somebody with python-socketio's client, unmodified."""

    def __init__(self, server: Server, transport: str, namespaces: tuple[str, ...] = ("/",), **options: Any) -> None:
        self.heard: defaultdict[str, list[Any]] = defaultdict(list)
        self.client = socketio.Client(reconnection=False)
        self.writing, self.stock_request = 0, self.client.eio._send_request
        self.client.eio._send_request = self.request
        for namespace in namespaces:
            self.client.on("*", self.hear(namespace), namespace=namespace)
            self.client.on("disconnect", self.hear(namespace, "disconnect"), namespace=namespace)
        self.client.on("question", lambda data: [data, "pong"])
        options |= {"transports": TRANSPORTS[transport], "namespaces": list(namespaces)}
        self.client.connect(server.url, wait_timeout=5, **options)
        if self.client.eio.ws:
            self.client.eio.ws.close = functools.partial(self.client.eio.ws.close, timeout=0.05)

    def hear(self, namespace: str, *event: str) -> Callable[..., None]:
        prefix = "" if namespace == "/" else namespace + " "

        def heard(*data: Any) -> None:
            name, *rest = *event, *data
            self.heard[prefix + name].append(rest[0] if len(rest) == 1 else rest)

        return heard

    def hears(self, event: str, count: int = 1) -> list[Any]:
        """What was said under an event's name, once there is that much of it."""
        until(lambda: len(self.heard[event]) >= count)
        return self.heard[event]

    def say(self, event: str, *data: Any, namespace: str = "/") -> None:
        self.client.emit(event, data, namespace=namespace)

    def ask(self, event: str, *data: Any, namespace: str = "/") -> Any:
        return self.client.call(event, data, namespace=namespace, timeout=8)

    @property
    def sid(self) -> str:
        return self.client.get_sid()

    def request(self, method: str, *details: Any, **options: Any) -> Any:
        """A request of the client's, so that we know whether its writer is at work."""
        self.writing += method == "POST"
        try:
            return self.stock_request(method, *details, **options)
        finally:
            self.writing -= method == "POST"

    def leave(self) -> None:
        """Go, once the client's writer rests: a busy one forgets the goodbye, and `disconnect` waits for a ping."""
        until(lambda: not self.writing)
        self.client.disconnect()


class Wire:
    """A websocket without a Socket.IO client, to say what no client says."""

    def __init__(self, server: Application, greet: bool = True, sid: str = "", buffer: int = 0) -> None:
        self.tcp = socket.socket()
        if buffer:
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.tcp.settimeout(8)
        self.tcp.connect(("127.0.0.1", server.port))
        url = f"ws://127.0.0.1:{server.port}{JOIN}websocket" + (f"&sid={sid}" if sid else "")
        self.ws = websocket.create_connection(url, socket=self.tcp, timeout=8, skip_utf8_validation=True)
        self.opened = {} if sid else json.loads(self.hear()[1:])
        self.sid = ""
        if greet and not sid:
            self.say("40")
            self.greeting = [self.hear(), self.hear()]
            self.sid = json.loads(min(self.greeting)[2:])["sid"]

    def say(self, text: str | bytes) -> None:
        self.ws.send(text, websocket.ABNF.OPCODE_BINARY if isinstance(text, bytes) else websocket.ABNF.OPCODE_TEXT)

    def raw(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.tcp.sendall(data)

    def hear(self) -> str:
        return self.ws.recv()

    def goes_on(self, word: str = "here") -> bool:
        """Whether the contract's application still says what it is told."""
        self.say(f'42["message","{word}"]')
        return self.hear() == f'42["message-back","{word}"]'

    def hear_frame(self) -> tuple[int, bytes]:
        return self.ws.recv_data(control_frame=True)

    def closed_with(self) -> int | None:
        """The code of the close frame behind whatever else comes; None when the socket just ended."""
        while True:
            try:
                opcode, data = self.hear_frame()
            except (OSError, websocket.WebSocketException):
                return None
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return struct.unpack("!H", data[:2])[0] if data else 1005

    def ended(self) -> bool:
        """Whether the server has closed the socket as well."""
        self.tcp.settimeout(8)
        try:
            while self.tcp.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True

    def cut(self) -> None:
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()


class Poll:
    """A polling session without a Socket.IO client."""

    def __init__(self, server: Application, greet: bool = True) -> None:
        self.http, self.url = requests.Session(), server.url + JOIN + "polling"
        self.opened = json.loads(self.get().text[1:])
        self.eio_sid = self.opened["sid"]
        self.url += "&sid=" + self.eio_sid
        if greet:
            self.post("40")
            self.greeting = self.get().text

    def get(self) -> requests.Response:
        return self.http.get(self.url, timeout=10)

    def post(self, body: str | bytes) -> requests.Response:
        return requests.post(self.url, data=body.encode() if isinstance(body, str) else body, timeout=10)


class Aside(threading.Thread):
    """Something done meanwhile; `result` waits for it."""

    def __init__(self, task: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.task, self.value, self.error = task, None, None
        self.start()

    def run(self) -> None:
        try:
            self.value = self.task()
        except Exception as error:
            self.error = error

    def result(self) -> Any:
        self.join(20)
        assert not self.is_alive(), "it takes too long"
        if self.error:
            raise self.error
        return self.value
