"""What the server stores and who uses it now, for its owners and admins."""

import shutil

import msgspec

from hubbub import __version__
from hubbub.core import cluster, db, node
from hubbub.core.access import Reads
from hubbub.people import model

BYTES = {
    "sqlite": "select page_count * page_size from pragma_page_count, pragma_page_size",
    "postgres": "select pg_database_size(current_database())",
}
FILES = """select case when type like 'image/%' then 'images' when type like 'video/%' then 'videos'
    when type like 'audio/%' then 'audio' else 'others' end as kind, count(*), sum(size)
    from file where ready is not null group by 1 order by 1"""
COUNTS = """select
    (select count(*) from person where id > 0 and banned is null and role not in ('guest', 'bot')),
    (select count(*) from person where id > 0 and banned is null and role = 'guest'),
    (select coalesce(sum(n), 0) from channel where name like 'room:%'),
    (select count(*) from sign_in where kind = 'browser' and until > :now)"""


class Files(msgspec.Struct, frozen=True):
    """The files of one kind: how many, and their bytes without previews."""

    kind: str
    count: int
    bytes: int


class Status(msgspec.Struct, frozen=True):
    """The server now: `messages` without deleted ones in rooms; `free` is the bytes left on the disk of its data."""

    version: str
    database: str
    database_bytes: int
    files: list[Files]
    free: int
    messages: int
    members: int
    guests: int
    online: int
    sign_ins: int
    servers: int


def current(person: int, online: int) -> Status:
    """Return the status of the server; Refused unless the person is an admin."""
    with db.snapshot() as reads:
        model.require(reads, person, "admin")
        return _status(reads, online)


def _status(reads: Reads, online: int) -> Status:
    kind = db.dialect()
    [(size,)] = reads.execute(BYTES[kind])
    [(members, guests, messages, sign_ins)] = reads.execute(COUNTS, now=node.now())
    files = [Files(name, count, int(total)) for name, count, total in reads.execute(FILES)]
    return Status(__version__, kind, int(size), files, shutil.disk_usage(node.current().config.data).free,
                  int(messages), members, guests, online, sign_ins, cluster.size())
