"""Carrying out an `http` action of a notification: by this server, once for each person.

The page cannot do it, since its policy lets it connect to this server only, and should not: the request would come from
inside the reader's network, with the headers that the publisher chose.  The server connects to public addresses only
(HUBBUB_PUSH_PRIVATE allows others), sends nothing of the reader's, and keeps the answer to itself, except its status.
"""

from typing import Literal

import msgspec

from hubbub.core import db, log, node
from hubbub.core.access import Refused
from hubbub.hooks.actions import Action
from hubbub.hooks.outgoing import sending
from hubbub.notifications import model as notifications
from hubbub.notifications.addresses import Forbidden
from hubbub.publishing import model

ON_ITS_WAY, FORBIDDEN, UNREACHABLE = -2, -1, 0  # instead of a status
STALE = 60.0  # seconds after which a press without an outcome may be repeated: its node stopped
OF_THE_CONNECTION = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "cookie",
                     "expect", "keep-alive", "proxy-authorization"}
BEGIN = """insert into publication_press (publication, revision, action, person, at, status) values (:publication,
    :revision, :action, :person, :at, :status) on conflict (publication, revision, action, person) do update
    set at = :at, status = :status where publication_press.status not between 200 and 299
    and (publication_press.status <> :status or publication_press.at < :stale) returning 1"""
WHICH = "publication = :publication and revision = :revision and action = :action and person = :person"

Result = Literal["done", "failed", "unreachable", "forbidden", "waiting"]


class Outcome(msgspec.Struct, frozen=True):
    """What came of an action; `status` is that of the answer, 0 without one."""

    result: Result
    status: int


class _Press(msgspec.Struct, frozen=True):
    publication: str
    revision: int
    action: int
    person: int


def press(person: int, seq: int, number: int) -> Outcome:
    """Carry out an action of a notification in a person's inbox; what succeeded before is not repeated."""
    one, action = _find(person, seq, number)
    values = msgspec.structs.asdict(one)
    with db.transaction() as tx:
        begun = tx.execute(BEGIN, **values, at=node.now(), status=ON_ITS_WAY, stale=node.now() - STALE)
    [(status,)] = db.execute(f"select status from publication_press where {WHICH}", **values)  # waits for the commit
    if not begun:
        return _outcome(status)
    status = _send(action)
    db.retry(lambda: _end(one, seq, action, status))
    return _outcome(status)


def _find(person: int, seq: int, number: int) -> tuple[_Press, Action]:
    with db.snapshot() as reads:
        entries = log.read(reads, notifications.inbox(person), seq - 1, 1)
        data = entries[0].data if entries and entries[0].seq == seq else {}
        one = model.by_id(reads, data.get("publication", ""))
    actions = one.message.actions if one and one.withdrawn is None else ()
    if one is None or number >= len(actions) or actions[number].action != "http":
        raise Refused("error.action_not_found", "not_found")
    if data.get("revision", 0) != one.revision:
        raise Refused("error.action_changed", "conflict")
    return _Press(one.id, one.revision, number, person), actions[number]


def _send(action: Action) -> int:
    from requests import RequestException
    from requests.exceptions import InvalidSchema

    headers = {name: value for name, value in action.headers.items() if name.lower() not in OF_THE_CONNECTION}
    try:
        answer = sending.state().open_session().request(
            action.method or "POST", action.url, data=action.body.encode(), headers=headers)
        return int(answer.status_code)
    except (Forbidden, InvalidSchema):
        return FORBIDDEN
    except (RequestException, ValueError):
        return UNREACHABLE


def _end(one: _Press, seq: int, action: Action, status: int) -> None:
    with db.transaction(notifications.inbox(one.person)) as tx:
        tx.execute(f"update publication_press set status = :status, at = :at where {WHICH}",
                   status=status, at=node.now(), **msgspec.structs.asdict(one))
    if 200 <= status < 300 and action.clear:
        notifications.mark_read(one.person, [seq])


def _outcome(status: int) -> Outcome:
    names: dict[int, Result] = {ON_ITS_WAY: "waiting", FORBIDDEN: "forbidden", UNREACHABLE: "unreachable"}
    result: Result = names.get(status) or ("done" if 200 <= status < 300 else "failed")
    return Outcome(result, max(status, 0))
