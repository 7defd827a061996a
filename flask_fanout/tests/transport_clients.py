"""The servers and clients of the tests."""

import contextlib
import functools
import json
import os
import pathlib
import pkgutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import IO, Any

import requests
import socketio
import websocket

HERE = pathlib.Path(__file__).parent
TRANSPORTS = {"websocket": ["websocket"], "polling": ["polling"], "upgrade": ["polling", "websocket"]}
JOIN = "/socket.io/?EIO=4&transport="


def until(condition: Callable[[], Any], seconds: float = 8) -> Any:
    """Return the value of `condition` once it is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.005)
    return value


def start(script: str, *words: str, log: IO[bytes]) -> Any:
    """Run a script in a new interpreter, or as the class that FANOUT_PROGRAM names does it."""
    if program := os.environ.get("FANOUT_PROGRAM"):
        return pkgutil.resolve_name(program)(script, *words, stdout=log, stderr=log)
    return subprocess.Popen([sys.executable, script, *words], stdout=log, stderr=log)


class ServerProcess:
    """A script of this folder that serves on the port in its first argument, in its own process."""

    def __init__(self, script: str, *words: object) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = start(str(HERE / script), str(self.port), *map(str, words), log=self.log)
        until(self.answers, 20)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def log_text(self) -> str:
        end = os.lseek(self.log.fileno(), 0, os.SEEK_CUR)
        return os.pread(self.log.fileno(), end, 0).decode()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)
        self.log.close()


class Server(ServerProcess):
    """The application under test."""

    def __init__(self, mode: str, interval: float = 25, timeout: float = 20) -> None:
        self.mode = mode
        super().__init__("transport_app.py", mode, interval, timeout)

    def state(self) -> dict[str, Any]:
        return requests.get(self.url + "/state", timeout=10).json()

    def disconnect_reason(self, sid: str) -> str | None:
        """Return the reason that the disconnect handler of a client got."""
        return dict(self.state()["left"]).get(sid)

    def tick(self, **how: float) -> None:
        requests.get(self.url + "/tick", params=how, timeout=10)


@contextlib.contextmanager
def contract_server(*words: object) -> Iterator[ServerProcess]:
    """Run the application of the contract tests, or the script that FANOUT_CONTRACT_APP names; fail if it raised."""
    running = ServerProcess(os.environ.get("FANOUT_CONTRACT_APP", "contract_app.py"), *words)
    try:
        yield running
        assert "Traceback" not in running.log_text()
    finally:
        running.stop()


class SocketIOClient:
    """The unmodified client of python-socketio."""

    def __init__(self, server: Server, transport: str, namespaces: tuple[str, ...] = ("/",), **options: Any) -> None:
        self.received: defaultdict[str, list[Any]] = defaultdict(list)
        self.client = socketio.Client(request_timeout=30, reconnection=False)
        self.writing, self.stock_request = 0, self.client.eio._send_request
        self.client.eio._send_request = self.request
        for namespace in namespaces:
            self.client.on("*", self.recorder(namespace), namespace=namespace)
            self.client.on("disconnect", self.recorder(namespace, "disconnect"), namespace=namespace)
        self.client.on("question", lambda data: [data, "pong"])
        options |= {"transports": TRANSPORTS[transport], "namespaces": list(namespaces)}
        self.client.connect(server.url, wait_timeout=5, **options)
        if self.client.eio.ws:
            self.client.eio.ws.close = functools.partial(self.client.eio.ws.close, timeout=0.05)

    def recorder(self, namespace: str, *event: str) -> Callable[..., None]:
        prefix = "" if namespace == "/" else namespace + " "

        def receive(*data: Any) -> None:
            name, *rest = *event, *data
            self.received[prefix + name].append(rest[0] if len(rest) == 1 else rest)

        return receive

    def wait_for(self, event: str, count: int = 1) -> list[Any]:
        """Return the data of all events of a name once there are `count`."""
        until(lambda: len(self.received[event]) >= count)
        return self.received[event]

    def send(self, event: str, *data: Any, namespace: str = "/") -> None:
        self.client.emit(event, data, namespace=namespace)

    def call(self, event: str, *data: Any, namespace: str = "/") -> Any:
        return self.client.call(event, data, namespace=namespace, timeout=8)

    @property
    def sid(self) -> str:
        return self.client.get_sid()

    def request(self, method: str, *details: Any, **options: Any) -> Any:
        """Send a request of the client, and count its open POSTs."""
        self.writing += method == "POST"
        try:
            return self.stock_request(method, *details, **options)
        finally:
            self.writing -= method == "POST"

    def disconnect(self) -> None:
        """Disconnect once no POST is open: otherwise the client drops its last packet, and waits for a ping."""
        until(lambda: not self.writing)
        self.client.disconnect()


class WebSocketClient:
    """A bare WebSocket, for packets that no Socket.IO client sends."""

    def __init__(self, server: ServerProcess, connect: bool = True, sid: str = "", buffer: int = 0) -> None:
        self.tcp = socket.socket()
        if buffer:
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tcp.settimeout(8)
        self.tcp.connect(("127.0.0.1", server.port))
        url = f"ws://127.0.0.1:{server.port}{JOIN}websocket" + (f"&sid={sid}" if sid else "")
        self.ws = websocket.create_connection(url, socket=self.tcp, timeout=8, skip_utf8_validation=True)
        self.opened = {} if sid else json.loads(self.receive()[1:])
        self.sid = ""
        if connect and not sid:
            self.send("40")
            self.connect_packets: list[str] = []
            while len(self.connect_packets) < 2:
                if (packet := self.receive()) == "2":
                    self.send("3")
                else:
                    self.connect_packets.append(packet)
            self.sid = json.loads(min(self.connect_packets)[2:])["sid"]

    def send(self, text: str | bytes) -> None:
        self.ws.send(text, websocket.ABNF.OPCODE_BINARY if isinstance(text, bytes) else websocket.ABNF.OPCODE_TEXT)

    def send_raw(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.tcp.sendall(data)

    def receive(self) -> str:
        return self.ws.recv()

    def still_echoes(self, word: str = "here") -> bool:
        """Return whether the contract application still echoes."""
        self.send(f'42["message","{word}"]')
        return self.receive() == f'42["message-back","{word}"]'

    def receive_frame(self) -> tuple[int, bytes]:
        return self.ws.recv_data(control_frame=True)

    def close_code(self) -> int | None:
        """Return the code of the close frame, or None if the connection ends without one."""
        while True:
            try:
                opcode, data = self.receive_frame()
            except (OSError, websocket.WebSocketException):
                return None
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return struct.unpack("!H", data[:2])[0] if data else 1005

    def is_closed(self) -> bool:
        """Return whether the server has closed the socket."""
        self.tcp.settimeout(8)
        try:
            while self.tcp.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True

    def reset(self) -> None:
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()


class PollingClient:
    """A bare polling session."""

    def __init__(self, server: ServerProcess, connect: bool = True) -> None:
        self.http, self.url = requests.Session(), server.url + JOIN + "polling"
        self.opened = json.loads(self.get().text[1:])
        self.eio_sid = self.opened["sid"]
        self.url += "&sid=" + self.eio_sid
        if connect:
            self.post("40")
            packets = self.get().text.split("\x1e")
            if "2" in packets:
                self.post("3")
            self.connect_packets = [packet for packet in packets if packet != "2"]

    def get(self) -> requests.Response:
        return self.http.get(self.url, timeout=10)

    def post(self, body: str | bytes) -> requests.Response:
        return requests.post(self.url, data=body.encode() if isinstance(body, str) else body, timeout=10)


class Background(threading.Thread):
    """A task in a background thread; `result` waits for it."""

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
        assert not self.is_alive(), "the background task takes too long"
        if self.error:
            raise self.error
        return self.value
