"""The life of a file: an upload in resumable chunks, ready, attached to a message, deleted."""

import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hubbub import short_text
from hubbub.core import access, cursors, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.files import images, store, types

CHUNK = 512 * 1024
NAME_LIMIT = 150
OPEN_LIMIT = 50  # uploads of one person that are not attached yet
RESERVED = 500 * 1024 * 1024  # bytes of the disk that stay free, or a twentieth of it if that is less
ORPHANED = 24 * 3600.0  # seconds after which a file without a message is removed
RENEWED = 10  # pictures whose previews are made again at a time
SETTLED = 3600.0  # seconds after which bytes without a row are removed
UNDECIDED = ""  # the channel of an upload whose channel is chosen when it is complete
PREVIEWS = ("thumb", "view")  # the last part of a preview's address, so not allowed as the name of a file

COLUMNS = "id, channel, person, name, size, received, type, width, height, animated, previews, ready, seq"


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file as a message shows it; `width` and `height` are those of the preview, which stands still."""

    id: str
    name: str
    size: int
    type: str
    width: int = 0
    height: int = 0
    preview: bool = False
    animated: bool = False


class Upload(msgspec.Struct, frozen=True):
    """The progress of an upload; with the `file` once it is ready."""

    id: str
    received: int
    size: int
    chunk: int = CHUNK
    file: File | None = None


class Row(msgspec.Struct, frozen=True):
    """A row of the table `file`."""

    id: str
    channel: str
    person: int
    name: str
    size: int
    received: int
    type: str
    width: int
    height: int
    animated: int
    previews: int
    ready: float | None
    seq: int | None

    def file(self) -> File:
        """Return the file as a message shows it."""
        return File(self.id, self.name, self.size, self.type, self.width, self.height, self.width > 0,
                    self.animated == 1)


def begin(person: int, channel: str, name: str, size: int) -> Upload:
    """Begin an upload to a channel; Refused over a limit, or without the right to write there."""
    config = node.current().config
    if not size:
        raise Refused("error.file_empty", "bad_input")
    if size > config.file_limit:
        raise Refused("error.file_too_large", "too_large", limit=config.file_limit // 1024**2)
    _check_disk(size)
    id = secrets.token_hex(16)
    with db.transaction(cursors.user_channel(person)) as tx:
        _check_may_send(tx, person, channel)
        [(used, waiting)] = tx.execute("select coalesce(sum(size), 0), count(case when seq is null then 1 end) "
                                       "from file where person = :person", person=person)
        if used + size > config.file_quota:
            raise Refused("error.file_quota", "too_large", limit=config.file_quota // 1024**2)
        if waiting >= OPEN_LIMIT:
            raise Refused("error.too_many_unsent_files", "too_fast")
        tx.execute("insert into file (id, channel, person, name, size, received, at) "
                   "values (:id, :channel, :person, :name, :size, 0, :at)",
                   id=id, channel=channel, person=person, name=clean(name), size=size, at=node.now())
    return Upload(id, 0, size)


def _check_may_send(tx: db.Transaction, person: int, channel: str) -> None:
    if channel != UNDECIDED:
        access.check(tx, person, channel, "post" if access.allows(tx, person, channel, "post") else "reply")


def _check_disk(size: int) -> None:
    free, total = store.free()
    if free - size < min(RESERVED, total // 20):
        raise Refused("error.disk_nearly_full", "busy")


def clean(name: str) -> str:
    """Return a name that is safe to show: no path, no hidden or direction-changing characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, ending = short_text.clean(short_text.without_hidden(last)).strip(". ").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    room = NAME_LIMIT - len(ending[:20]) - 1
    clean = (f"{stem[:room]}.{ending[:20]}" if ending and stem else (stem or ending)[:NAME_LIMIT]) or "file"
    return f"{clean}-file" if clean in PREVIEWS else clean


def add(person: int, id: str, offset: int, chunk: bytes) -> Upload:
    """Add the bytes at `offset`, where the last chunk ended; the last chunk makes the file ready."""
    _mine(person, id)
    with store.writing(id) as is_alone:
        if not is_alone:
            raise Refused("error.chunk_in_progress", "conflict")
        try:
            return _add(_mine(person, id), offset, chunk)
        except FileNotFoundError:
            if _row(db, id) is not None:
                raise  # some other file is missing, for example while Python is being updated under the server
            store.remove(id)  # the upload was cancelled in the meantime
            raise _not_found() from None


def _add(row: Row, offset: int, chunk: bytes) -> Upload:
    if row.ready is not None:
        return state(row)
    here = _here(row)
    if offset != here:
        raise Refused("error.chunk_offset", "conflict", offset=here)
    if len(chunk) > CHUNK or offset + len(chunk) > row.size:
        raise Refused("error.chunk_too_large", "too_large")
    if not chunk and offset < row.size:
        raise Refused("error.chunk_empty", "bad_input")
    if chunk:
        _check_disk(len(chunk))
        store.write(row.id, offset, chunk)
    with db.transaction() as tx:
        _check_may_send(tx, row.person, row.channel)
        updated = tx.execute("update file set received = :received where id = :id returning id",
                             received=offset + len(chunk), id=row.id)
    if not updated:
        raise FileNotFoundError(row.id)
    if offset + len(chunk) < row.size:
        return progress(row.person, row.id)  # waits for the commit, so that the next chunk finds this row
    return _finish(row)


def _finish(row: Row) -> Upload:
    """Put a complete file into the store, detect its type, make previews, and mark its row as ready."""
    with store.finished(row.id) as path:
        with open(path, "rb") as file:
            type = types.sniff(file.read(types.HEAD))
        width, height, animated = _make_previews(row.id, path) if type in types.IMAGES else (0, 0, 0)
    with db.transaction() as tx:
        updated = tx.execute("update file set type = :type, width = :width, height = :height, animated = :animated, "
                             "previews = :version, ready = :at, received = size where id = :id returning id",
                             type=type, width=width, height=height, animated=animated, version=images.VERSION,
                             at=node.now(), id=row.id)
    if not updated:
        raise FileNotFoundError(row.id)
    return progress(row.person, row.id)


def _make_previews(id: str, path: Path) -> tuple[int, int, int]:
    """Make and store the previews of a picture; return their width and height, 0 if there are none, and `animated`."""
    previews = images.shrink(path, (images.VIEW, images.THUMB))
    if previews is None:
        return 0, 0, 0
    width, height, animated, (view, thumb) = previews
    store.keep(id, "view", view)
    store.keep(id, "thumb", thumb)
    return width, height, int(animated)


def add_whole(person: int, channel: str, id: str, name: str, source: Path) -> File:
    """Add a complete local file, regardless of rights and quotas; the source is gone afterwards.  Idempotent.

    The `id` is 32 hexadecimal digits.  It belongs to no message yet: `attach` follows.
    """
    size = source.stat().st_size
    _check_disk(size)
    with db.transaction() as tx:
        tx.execute("insert into file (id, channel, person, name, size, received, at) values "
                   "(:id, :channel, :person, :name, :size, :size, :at) on conflict (id) do nothing",
                   id=id, channel=channel, person=person, name=clean(name), size=size, at=node.now())
    source.replace(store.arriving(id))
    return _finish(_mine(person, id)).file  # type: ignore[return-value]


def renew_previews() -> int:
    """Make previews again that an older version made, of a few pictures at a time; return of how many."""
    rows = [Row(*row) for row in db.execute(
        f"select {COLUMNS} from file where width > 0 and previews < :version and ready is not null limit :most",
        version=images.VERSION, most=RENEWED)]
    for row in rows:
        width, height, animated = _renew(row.id)
        if not width:  # it is damaged, or the child process failed: the old previews stay
            width, height, animated = row.width, row.height, row.animated
        with db.transaction(row.channel) as tx:
            tx.execute("update file set width = :width, height = :height, animated = :animated, previews = :version "
                       "where id = :id", width=width, height=height, animated=animated, version=images.VERSION,
                       id=row.id)
            if (width, height, animated) != (row.width, row.height, row.animated):
                _update_message(tx, row.id)
    return len(rows)


def _renew(id: str) -> tuple[int, int, int]:
    try:
        with store.local(id) as path:
            return _make_previews(id, path)
    except FileNotFoundError:
        return 0, 0, 0


def _update_message(tx: db.Transaction, id: str) -> None:
    """Put a file as it is now into the entry of its message, if it has one."""
    row = _row(tx, id)
    if row is None or row.seq is None:
        return
    for entry in log.read(tx, row.channel, row.seq - 1, 1):
        files = [msgspec.to_builtins(row.file()) if file["id"] == id else file for file in entry.data.get("files", ())]
        log.blank(tx, row.channel, [row.seq], {**entry.data, "files": files})


def state(row: Row) -> Upload:
    """Return the progress of the upload of a row."""
    if row.ready is not None:
        return Upload(row.id, row.size, row.size, file=row.file())
    return Upload(row.id, _here(row), row.size)


def _here(row: Row) -> int:
    """Return how many bytes are durable: further ones, which the row does not count, may be part of a chunk."""
    received = store.received(row.id)
    is_whole = row.received and not received and store.is_whole(row.id)
    return row.size if is_whole else min(row.received, received)


def progress(person: int, id: str) -> Upload:
    """Return the progress of a person's upload."""
    return state(_mine(person, id))


def cancel(person: int, id: str) -> None:
    """Cancel an upload, or delete a file that belongs to no message yet."""
    _mine(person, id)
    with db.transaction() as tx:
        if not tx.execute("delete from file where id = :id and seq is null returning id", id=id):
            raise Refused("error.file_in_message", "denied")
        tx.after_commit(lambda: store.remove(id))


def owner(id: str) -> int:
    """Return who began an upload; anyone who knows the id of one that is not sent may add to it."""
    row = _row(db, id)
    if row is None:
        raise _not_found()
    return row.person


def choose(tx: db.Transaction, person: int, channel: str, ids: list[str]) -> None:
    """Choose the channel of a person's files that have none yet; sending them checks the right to write there."""
    tx.execute("update file set channel = :channel where id = any(:ids) and person = :person and seq is null "
               "and channel = :undecided", channel=channel, ids=ids, person=person, undecided=UNDECIDED)


def _mine(person: int, id: str) -> Row:
    row = _row(db, id)
    if row is None or row.person != person:
        raise _not_found()
    return row


def _not_found() -> Refused:
    return Refused("error.file_not_found", "not_found")


def _row(reads: Reads, id: str) -> Row | None:
    rows = reads.execute(f"select {COLUMNS} from file where id = :id", id=id)
    return Row(*rows[0]) if rows else None


def find(person: int, id: str) -> Row:
    """Return a ready file that a person may read: one of a message in a channel they may read, or their own."""
    row = _row(db, id)
    may = row is not None and row.ready is not None and (
        access.allows(db, person, row.channel, "read") if row.seq is not None else row.person == person)
    if row is None or not may:
        raise _not_found()
    return row


def unsent(tx: db.Transaction, person: int, channel: str, ids: tuple[str, ...]) -> list[File]:
    """Return a person's ready files, which no message has yet, as a message shows them; `attach` follows."""
    rows = tx.execute(f"select {COLUMNS} from file where id = any(:ids) and person = :person and channel = :channel "
                      "and ready is not null and seq is null for update",
                      ids=list(ids), person=person, channel=channel)
    found = {row.id: row.file() for row in (Row(*each) for each in rows)}
    if len(found) < len(ids):
        raise Refused("error.files_unusable", "not_found")
    return [found[id] for id in ids]


def attach(tx: db.Transaction, seq: int, files: Iterable[str], at: float | None = None) -> None:
    """Attach files to a message that is being written; `at` is when they were uploaded, if elsewhere and before."""
    tx.execute("update file set seq = :seq, at = coalesce(:at, at) where id = any(:files)",
               seq=seq, at=at, files=list(files))


def detach(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete the files of a deleted message."""
    for id, in tx.execute("delete from file where channel = :channel and seq = :seq returning id",
                          channel=channel, seq=seq):
        tx.after_commit(lambda id=id: store.remove(id))  # type: ignore[misc]


def sweep(now: float | None = None) -> int:
    """Remove files without a message after a day, and bytes without a row; return how many files there were."""
    now = now or node.now()
    with db.transaction() as tx:
        gone = [id for id, in tx.execute("delete from file where seq is null and at < :old returning id",
                                         old=now - ORPHANED)]
    stored = store.older_than(now - SETTLED)  # before the rows are read: a row is always older than its bytes
    lost = stored - {id for id, in db.execute_in_thread("select id from file")} - avatars()
    for id in {*gone, *lost}:
        store.remove(id)
    return len({*gone, *lost})


def avatars() -> set[str]:
    """Return the names of people's avatars, and of the server's icon, in the store."""
    return {f"avatar-{id}" for id, in db.execute("select avatar from person where avatar <> '' union all "
                                                 "select value from setting where name = 'icon' and value <> ''")}
