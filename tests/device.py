"""A simulated device that subscribes to two clubs and to a page that only members of one of them may read."""

from hubbub.core import access, db, log, windows
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from tests import club

CHESS, TEA, PAGE = "club:chess", "club:tea", "page:chess"
CHANNELS = (CHESS, TEA, PAGE)


@access.rule("page")
def may(reads, person, name, verb):
    """Allow the members of the club to read and write its page."""
    return access.allows(reads, person, f"club:{name}", verb)


windows.projection("page")(club.newest)


def say(person, key, channels):
    """Post the same message in several channels at once; return its seq in each."""
    with db.transaction() as tx:
        return {channel: _say(tx, person, key, channel) for channel in channels}


def _say(tx, person, key, channel):
    access.check(tx, person, channel, "post")
    return log.append(tx, channel, "message", {"text": key}, author=person, key=key, counts=True).seq


class Shelf:
    """A device's copy of one channel."""

    def __init__(self):
        self.cursor, self.base, self.applied = START, 0, []
        self.first, self.shown = 1, {}  # the messages that it shows, from `first` on
        self.fence = None  # the last entry before its person was removed
        self.stale = False  # of a history that a restore replaced

    def reset(self, window):
        as_of = Cursor(*window["as_of"])
        assert self.fence is None or as_of.seq <= self.fence, "received after the removal"
        self.base, self.cursor, self.applied, self.stale = as_of.seq, as_of, [], False
        self.replace({item["seq"]: item["text"] for item in window["items"]}, as_of.seq)

    def replace(self, shown, seq):
        self.shown, self.first = shown, min(shown, default=seq + 1)

    def apply(self, entry):
        if entry["seq"] <= self.cursor.seq:
            return
        assert not self.stale, "applied entries to a replaced history"
        assert entry["seq"] == self.cursor.seq + 1, "received an entry after a gap"
        assert self.fence is None or entry["seq"] <= self.fence, "received after the removal"
        self.applied.append((entry["seq"], entry["author"], entry["key"], entry["kind"]))
        self.cursor = Cursor(entry["seq"], entry["key"])
        if entry["kind"] == "message":
            self.shown[entry["seq"]] = entry["key"]

    def agrees_with(self, rows):
        """Check that it applied a slice of the log and shows its messages."""
        assert self.applied == rows[self.base:self.base + len(self.applied)], "applied entries that differ from the log"
        messages = {seq: key for seq, _, key, kind in rows
                    if kind == "message" and self.first <= seq <= self.cursor.seq}
        assert self.shown == messages, "shows messages that differ from the log"

    def is_of(self, rows):
        return self.cursor.seq == 0 or self.cursor.key in [row[2] for row in rows[self.cursor.seq - 1:self.cursor.seq]]


class Client:
    """A person's device: its copies of channels, its unsent messages, and what was acknowledged."""

    def __init__(self, person):
        self.person = person
        self.connection = None
        self.shelves = {channel: Shelf() for channel in CHANNELS}
        self.pending, self.acknowledged, self.gone = {}, {}, set()
        self.posted = 0

    def say(self, channels):
        self.posted += 1
        key = f"{self.person}-{self.posted}"
        self.pending[key] = channels
        self.send(key)

    def send(self, key):
        connection = self.connection
        if not connection:
            return
        with db.UnitOfWork() as unit:
            try:
                seqs = say(self.person, key, self.pending[key])
            except Refused:
                self.pending.pop(key)
                self.gone.add(key)
                return
        unit.batch.then(lambda failure: connection.wire.append(["ok", key, seqs]) if not failure else None)

    def cut(self):
        if self.connection:
            self.connection.cut()
        self.connection = None

    def take(self):
        """Handle the oldest frame; return the channels in which the device is behind."""
        kind, *rest = self.connection.take()
        if kind == "ok":
            self.pending.pop(rest[0], None)
            self.acknowledged[rest[0]] = rest[1]
        elif kind == "answer":
            self.apply_answers(*rest)
        elif kind == "heads":
            return [name for name, head in rest[0]["heads"].items() if head > self.shelves[name].cursor.seq]
        elif kind == "reset":
            self.shelves[rest[0]["channel"]].reset(rest[0])
        else:
            self.shelves[rest[0]["channel"]].apply(rest[0])
            if rest[0]["author"] == self.person:
                self.pending.pop(rest[0]["key"], None)
        return []

    def apply_answers(self, answers):
        for channel, answer in answers.items():
            shelf = self.shelves[channel]
            if isinstance(answer, int):
                assert shelf.cursor.seq >= answer or shelf.fence is not None, "answered before all entries were sent"
            else:
                assert shelf.fence is not None, f"refused a member: {answer}"
