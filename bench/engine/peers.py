"""The servers to compare: how each is installed, started, and checked."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from bench import server

HERE = Path(__file__).parent / "servers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hubbub-bench"
SOCKETIO = ("-m", "sio", "-a", '42["message","', "-z", '"]')
BARE = ("-m", "ws", "-u", "/sub", "-U", "/pub")
NODE = {"socket.io": "^4.8", "better-sqlite3": "^12"}


class Peer(NamedTuple):
    """A server: its command, in which PORT, FOLDER and CACHE are filled in, and the protocol of load.c for it."""

    title: str
    command: tuple[str, ...]
    protocol: tuple[str, ...] = SOCKETIO
    stored: str = ""  # the query for its stored messages, oldest first
    file: str = ""
    most: int = 10_000  # connections at most
    needs: str = ""
    root: str = str(server.ROOT)  # the checkout that it is imported from

    @property
    def is_hubbub(self) -> bool:
        """Return whether it is Hubbub, this one or an older one."""
        return self.file == "hubbub.db"


PEERS = {
    "raw": Peer("raw C, a send each", ("{cache}/raw", "{port}"), BARE),
    "gathering": Peer("raw C, gathering 8", ("{cache}/raw", "{port}", "8"), BARE),
    "nchan": Peer("nginx with nchan", ("nginx", "-p", "{folder}", "-c", "{folder}/nchan.conf"), BARE, needs="nginx"),
    "uws": Peer("uWebSockets (socketify)", ("{cache}/venv/bin/python", f"{HERE}/uws.py", "{port}"), BARE, needs="venv"),
    "node": Peer("Node Socket.IO", ("node", f"{HERE}/node.cjs", "{port}"), needs="node"),
    "node-sqlite": Peer("Node Socket.IO, SQLite", ("node", f"{HERE}/node.cjs", "{port}", "{folder}/node.db"),
                        stored="select text from entry order by seq", file="node.db", most=1000, needs="node"),
    "stock": Peer("Flask-SocketIO, stock", (sys.executable, f"{HERE}/tutorial.py", "{port}", "stock"), most=1000),
    "fanout": Peer("Flask-SocketIO, Fanout()", (sys.executable, f"{HERE}/tutorial.py", "{port}", "fanout"), most=1000),
    "hubbub": Peer("**Hubbub**", (sys.executable, "-m", "hubbub", "serve", "--port", "{port}", "--data", "{folder}"),
                   stored="select json_extract(data, '$.text') from entry where channel = 'room:1' order by seq",
                   file="hubbub.db"),
}


def add_before(checkout: str) -> None:
    """Add the Hubbub of another checkout, run by its own environment."""
    root = Path(checkout).resolve()
    hubbub = PEERS["hubbub"]
    PEERS["before"] = hubbub._replace(title="Hubbub before", root=str(root),
                                      command=(f"{root}/.venv/bin/python", *hubbub.command[1:]))


def prepare(names: list[str]) -> dict[str, Peer]:
    """Install the servers and return the available ones; print why others are left out."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("raw", "load"):
        source = HERE / "raw.c" if name == "raw" else HERE.parent / "load.c"
        subprocess.run(["cc", "-O2", "-o", CACHE / name, source], check=True)
    missing = {"node": node(), "venv": socketify(), "nginx": nchan(), "": ""}
    for name in names:
        if reason := missing[PEERS[name].needs]:
            print(f"left out: {PEERS[name].title}: {reason}", file=sys.stderr)
    return {name: PEERS[name] for name in names if not missing[PEERS[name].needs]}


def node() -> str:
    """Install Socket.IO and better-sqlite3; return the error if that fails."""
    if not shutil.which("npm"):
        return "there is no npm"
    (CACHE / "package.json").write_text(json.dumps({"private": True, "dependencies": NODE}))
    done = subprocess.run(["npm", "install", "--silent", "--no-audit"], cwd=CACHE, capture_output=True, text=True)
    return done.stderr.strip()[-300:] if done.returncode else ""


def socketify() -> str:
    """Install socketify into an environment of its own; return the error if that fails."""
    python = CACHE / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE / "venv"], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", "socketify"], capture_output=True, text=True)
    return done.stderr.strip()[-300:] if done.returncode else ""


def nchan() -> str:
    """Return what is missing of nginx and its module, or ""."""
    return "" if modules() and (modules() / "ngx_nchan_module.so").exists() else (
        "there is no nginx with nchan (Debian: nginx-light, libnginx-mod-nchan)")


def modules() -> Path | None:
    """Return the folder of nginx's modules."""
    if not shutil.which("nginx"):
        return None
    output = subprocess.run(["nginx", "-V"], capture_output=True, text=True).stderr
    found = re.search(r"--modules-path=(\S+)", output)
    return Path(found[1]) if found else None


def versions() -> str:
    """Return the versions of everything that was measured."""
    python = "import importlib.metadata as m; print('socketify', m.version('socketify'))"
    commands = (("Node ", "node", "--version"), ("", CACHE / "venv" / "bin" / "python", "-c", python),
                ("", "nginx", "-v"))
    here = [f"{name} {metadata.version(name)}" for name in ("gevent", "flask-socketio", "python-socketio")]
    packages = [CACHE / "node_modules" / name / "package.json" for name in NODE]
    found = [json.loads(package.read_text()) for package in packages if package.exists()]
    others = [f"{package['name']} {package['version']}" for package in found]
    for name, *command in commands:
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True)
            others.append(name + (done.stdout or done.stderr).strip().rpartition(": ")[2])
    return ", ".join([f"Python {sys.version.split()[0]}", f"SQLite {sqlite3.sqlite_version}", *here, *others])


class Running(NamedTuple):
    """A running server."""

    peer: Peer
    port: int
    pid: int
    folder: Path

    def load(self, n: int, *more: str) -> dict:
        """Run load.c against it, on the other core."""
        command = ("taskset", "-c", "1", str(CACHE / "load"), "-p", str(self.port), "-P", str(self.pid), "-n", str(n),
                   *self.peer.protocol, *more)
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode or done.stderr:
            raise RuntimeError(f"{self.peer.title}: {done.stderr.strip()[-300:]}")
        return dict(json.loads(done.stdout))


@contextlib.contextmanager
def running(peer: Peer) -> Iterator[Running]:
    """Start a server on core 0, and stop it at the end."""
    port = server.free_port()
    with tempfile.TemporaryDirectory(prefix="hubbub-bench-") as name:
        folder = Path(name)
        if peer.needs == "nginx":
            config = (HERE / "nchan.conf").read_text().replace("PORT", str(port)).replace("MODULES", str(modules()))
            (folder / "nchan.conf").write_text(config)
        command = [part.format(port=port, folder=folder, cache=CACHE) for part in peer.command]
        environment = server.environment() | {"NODE_PATH": str(CACHE / "node_modules"), "PYTHONPATH": peer.root}
        with open(folder / "log", "w+") as log:
            process = subprocess.Popen(["taskset", "-c", "0", *command], cwd=peer.root, env=environment, stdout=log,
                                       stderr=log)
            try:
                wait_for_port(port, process)
                yield Running(peer, port, process.pid, folder)
            finally:
                stop(process)


def wait_for_port(port: int, process: subprocess.Popen) -> None:
    """Wait until a server accepts connections."""
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            time.sleep(0.3)
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} does not listen")


def stop(process: subprocess.Popen) -> None:
    """Stop a server."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def check(peer: Peer, folder: Path, sent: int, publishers: int) -> None:
    """Check that the log has each message once, and those of each publisher in their order."""
    if not peer.stored:
        return
    with contextlib.closing(sqlite3.connect(folder / peer.file)) as kept:
        texts = [text for text, in kept.execute(peer.stored) if text and text.startswith("T=")]
    numbers = [int(text.partition(",")[2].partition(";")[0]) for text in texts]
    if sorted(numbers) != list(range(sent)):
        raise RuntimeError(f"{peer.title}: {sent} messages were sent, {len(numbers)} are in the log")
    for publisher in range(publishers):
        if (mine := [number for number in numbers if number % publishers == publisher]) != sorted(mine):
            raise RuntimeError(f"{peer.title}: messages of one connection are out of order in the log")
