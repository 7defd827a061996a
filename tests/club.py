"""A channel kind of the tests' own, a club with members, and somebody who listens without a socket."""

import gevent
import msgspec
from gevent.event import Event

from hubbub.core import access, db, hub, log, windows

TABLE = """create table if not exists club_member (
    club text not null, person bigint not null, primary key (club, person))"""


@access.rule("club")
def may(reads, person, name, verb):
    return bool(reads.execute("select 1 from club_member where club = :club and person = :person",
                              club=f"club:{name}", person=person))


@windows.projection("club")
def newest(reads, channel, span):
    entries = log.newest(reads, channel, "message", span.before, span.limit)
    return {"items": [{"seq": entry.seq, "text": entry.data["text"]} for entry in entries]}


def join(person, channel="club:chess", key=""):
    """Make a person a member; kept as an entry."""
    with db.transaction() as tx:
        tx.execute(TABLE)
        tx.execute("insert into club_member (club, person) values (:club, :person) on conflict do nothing",
                   club=channel, person=person)
        return log.append(tx, channel, "joined", {}, author=person, key=key or f"join-{person}")


def leave(person, channel="club:chess", key=""):
    """End a membership; nothing after this entry is delivered to them."""
    with db.transaction() as tx:
        tx.execute("delete from club_member where club = :club and person = :person", club=channel, person=person)
        entry = log.append(tx, channel, "left", {}, author=person, key=key or f"leave-{person}")
        tx.after_commit(lambda: hub.expel(channel, person))
    return entry


def say(person, text, key, channel="club:chess"):
    """Post a message in a club."""
    with db.transaction() as tx:
        access.check(tx, person, channel, "post")
        return log.append(tx, channel, "message", {"text": text}, author=person, key=key, counts=True)


class Listener:
    """A peer that keeps what it is sent; `stall()` makes it full until `resume()`."""

    def __init__(self, person=1):
        self.person = person
        self.received = []
        self.full = self.closed = False
        self._taken = Event()
        self._taken.set()

    @staticmethod
    def encode(event, payload):
        return msgspec.json.encode([event, payload])

    def send(self, frame):
        event, payload = msgspec.json.decode(frame)
        self.received.append((event, payload))

    def drained(self, timeout):
        return self._taken.wait(timeout)

    def stall(self):
        self.full = True
        self._taken.clear()

    def resume(self):
        self.full = False
        self._taken.set()

    def close(self):
        self.closed = True

    def seqs(self, kind="message"):
        return [payload["seq"] for event, payload in self.received if event == kind]

    def texts(self):
        return [payload["data"]["text"] for event, payload in self.received if event == "message"]


def until(condition, seconds=20):
    """Let other greenlets run until the condition holds, and return its value; fail after `seconds`."""
    with gevent.Timeout(seconds, AssertionError("this did not happen in time")):
        while not (value := condition()):
            gevent.sleep(0.001)
        return value
