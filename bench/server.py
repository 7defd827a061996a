"""A Hubbub in a process of its own, to be measured: start, ask, read its CPU time and memory, stop."""

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
PATIENCE = 120.0
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """This process's environment without what would set Hubbub up differently; nobody is slowed down."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    return others | {"HUBBUB_LIMITS": "off"}


class Server:
    """`python -m hubbub serve` on a data folder, or another command that starts the same."""

    def __init__(self, data: Path, command: tuple[str, ...] = (), cwd: Path = ROOT) -> None:
        self.port = free_port()
        command = command or (sys.executable, "-P", "-m", "hubbub", "serve")
        where = ("--port", str(self.port), "--data", str(data))
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
        self.started = time.perf_counter()
        self.process = subprocess.Popen([*command, *where], cwd=cwd, env=environment(), stdout=self.log,
                                        stderr=self.log)

    @property
    def pid(self) -> int:
        return self.process.pid

    def answers(self, path: str) -> float:
        """Ask until the answer is 200; returns the seconds since the process was started."""
        status = None
        while time.perf_counter() - self.started < PATIENCE and self.process.poll() is None and status is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, _ = self.ask("GET", path)
                if status == 200:
                    return time.perf_counter() - self.started
            time.sleep(0.005)
        self.log.seek(0)
        raise SystemExit(f"GET {path} was answered {status}:\n{self.log.read().decode()[-2000:]}")

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """One request; its status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def memory(self) -> float:
        """Resident memory in MB (10^6 bytes), what is shared with other processes included."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(20)
        self.log.close()


def cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used, user and system, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@contextlib.contextmanager
def running(data: Path, **options: Any) -> Iterator[Server]:
    """A server, stopped at the end."""
    server = Server(data, **options)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="hubbub-bench-") as name:
        yield Path(name)


def fill(data: Path, messages: int = MESSAGES) -> None:
    """Put messages into the Lobby of a data folder, in a process of its own."""
    subprocess.run([sys.executable, "-m", "bench.fill", str(data), str(messages)], cwd=ROOT, check=True)


def spread(values: list[float], form: str = ".2f") -> str:
    """The median, and in brackets the smallest and the largest."""
    return f"{median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


def row(claim: str, asked: str, measured: str) -> None:
    """Print one line of the table."""
    print(f"| {claim} | {asked} | {measured} |", flush=True)
