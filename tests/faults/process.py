"""A Hubbub process that a fault can kill and restart on the same port and data."""

import json
import os
import signal
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench import server as measured
from tests import forks

PATIENCE = 60.0


def until(condition, seconds: float = PATIENCE, what: str = "this", state=lambda: "") -> Any:
    """Return the result of `condition` as soon as it is true; fail after the timeout, with the `state` of then."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s {state()}")
        time.sleep(0.01)
    return value


class Process:
    """`hubbub serve`, or with `options` the same inside `tests.faults.server`."""

    module = "hubbub"

    def __init__(self, folder: Path, database: str = "", options: tuple[str, ...] = (), **environ: str) -> None:
        self.folder = folder
        self.environment = measured.environment() | {"HUBBUB_DATABASE_URL": database, "HUBBUB_LIMITS": "off"} | environ
        self.options = options
        self.port = measured.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process: forks.Program | None = None

    def start(self) -> float:
        """Start; return the seconds until it serves."""
        program = ("tests.faults.server", *self.options) if self.options else (self.module, "serve")
        where = ("--port", str(self.port), "--data", str(self.folder))
        began = time.monotonic()
        self.process = forks.Program(*program, *where, environ=self.environment, stdout=self.log, stderr=self.log)
        until(self._serves, what="the start")
        return time.monotonic() - began

    def _serves(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.logged()
        try:
            return bool(self.request_json("/healthz")["ok"])
        except OSError:
            return False

    def request_json(self, path: str, token: str = "", body: Any = None, method: str = "") -> Any:
        """Send a request and return its answer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method or None)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise ConnectionError(f"{path}: {refused.read().decode()}") from None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds that it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - began

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def logged(self) -> str:
        """Return the output of this process and its predecessors."""
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace")

    def memory(self) -> float:
        """Return the resident memory in MB (10^6 bytes)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6

    def close(self) -> None:
        """Kill the process."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
        self.log.close()
