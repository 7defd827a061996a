"""The doctor: check the data folder, the database and the running server, and say how to fix what is wrong."""

import http.client
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from hubbub.config import Config
from hubbub.core import db
from hubbub.core.db import copies, migrate
from hubbub.core.db.copies import Copy
from hubbub.core.db.engine import Unusable
from hubbub.files import storage
from hubbub.web import address

STYLES: dict[str, tuple[Any, ...]] = {"ok": ("ok     ", "green"), "warning": ("warning", "yellow"),
                                      "problem": ("problem", "red")}
NAMED = 50  # files that are named
LOW, FULL = 1_000_000_000, 20_000_000  # bytes that should be free; fewer are a problem
PROXY = "nginx needs `proxy_http_version 1.1` and the headers Upgrade, Connection and Host: see docs/install.md"


class Check(NamedTuple):
    """The result of one check."""

    state: Literal["ok", "warning", "problem"]
    message: str
    advice: str = ""


def examine(config: Config, url: str | None = None) -> list[Check]:
    """Run all checks, in the order in which to fix what they find."""
    return [*_folder(config), *_database(config), *_server(config, url)]


def _folder(config: Config) -> Iterator[Check]:
    data = config.data
    if not data.is_dir():
        yield Check("problem", f"there is no folder {data}", "start Hubbub once, or set the right folder with --data")
        return
    for path in (data, data / "files", data / "hubbub.db"):
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Check("problem", f"other accounts of this machine can read {path}", f"chmod go= {path}")
    if not os.access(data, os.W_OK):
        yield Check("problem", f"this account cannot write to {data}", "run the doctor as the account of the server")
    free = shutil.disk_usage(data).free
    yield Check("problem" if free < FULL else "warning" if free < LOW else "ok",
                f"{free / 1e9:,.2f} GB are free on the disk of {data}",
                "when it is full, Hubbub refuses new messages" if free < LOW else "")


def _database(config: Config) -> Iterator[Check]:
    try:
        with copies.opened(config.data, config.database_url) as snapshot:
            faults = snapshot.faults()
            if faults:
                yield Check("problem", f"the database is damaged: {'; '.join(faults[:3])}",
                            "stop the server and restore the last backup: hubbub restore FILE")
                return
            yield Check("ok", "the database is intact")
            if reason := copies.read_only(config.data, config.database_url):
                yield Check("problem", f"nothing can be stored in the database: {reason}",
                            "make it writable for the account of the server, and free some space")
            yield from _schema(snapshot)
            yield from _log(snapshot)
            yield from _files(snapshot, config)
            yield from _sizes(snapshot, config)
    except Unusable as problem:
        yield Check("problem", str(problem))


def _schema(snapshot: Copy) -> Iterator[Check]:
    done = migrate.applied(snapshot.dialect, snapshot.execute)
    if newer := migrate.newer(done, snapshot.dialect):
        yield Check("problem", f"the database was made by a newer Hubbub (migration {newer[-1]})", "update Hubbub")
    elif missing := [step for step in migrate.steps(snapshot.dialect) if step.id not in done]:
        yield Check("warning", f"the database is older than Hubbub ({len(missing)} migrations are missing)",
                    "the next start updates it")


def _log(snapshot: Copy) -> Iterator[Check]:
    """Check that the entries of every channel are numbered from 1 to its head."""
    broken = snapshot.execute("select channel.name from channel left join (select channel, count(*) as held, "
                            "max(seq) as last from entry group by channel) kept on kept.channel = channel.name "
                            "where channel.head <> coalesce(held, 0) or channel.head <> coalesce(last, 0)")
    if broken:
        yield Check("problem", f"entries are missing in the log: {', '.join(name for name, in broken[:5])}",
                    "restore the last backup")
    else:
        yield Check("ok", "no channel has missing entries")


def _files(snapshot: Copy, config: Config) -> Iterator[Check]:
    where = "in the store" if config.files_url else "on the disk"
    try:
        sizes = {file.name: file.size for file in storage.of(config).list()}
    except Unusable as problem:
        yield Check("problem", f"the files cannot be reached: {problem}", "check the bucket, its keys and the network")
        return
    named = storage.named(snapshot)
    wrong = [title for id, (size, title) in named.items()
             if sizes.get(id, 0) < 1 or size not in (None, sizes[id])]
    if wrong:
        names = ", ".join(wrong[:NAMED]) + ("…" if len(wrong) > NAMED else "")
        advice = "store" if config.files_url else "folder `files`"
        yield Check("problem", f"{len(wrong)} files are missing or truncated: {names}",
                    f"copy them from a backup into the {advice}")
    else:
        files = sum(size is not None for size, _ in named.values())
        yield Check("ok", f"all {files:,} files are {where}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _sizes(snapshot: Copy, config: Config) -> Iterator[Check]:
    [(entries,)] = snapshot.execute("select count(*) from entry")
    [(people,)] = snapshot.execute("select count(*) from person where id > 0")
    [(bytes_,)] = snapshot.execute("select coalesce(sum(size), 0) from file where ready is not null")
    bytes_ = int(bytes_)
    largest = snapshot.execute("select name, head from channel order by head desc limit 3")
    own = _size(config.data / copies.DATABASE)
    yield Check("ok", f"{entries:,} entries, {people:,} people, {bytes_ / 1e6:,.1f} MB of files"
                + (f", {own / 1e6:,.1f} MB of database" if own >= 0 else "")
                + "; largest: " + ", ".join(f"{name} {head:,}" for name, head in largest))
    if not snapshot.execute("select 1 from person where role = 'owner' and banned is null"):
        yield Check("warning", "this server has no owner yet", "open the link that Hubbub prints when it starts")
    if snapshot.execute("select 1 from push_subscription limit 1") and not snapshot.execute(
            "select 1 from setting where name = 'vapid'"):
        yield Check("problem", "the key for push notifications is missing, so none can be sent", "restore a backup")


def _server(config: Config, url: str | None) -> Iterator[Check]:
    try:
        with db.claimed(config.data):
            runs = False
    except (Unusable, OSError):
        runs = True
    if not config.database_url:
        yield Check("ok" if runs else "warning", f"{'a' if runs else 'no'} server runs on {config.data}")
    if url or runs:
        yield from _reached(url or address.of_server(config, config.port))


def _reached(url: str) -> Iterator[Check]:
    """Check that the page and WebSockets are reachable, with requests like those of a browser."""
    try:
        status, body = _ask(url, "/healthz", {})
        health = json.loads(body) if status in (200, 503) else {}
        if health.get("ok") is False:
            yield Check("problem", f"the server at {url} stores nothing: {health.get('problem', 'see its log')}")
        elif status == 421:
            yield Check("problem", f"the server does not answer for the name in {url}", "add it to HUBBUB_HOSTS")
            return
        elif status != 200 or not health.get("ok"):
            yield Check("problem", f"{url}/healthz answers {status}", "check that Hubbub listens at this address")
            return
        yield Check("ok", f"Hubbub answers at {url}")
        status, body = _ask(url, "/socket.io/?EIO=4&transport=websocket", {
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "aHViYnViLWRvY3Rvci4uLg==", "Origin": "://".join(urlsplit(url)[:2])})
    except (OSError, ValueError, http.client.HTTPException) as problem:
        yield Check("problem", f"{url} cannot be reached: {problem}", "check the address, and that the server runs")
        return
    if status == 101:
        yield Check("ok", "WebSockets work")
    elif status == 403:
        yield Check("problem", "the server refuses the Origin of this address",
                    "behind a proxy, set HUBBUB_PROXIES and let the proxy forward Host and X-Forwarded-Proto")
    else:
        yield Check("problem", f"WebSockets do not work (status {status})", PROXY)


def _ask(url: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    where = urlsplit(url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=10)
    try:
        connection.request("GET", where.path.rstrip("/") + path, headers=headers)
        answer = connection.getresponse()
        return answer.status, b"" if answer.status == 101 else answer.read()
    finally:
        connection.close()
