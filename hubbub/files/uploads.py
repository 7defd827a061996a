"""Files as people send them: begun, arriving in chunks that can be resumed, ready, attached to a message, forgotten."""

import secrets
import unicodedata

import msgspec

from hubbub.core import access, db, node
from hubbub.core.access import Reads, Refused
from hubbub.files import images, store, types

CHUNK = 512 * 1024
NAME_LIMIT = 150
OPEN_LIMIT = 50  # uploads of one person that are not attached yet
KEPT_FREE = 500 * 1024 * 1024  # bytes of the disk, or a twentieth of it where that is less
ORPHANED = 24 * 3600.0  # seconds after which what belongs to no message is removed
SETTLED = 3600.0  # seconds that bytes may wait for their row
PREVIEWS = ("thumb", "view")  # the last part of an address that asks for a picture, so no file's name

COLUMNS = "id, channel, person, name, size, arrived, type, width, height, ready, seq"


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file as a message shows it; with a preview, `width` and `height` are the preview's."""

    id: str
    name: str
    size: int
    type: str
    width: int = 0
    height: int = 0
    preview: bool = False


class Upload(msgspec.Struct, frozen=True):
    """How far a file has arrived; `file` once it is ready."""

    id: str
    arrived: int
    size: int
    chunk: int = CHUNK
    file: File | None = None


class Row(msgspec.Struct, frozen=True):
    """A file as it is kept."""

    id: str
    channel: str
    person: int
    name: str
    size: int
    arrived: int
    type: str
    width: int
    height: int
    ready: float | None
    seq: int | None

    def file(self) -> File:
        """What a message shows of it."""
        return File(self.id, self.name, self.size, self.type, self.width, self.height, self.width > 0)


class Arriving:
    """The files of which this node is writing a chunk."""

    def __init__(self) -> None:
        self.ids: set[str] = set()


arriving = node.state(Arriving)


def begin(person: int, channel: str, name: str, size: int) -> Upload:
    """Say that a file will come into a channel where one may write; Refused over a limit."""
    config = node.current().config
    if not 0 < size <= config.file_limit:
        raise Refused(f"a file has at most {config.file_limit // 1024**2} MB" if size else "the file is empty",
                      "too_large" if size else "bad_input")
    _keep_free(size)
    id = secrets.token_hex(16)
    with db.transaction() as tx:
        _check_may_send(tx, person, channel)
        [(used, waiting)] = tx.execute("select coalesce(sum(size), 0), count(case when seq is null then 1 end) "
                                       "from file where person = :person", person=person)
        if used + size > config.file_quota:
            raise Refused(f"your files would take more than {config.file_quota // 1024**2:,} MB in all", "too_large")
        if waiting >= OPEN_LIMIT:
            raise Refused("too many files are waiting to be sent: send or remove some", "too_fast")
        tx.execute("insert into file (id, channel, person, name, size, arrived, at) "
                   "values (:id, :channel, :person, :name, :size, 0, :at)",
                   id=id, channel=channel, person=person, name=clean(name), size=size, at=node.now())
    return Upload(id, 0, size)


def _check_may_send(tx: db.Transaction, person: int, channel: str) -> None:
    access.check(tx, person, channel, "post" if access.allows(tx, person, channel, "post") else "reply")


def _keep_free(size: int) -> None:
    free, total = store.free()
    if free - size < min(KEPT_FREE, total // 20):
        raise Refused("the disk of the server is nearly full", "busy")


def clean(name: str) -> str:
    """A name as it may be shown: no path, nothing invisible or that turns the direction of reading."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C")
    stem, dot, ending = " ".join(shown.split()).strip(". ").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    room = NAME_LIMIT - len(ending[:20]) - 1
    kept = (f"{stem[:room]}.{ending[:20]}" if ending and stem else (stem or ending)[:NAME_LIMIT]) or "file"
    return f"{kept}-file" if kept in PREVIEWS else kept


def add(person: int, id: str, offset: int, chunk: bytes) -> Upload:
    """Add the bytes at `offset`, where the last ones ended; with the last chunk the file is looked at and ready."""
    _mine(person, id)
    if id in arriving().ids:
        raise Refused("other bytes of it are still arriving", "taken")
    arriving().ids.add(id)
    try:
        return _add(_mine(person, id), offset, chunk)
    except FileNotFoundError:
        if _row(db, id) is not None:
            raise  # not the file is missing, but something of the server, as when Python is being replaced under it
        store.remove(id)  # it was taken back meanwhile
        raise _absent() from None
    finally:
        arriving().ids.discard(id)


def _add(row: Row, offset: int, chunk: bytes) -> Upload:
    if row.ready is not None:
        return state(row)
    here = _here(row)
    if offset != here:
        raise Refused(f"go on at {here}, where the last bytes ended", "taken")
    if len(chunk) > CHUNK or offset + len(chunk) > row.size:
        raise Refused("that is more than was announced", "too_large")
    if not chunk and offset < row.size:
        raise Refused("there is nothing in that", "bad_input")
    if chunk:
        _keep_free(len(chunk))
        store.write(row.id, offset, chunk)
    with db.transaction() as tx:
        _check_may_send(tx, row.person, row.channel)
        kept = tx.execute("update file set arrived = :arrived where id = :id returning id",
                          arrived=offset + len(chunk), id=row.id)
    if not kept:
        raise FileNotFoundError(row.id)
    if offset + len(chunk) < row.size:
        return look(row.person, row.id)  # which waits for the commit, so that the next bytes find this row
    return _finish(row)


def _finish(row: Row) -> Upload:
    """All bytes are here: put them in their place, look what they are, make previews; then the row says so."""
    path = store.finish(row.id)
    with open(path, "rb") as file:
        type = types.sniff(file.read(types.HEAD))
    made = images.shrink(path, (images.VIEW, images.THUMB)) if type in types.IMAGES else None
    width = height = 0
    if made:
        width, height, (view, thumb) = made
        store.keep(row.id, "view", view)
        store.keep(row.id, "thumb", thumb)
    with db.transaction() as tx:
        kept = tx.execute("update file set type = :type, width = :width, height = :height, ready = :at, "
                          "arrived = size where id = :id returning id",
                          type=type, width=width, height=height, at=node.now(), id=row.id)
    if not kept:
        raise FileNotFoundError(row.id)
    return look(row.person, row.id)


def state(row: Row) -> Upload:
    """How far a file has arrived."""
    if row.ready is not None:
        return Upload(row.id, row.size, row.size, file=row.file())
    return Upload(row.id, _here(row), row.size)


def _here(row: Row) -> int:
    """How many bytes are surely here: of more the row does not know, and they may be half a chunk."""
    return row.size if store.is_whole(row.id) else min(row.arrived, store.arrived(row.id))


def look(person: int, id: str) -> Upload:
    """How far one's own file has arrived, to go on from there."""
    return state(_mine(person, id))


def cancel(person: int, id: str) -> None:
    """Take back a file that belongs to no message yet."""
    row = _mine(person, id)
    if row.seq is not None:
        raise Refused("it belongs to a message: delete that", "denied")
    with db.transaction() as tx:
        tx.execute("delete from file where id = :id and seq is null", id=id)
        tx.after_commit(lambda: store.remove(id))


def _mine(person: int, id: str) -> Row:
    row = _row(db, id)
    if row is None or row.person != person:
        raise _absent()
    return row


def _absent() -> Refused:
    return Refused("there is no such file", "absent")


def _row(reads: Reads, id: str) -> Row | None:
    rows = reads.execute(f"select {COLUMNS} from file where id = :id", id=id)
    return Row(*rows[0]) if rows else None


def find(person: int, id: str) -> Row:
    """A ready file that this person may read: of a message in a channel they may read, or their own."""
    row = _row(db, id)
    may = row is not None and row.ready is not None and (
        access.allows(db, person, row.channel, "read") if row.seq is not None else row.person == person)
    if row is None or not may:
        raise _absent()
    return row


def attach(tx: db.Transaction, person: int, channel: str, seq: int, ids: tuple[str, ...]) -> list[File]:
    """Make one's ready files those of a message that is being written; returns what it shows of them."""
    rows = tx.execute(f"update file set seq = :seq where id = any(:ids) and person = :person and channel = :channel "
                      f"and ready is not null and seq is null returning {COLUMNS}",
                      seq=seq, ids=list(ids), person=person, channel=channel)
    found = {row.id: row.file() for row in (Row(*each) for each in rows)}
    if len(found) < len(ids):
        raise Refused("one of the files is not here, or belongs to another message", "absent")
    return [found[id] for id in ids]


def detach(tx: db.Transaction, channel: str, seq: int) -> None:
    """The message is deleted, and so are its files."""
    for id, in tx.execute("delete from file where channel = :channel and seq = :seq returning id",
                          channel=channel, seq=seq):
        tx.after_commit(lambda id=id: store.remove(id))  # type: ignore[misc]


def sweep(now: float | None = None) -> int:
    """Remove what belongs to no message for a day, and bytes of which no row knows; returns how many files."""
    now = now or node.now()
    with db.transaction() as tx:
        gone = [id for id, in tx.execute("delete from file where seq is null and at < :old returning id",
                                         old=now - ORPHANED)]
    here = store.older(now - SETTLED)  # before the rows are read: a row is always older than its bytes
    lost = here - {id for id, in db.execute_in_thread("select id from file")} - avatars()
    for id in {*gone, *lost}:
        store.remove(id)
    return len({*gone, *lost})


def avatars() -> set[str]:
    """The pictures of people, whose bytes lie here too, by the names they have here."""
    return {f"avatar-{id}" for id, in db.execute("select avatar from person where avatar <> ''")}
