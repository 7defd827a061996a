"""The doctor: looks at a place from outside, and says what is well, what to watch and what to mend."""

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

LOOK: dict[str, tuple[Any, ...]] = {"well": ("well   ", "green"), "watch": ("watch  ", "yellow"),
                                    "problem": ("problem", "red")}
LOW = 1_000_000_000  # bytes that should be free
PROXY = "nginx needs `proxy_http_version 1.1` and the headers Upgrade, Connection and Host: see docs/install.md"


class Check(NamedTuple):
    """One thing that was looked at."""

    state: Literal["well", "watch", "problem"]
    what: str
    advice: str = ""


def examine(config: Config, url: str | None = None) -> list[Check]:
    """All checks, in the order in which one would mend what they find."""
    return [*_folder(config), *_database(config), *_server(config, url)]


def _folder(config: Config) -> Iterator[Check]:
    data = config.data
    if not data.is_dir():
        yield Check("problem", f"there is no folder {data}", "start Hubbub once, or say where it is: --data")
        return
    for path in (data, data / "files", data / "hubbub.db"):
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Check("problem", f"{path} can be read by other accounts of this machine", f"chmod go= {path}")
    if not os.access(data, os.W_OK):
        yield Check("problem", f"{data} cannot be written by this account", "run it as the account of the server")
    free = shutil.disk_usage(data).free
    yield Check("watch" if free < LOW else "well", f"{free / 1e9:,.1f} GB are free on the disk of {data}",
                "when it is full nothing is kept, and everybody is told so" if free < LOW else "")


def _database(config: Config) -> Iterator[Check]:
    try:
        with copies.opened(config.data, config.database_url) as moment:
            faults = moment.faults()
            if faults:
                yield Check("problem", f"the database is damaged: {'; '.join(faults[:3])}",
                            "stop the server and restore the last backup: hubbub restore FILE")
                return
            yield Check("well", "the database is sound")
            yield from _schema(moment)
            yield from _log(moment)
            yield from _files(moment, config.data)
            yield from _sizes(moment, config)
    except Unusable as problem:
        yield Check("problem", str(problem), "restore the last backup: hubbub restore FILE")


def _schema(moment: Copy) -> Iterator[Check]:
    done = migrate.applied(moment.dialect, moment.execute)
    if newer := migrate.newer(done, moment.dialect):
        yield Check("problem", f"the database was made by a newer Hubbub (migration {newer[-1]})", "update Hubbub")
    elif missing := [step for step in migrate.steps(moment.dialect) if step.id not in done]:
        yield Check("watch", f"the database is older ({len(missing)} migrations are missing)",
                    "the next start updates it")


def _log(moment: Copy) -> Iterator[Check]:
    """Every channel's entries are numbered 1 to its head."""
    broken = moment.execute("select channel.name from channel left join (select channel, count(*) as held, "
                            "max(seq) as last from entry group by channel) kept on kept.channel = channel.name "
                            "where channel.head <> coalesce(held, 0) or channel.head <> coalesce(last, 0)")
    if broken:
        yield Check("problem", f"the log has holes: {', '.join(name for name, in broken[:5])}",
                    "restore the last backup")
    else:
        yield Check("well", "every channel is numbered without a hole")


def _files(moment: Copy, data: Path) -> Iterator[Check]:
    rows = moment.execute("select id, size, name from file where ready is not null")
    wrong = [name for id, size, name in rows if _size(data / "files" / id[:2] / id) != size]
    if wrong:
        yield Check("problem", f"{len(wrong)} files are missing or cut short: {', '.join(wrong[:3])}",
                    "copy them from a backup into the folder `files`")
    else:
        yield Check("well", f"all {len(rows):,} files are there")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _sizes(moment: Copy, config: Config) -> Iterator[Check]:
    [(entries,)] = moment.execute("select count(*) from entry")
    [(people,)] = moment.execute("select count(*) from person where id > 0")
    [(bytes_,)] = moment.execute("select coalesce(sum(size), 0) from file where ready is not null")
    bytes_ = int(bytes_)
    largest = moment.execute("select name, head from channel order by head desc limit 3")
    own = _size(config.data / copies.DATABASE)
    yield Check("well", f"{entries:,} entries, {people:,} people, {bytes_ / 1e6:,.1f} MB of files"
                + (f", {own / 1e6:,.1f} MB of database" if own >= 0 else "")
                + "; largest: " + ", ".join(f"{name} {head:,}" for name, head in largest))
    if not moment.execute("select 1 from person where role = 'owner' and banned is null"):
        yield Check("watch", "nobody owns this place yet", "open the link that Hubbub prints at its start")
    if moment.execute("select 1 from push_subscription limit 1") and not moment.execute(
            "select 1 from setting where name = 'vapid'"):
        yield Check("problem", "browsers wait for pushes, and the key for them is gone", "restore it from a backup")


def _server(config: Config, url: str | None) -> Iterator[Check]:
    try:
        with db.claimed(config.data):
            runs = False
    except (Unusable, OSError):
        runs = True
    if not config.database_url:
        yield Check("well" if runs else "watch", f"{'a' if runs else 'no'} server runs on {config.data}")
    if url or runs:
        yield from _reached(url or f"http://{config.host}:{config.port}")


def _reached(url: str) -> Iterator[Check]:
    """Whether the page and websockets come through, as a browser of that address asks for them."""
    try:
        status, body = _ask(url, "/healthz", {})
        if status != 200 or not json.loads(body).get("ok"):
            yield Check("problem", f"{url}/healthz answers {status}", "is it Hubbub that listens there?")
            return
        yield Check("well", f"Hubbub answers at {url}")
        status, body = _ask(url, "/socket.io/?EIO=4&transport=websocket", {
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "aHViYnViLWRvY3Rvci4uLg==", "Origin": url.rstrip("/")})
    except (OSError, ValueError, http.client.HTTPException) as problem:
        yield Check("problem", f"{url} cannot be reached: {problem}", "does it run, and is the address right?")
        return
    if status == 101:
        yield Check("well", "websockets come through")
    elif status == 403:
        yield Check("problem", "pages of this address are refused as foreign",
                    "behind a proxy set HUBBUB_PROXIES, and have it hand on Host and X-Forwarded-Proto")
    else:
        yield Check("problem", f"websockets do not come through (status {status})", PROXY)


def _ask(url: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    where = urlsplit(url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, b"" if answer.status == 101 else answer.read()
    finally:
        connection.close()
