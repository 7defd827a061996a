"""Undo what a person did in their inbox: what an action marked as read is unread again, on all their devices.

An action is a name that the device chose; the entries that the action appended have it in their keys, and say what it
changed.
"""

from hubbub.core import db, log
from hubbub.notifications import model, snooze


def undo(person: int, action: str) -> None:
    """Undo an action: done, snoozed, or everything marked as read.  A second time changes nothing."""
    with db.transaction(model.inbox(person)) as tx:
        tx.lock(model.inbox(person))
        name, nth = f"undo/{action}", 0
        if model.is_done(tx, person, name):
            return
        unread: list[tuple[int, bool]] = []
        while entry := log.find(tx, model.inbox(person), person, model.key_of(action, nth)):
            unread += _undo(tx, person, entry)
            nth += 1
        model.append(tx, person, "unread", [(seq, {"snoozed": True} if snoozed else {}) for seq, snoozed in unread],
                     name)


def _undo(tx: db.Transaction, person: int, entry: log.Entry) -> list[tuple[int, bool]]:
    """Undo what one entry did; return what is unread again, and whether it is still snoozed."""
    targets = entry.data["targets"]
    if entry.kind == "read":
        rows = tx.execute("update notification set read = null where person = :person and seq = any(:seqs) "
                          "and read is not null returning seq, snoozed", person=person, seqs=targets)
        return [(seq, until is not None) for seq, until in rows]
    rows = tx.execute("select seq from notification where person = :person and seq = any(:seqs) and read is null "
                      "and snoozed = cast(:until as double precision)",
                      person=person, seqs=targets, until=entry.data["until"])
    snooze.put(tx, person, [seq for seq, in rows], None)
    return [(seq, False) for seq, in rows]
