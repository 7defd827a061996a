"""Snooze notifications, and remind of messages: they are not shown until a time, then come back and are pushed again.

A reminder is a notification that is snoozed from the start.  The newest of each conversation comes back as a new entry
of the inbox, so that it is at the top on every device and the push worker sees it; the others become unread again.
"""

from collections.abc import Iterable
from typing import Any

from hubbub.core import access, db, log, node, timers
from hubbub.core.access import Refused
from hubbub.core.timers import Timer
from hubbub.notifications import model
from hubbub.notifications.model import FILTERS, Cause, Filter, inbox

TIMER = "snoozed"  # one for each person, due when the first of what they snoozed is
LONGEST = 366 * 24 * 3600.0

DUE = f"person = :person and {FILTERS['snoozed']} and snoozed <= :now"


def snooze(person: int, until: float, seqs: Iterable[int] = (), *, conversation: str = "", show: Filter = "unread",
           up_to: int = model.ALL, action: str = "") -> None:
    """Show unread notifications not before `until`: these, or those of a conversation that a filter shows; 0: now.

    `up_to` leaves out what a device has not seen; `action` is a name under which `undo.undo` undoes it.
    """
    check(until)
    which = f"conversation = :conversation and seq <= :up_to and {FILTERS[show]}" if conversation else \
        "seq = any(:seqs)"
    with db.transaction(inbox(person)) as tx:
        tx.lock(inbox(person))
        if 0 < until <= node.now() or model.is_done(tx, person, action):
            return  # sent late by a device that was offline, or a second time
        found = tx.execute(f"select seq, snoozed from notification where person = :person and read is null and {which}",
                           person=person, seqs=list(seqs), conversation=conversation, up_to=up_to)
        if not until:
            found = [(seq, None) for seq, before in found if before]
        put(tx, person, [seq for seq, _ in found], until or None)
        model.append(tx, person, "snoozed", [(seq, {"until": until, **({"was_read": True} if before else {})})
                                             for seq, before in found], action)


def put(tx: db.Transaction, person: int, seqs: list[int], until: float | None) -> None:
    """Snooze notifications of a locked inbox until a time, or show them again."""
    tx.execute("update notification set snoozed = cast(:until as double precision) "
               "where person = :person and seq = any(:seqs)", person=person, seqs=seqs, until=until)
    _set_timer(tx, person)


def check(until: float) -> None:
    """Refuse a time that is too far in the future."""
    if until > node.now() + LONGEST:
        raise Refused("error.snoozed_too_long", "bad_input")


def remind(tx: db.Transaction, person: int, cause: Cause, until: float) -> None:
    """Notify a person at a time, and not before; another time for the same message replaces the first.

    Nothing is said to them if the message is deleted or they leave the channel before.
    """
    check(until)
    tx.lock(inbox(person))
    if log.find_duplicate(tx, inbox(person), cause.author, cause.key):
        return
    earlier = tx.execute(f"select seq from notification where person = :person and channel = :channel "
                         f"and target = :target and cause = :cause and {FILTERS['snoozed']}", person=person,
                         channel=cause.channel, target=cause.target, cause=cause.kind)
    if earlier:
        put(tx, person, [seq for seq, in earlier], until)
        model.append(tx, person, "snoozed", [(seq, {"until": until, "was_read": True}) for seq, in earlier])
        return
    log.append(tx, inbox(person), "reminder", {**model.data_of(cause), "until": until}, author=cause.author,
               key=cause.key, is_new=True)
    model.store(tx, [person], cause, until)
    _set_timer(tx, person)


def _set_timer(tx: db.Transaction, person: int) -> None:
    """Have `wake` called when the first of what a person snoozed is due."""
    [(first,)] = tx.execute(f"select min(snoozed) from notification where person = :person and {FILTERS['snoozed']}",
                            person=person)
    if first is None:
        timers.cancel(tx, TIMER, str(person))
    else:
        timers.set(tx, TIMER, str(person), first)


def wake(timer: Timer) -> None:
    """Bring back what a person snoozed until now, except what they may not read any more."""
    person = int(timer.key)
    with db.transaction(inbox(person)) as tx:
        tx.lock(inbox(person))
        timers.finish(tx, timer)
        rows = tx.execute(f"select seq, channel, conversation from notification where {DUE} order by seq",
                          person=person, now=node.now())
        readable = access.allowed(tx, person, {channel for _, channel, _ in rows if channel}, "read")
        lost = [seq for seq, channel, _ in rows if channel and channel not in readable]
        tx.execute("update notification set read = :now where person = :person and seq = any(:lost)",
                   now=node.now(), person=person, lost=lost)
        model.append(tx, person, "read", [(seq, {"was_read": True}) for seq in lost])
        _bring_back(tx, person, [(seq, conversation) for seq, channel, conversation in rows if seq not in set(lost)])
        _set_timer(tx, person)


def _bring_back(tx: db.Transaction, person: int, found: list[tuple[int, str]]) -> None:
    newest = {conversation: seq for seq, conversation in found}
    tx.execute("update notification set snoozed = null, returned = 1 where person = :person and seq = any(:seqs)",
               person=person, seqs=[seq for seq, _ in found])
    others = {seq for seq, _ in found} - set(newest.values())
    model.append(tx, person, "snoozed", [(seq, {"until": 0}) for seq in others])
    for entry in model.entries(tx, person, newest.values()):
        _append_again(tx, person, entry)


def _append_again(tx: db.Transaction, person: int, entry: log.Entry) -> None:
    """Move a notification to the end of the inbox; nothing of it is left in its old place."""
    data: dict[str, Any] = {name: value for name, value in entry.data.items() if name not in ("until", "replaces")}
    item = {"seq": entry.seq, **data}
    for call in model.overlays:  # what changed since is in the new entry
        call(tx, person, [item])
    data = {name: value for name, value in item.items() if name != "seq"}
    log.blank(tx, inbox(person), [entry.seq], {"deleted": True})
    back = log.append(tx, inbox(person), "notification", {**data, "replaces": entry.seq}, author=entry.author,
                      key=log.server_key("back", entry.seq), counts=True)
    tx.execute("update notification set seq = :to where person = :person and seq = :seq",
               person=person, seq=entry.seq, to=back.seq)
