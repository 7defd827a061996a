"""Hubbub in a process of its own, to be measured: start, send requests, read CPU time and memory, stop."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
MESSAGES = 100_000
TIMEOUT = 120.0
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """Return this process's environment without Hubbub's settings, and with rate limits switched off."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    return others | {"HUBBUB_LIMITS": "off"}


class Server:
    """`python -m hubbub serve` on a data folder, or another command that starts Hubbub."""

    def __init__(self, data: Path, command: tuple[str, ...] = (), cwd: Path = ROOT, **environ: str) -> None:
        self.port = free_port()
        command = command or (sys.executable, "-P", "-m", "hubbub", "serve")
        options = ("--port", str(self.port), "--data", str(data))
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
        self.started = time.perf_counter()
        self.process = subprocess.Popen([*command, *options], cwd=cwd, env=environment() | environ, stdout=self.log,
                                        stderr=self.log)

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_for(self, path: str) -> float:
        """Send requests until one is answered 200; return the seconds since the process was started."""
        status = None
        while time.perf_counter() - self.started < TIMEOUT and self.process.poll() is None and status is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, _ = self.request("GET", path)
                if status == 200:
                    return time.perf_counter() - self.started
            time.sleep(0.005)
        self.log.seek(0)
        raise SystemExit(f"GET {path} was answered {status}:\n{self.log.read().decode()[-2000:]}")

    def request(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, bytes]:
        """Send a request; return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"} if sent else {}
            connection.request(method, path, sent, headers | ({"Authorization": f"Bearer {token}"} if token else {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def memory(self) -> float:
        """Return the resident memory in MB (10^6 bytes), including shared memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(20)
        self.log.close()


def cpu(pid: int) -> float:
    """Return the seconds of CPU time that a process has used, user and system, of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@contextlib.contextmanager
def running(data: Path, **options: Any) -> Iterator[Server]:
    """Run a server, and stop it at the end."""
    server = Server(data, **options)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Make an empty folder, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="hubbub-bench-") as name:
        yield Path(name)


def fill(data: Path, messages: int = MESSAGES) -> None:
    """Put messages into the Lobby of a data folder, in a process of its own."""
    subprocess.run([sys.executable, "-m", "bench.fill", str(data), str(messages)], cwd=ROOT, check=True)


def spread(values: list[float], form: str = ".2f") -> str:
    """Return the median with the smallest and largest value in brackets."""
    return f"{median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


def row(claim: str, goal: str, measured: str) -> None:
    """Print one line of the table."""
    print(f"| {claim} | {goal} | {measured} |", flush=True)
