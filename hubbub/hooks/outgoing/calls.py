"""Calls: the requests to outgoing webhooks, each an entry in the channel `outgoing:<id>`, which is sent in order.

The row of a call says what caused it, not the text of the message: that is read when it is sent, so a text that was
deleted meanwhile is never sent.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from hubbub.core import access, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.people.model import SYSTEM

QUEUE = 1000  # calls of one webhook that may wait
KEPT = {"done": 20, "failed": 100}  # of one webhook; done ones at least as long as `response_url` works
REPLY_SECONDS = 30 * 60.0
ANSWER = 500  # characters of a response


class Call(msgspec.Struct, frozen=True):
    """A request to a webhook; `state` is waiting, done or failed."""

    id: str
    outgoing: int
    kind: str
    channel: str
    message: int
    thread: int
    person: int
    word: str
    text: str
    at: float
    state: str
    tries: int
    status: int
    error: str
    answer: str
    replies: int


class Cause(NamedTuple):
    """What a new call is about; the fields are those of `Call`."""

    outgoing: int
    kind: str
    key: str  # by which it happens once
    channel: str
    person: int
    message: int = 0
    thread: int = 0
    word: str = ""
    text: str = ""


COLUMNS = ("id, outgoing, kind, channel, message, thread, person, word, text, at, state, tries, status, error, answer, "
           "replies")
INSERT = """insert into outgoing_call (id, outgoing, seq, kind, channel, message, thread, person, word, text, at, state,
    tries, status, error, answer, replies) select id, outgoing, seq, kind, channel, message, thread, person, word, text,
    at, 'waiting', 0, 0, '', '', 0 from each(:rows) as call(id text, seq bigint, at double precision, outgoing bigint,
    kind text, channel text, person bigint, message bigint, thread bigint, word text, text text)"""
WAITING = """select outgoing.id, coalesce(head, 0) - seq from outgoing left join channel
    on channel.name = 'outgoing:' || outgoing.id where outgoing.id = any(:ids)"""
DROPPED = """update outgoing set dropped = dropped + more.n from each(:counts) as more(id bigint, n bigint)
    where outgoing.id = more.id"""


def queue(outgoing: int) -> str:
    """Return the channel of the calls of a webhook."""
    return f"outgoing:{outgoing}"


def new_id() -> str:
    """Return an id of a call."""
    return secrets.token_urlsafe(16)


def add(tx: db.Transaction, causes: Sequence[Cause]) -> list[str]:
    """Add calls to the queues of their webhooks; return their ids, empty where too many wait already."""
    queues = {queue(cause.outgoing) for cause in causes}
    tx.lock(*queues)
    first = log.find_duplicates(tx, [(queue(cause.outgoing), SYSTEM, cause.key) for cause in causes])
    ids = {key: str(entry.data["call"]) for key, entry in first.items()}
    waiting: dict[int, int] = dict(tx.execute(WAITING, ids=sorted({cause.outgoing for cause in causes})))
    dropped: Counter[int] = Counter()
    appender, rows = log.Appender(tx, queues), []
    for cause in causes:
        outgoing, key = cause.outgoing, (queue(cause.outgoing), SYSTEM, cause.key)
        if key in ids or outgoing not in waiting:  # in the queue already, or revoked
            continue
        if waiting[outgoing] >= QUEUE:
            dropped[outgoing] += 1
            continue
        ids[key] = id = new_id()
        entry = appender.add(key[0], "call", {"call": id}, author=SYSTEM, key=cause.key)
        waiting[outgoing] += 1
        rows.append((id, entry.seq, entry.at, outgoing, cause.kind, *cause[3:]))
    appender.store()
    if rows:
        tx.execute(INSERT, rows=rows)
    if dropped:
        tx.execute(DROPPED, counts=sorted(dropped.items()))
    return [ids.get((queue(cause.outgoing), SYSTEM, cause.key), "") for cause in causes]


def add_one(tx: db.Transaction, cause: Cause) -> str:
    """Add a call that a person waits for, and return its id; refuse it if too many wait already."""
    [call] = add(tx, [cause])
    if not call:
        raise Refused("error.outgoing_busy", "busy")
    return call


def find(reads: Reads, id: str) -> Call | None:
    """Return a call, if it is still known."""
    rows = reads.execute(f"select {COLUMNS} from outgoing_call where id = :id", id=id)
    return Call(*rows[0]) if rows else None


def recent(reads: Reads, outgoing: int) -> list[Call]:
    """Return the calls of a webhook that wait or failed and the last ones that are done, the newest first."""
    rows = reads.execute(f"select {COLUMNS} from (select * from outgoing_call where outgoing = :id and state <> 'done' "
                         "union all select * from (select * from outgoing_call where outgoing = :id and state = 'done' "
                         "order by seq desc limit :kept) as done) as call order by seq desc limit :most",
                         id=outgoing, kept=KEPT["done"], most=sum(KEPT.values()))
    return [Call(*row) for row in rows]


def record(tx: db.Transaction, id: str, state: str, status: int, error: str = "", answer: str = "") -> None:
    """Store how a try ended."""
    tx.execute("update outgoing_call set state = :state, tries = tries + 1, status = :status, error = :error, "
               "answer = :answer where id = :id", id=id, state=state, status=status, error=error,
               answer=answer[:ANSWER])


def send_again(tx: db.Transaction, outgoing: int, id: str) -> None:
    """Put a failed call at the end of the queue, which is locked, under the id that it has."""
    if not tx.execute("select 1 from outgoing_call where id = :id and outgoing = :outgoing and state = 'failed'",
                      id=id, outgoing=outgoing):
        raise access.not_found()
    entry = log.append(tx, queue(outgoing), "call", {"call": id}, author=SYSTEM, key=f"again/{new_id()}")
    tx.execute("update outgoing_call set state = 'waiting', tries = 0, replies = 0, seq = :seq, at = :at "
               "where id = :id", seq=entry.seq, at=entry.at, id=id)


def take_reply(tx: db.Transaction, id: str, most: int) -> int:
    """Count a reply to a call by `response_url`, and return its number; refuse one too many, or too late."""
    rows = tx.execute("update outgoing_call set replies = replies + 1 where id = :id and replies < :most "
                      "and at > :since returning replies", id=id, most=most, since=node.now() - REPLY_SECONDS)
    if not rows:
        raise Refused("error.reply_expired", "not_found")
    return int(rows[0][0])


def tidy() -> None:
    """Delete old calls, except those that wait, and the last ones of each webhook."""
    old = node.now() - REPLY_SECONDS
    for outgoing, in db.execute("select id from outgoing"):
        for state, kept in KEPT.items():
            values: dict[str, Any] = {"id": outgoing, "state": state}
            rows = db.execute("select seq from outgoing_call where outgoing = :id and state = :state "
                              "order by seq desc limit 1 offset :kept", kept=kept, **values)
            if rows:
                with db.transaction() as tx:
                    tx.execute("delete from outgoing_call where outgoing = :id and state = :state and seq <= :seq "
                               "and at < :old", seq=rows[0][0], old=old, **values)
