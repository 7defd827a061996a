"""A channel kind for tests, `club:<name>` with a table of members, and a subscriber without a socket."""

import msgspec
from gevent.event import Event

from hubbub.core import access, db, hub, log, windows

TABLE = """create table if not exists club_member (
    club text not null, person bigint not null, primary key (club, person))"""


hub.end_reading_by("club", "left", until="joined")


@access.rule("club")
def may(reads, person, name, verb):
    return bool(reads.execute("select 1 from club_member where club = :club and person = :person",
                              club=f"club:{name}", person=person))


@windows.projection("club")
def newest(reads, channel, span):
    entries = log.newest(reads, channel, "message", span.before, span.limit)
    return {"items": [{"seq": entry.seq, "text": entry.data["text"]} for entry in entries]}


def join(person, channel="club:chess", key=""):
    """Make a person a member by an entry in the log."""
    with db.transaction() as tx:
        tx.execute(TABLE)
        tx.execute("insert into club_member (club, person) values (:club, :person) on conflict do nothing",
                   club=channel, person=person)
        return log.append(tx, channel, "joined", {"person": person}, author=person, key=key or f"join-{person}")


def leave(person, channel="club:chess", key=""):
    """End a membership; the person receives nothing after this entry."""
    with db.transaction(channel) as tx:
        tx.execute("delete from club_member where club = :club and person = :person", club=channel, person=person)
        return log.append(tx, channel, "left", {"person": person}, author=person, key=key or f"leave-{person}")


def post(person, text, key, channel="club:chess"):
    """Post a message in a club."""
    with db.transaction(channel) as tx:
        access.check(tx, person, channel, "post")
        return log.append(tx, channel, "message", {"text": text}, author=person, key=key, counts=True)


class Listener:
    """A peer that records what it receives; between `stall()` and `resume()` its buffer is full."""

    def __init__(self, person=1):
        self.person = person
        self.received = []
        self.full = self.closed = False
        self._has_room = Event()
        self._has_room.set()

    @staticmethod
    def encode(event, payload):
        return msgspec.json.encode([event, payload])

    def send(self, frame):
        event, payload = msgspec.json.decode(frame)
        self.received.append((event, payload))

    def drained(self, timeout):
        return self._has_room.wait(timeout)

    def stall(self):
        self.full = True
        self._has_room.clear()

    def resume(self):
        self.full = False
        self._has_room.set()

    def close(self):
        self.closed = True

    def seqs(self, kind="message"):
        return [payload["seq"] for event, payload in self.received if event == kind]

    def texts(self):
        return [payload["data"]["text"] for event, payload in self.received if event == "message"]
