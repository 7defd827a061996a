"""Keep notifications true to what they are about: a changed text changes them, a deleted one blanks them.

The text is replaced in the log too, so that nothing holds the old one: neither a push that is still to be sent nor an
export.  An entry tells the devices that already have the notification; a later revision blanks the text in that entry.
"""

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from hubbub.core import db, hub, log, node
from hubbub.core.access import Reads
from hubbub.notifications import alarms
from hubbub.notifications.model import TEXT_LIMIT, inbox
from hubbub.notifications.plain import plain
from hubbub.people import model as people

DELETED = '{"deleted":true}'
WITHDRAWN = {  # the data for those that count as unread, and for those that do not
    "read is null and snoozed is null": '{"targets":[0],"deleted":true}',
    "(read is not null or snoozed is not null)": '{"targets":[0],"deleted":true,"was_read":true}',
}
SEQS = {"sqlite": "group_concat(seq)", "postgres": "string_agg(cast(seq as text), ',')"}
ABOUT = "from notification where channel = :about and target = :target"
NEWEST = """from (select person, max(seq) as seq from notification where channel = :about
    and (cast(:target as bigint) = 0 or target = :target) and person = any(:people) group by person) as newest"""
IS_OLD = {"sqlite": "data ->> '$.text' <> :text", "postgres": "(data::jsonb) ->> 'text' <> :text"}
REVISED = {"sqlite": "json_set(data, '$.text', :text)",
           "postgres": "jsonb_set(data::jsonb, '{text}', to_jsonb(cast(:text as text)))::text"}
EARLIER = """update entry set data = '{"targets":[]}' where channel = any(:inboxes) and author = :system
    and key >= :first and key < :last and kind = 'revised'"""


def revise(tx: db.Transaction, readers: Iterable[int], channel: str, text: str, target: int = 0) -> None:
    """Change the text of the newest notification of each reader about `target`, or about anything in the channel.

    Takes the same number of statements for any number of readers, who must be allowed to read the new text.
    """
    text, kind = plain(text, TEXT_LIMIT), db.dialect()
    if target:
        alarms.revise(tx, channel, target, text)
    about: dict[str, Any] = {"about": channel, "target": target, "people": list(readers)}
    if not about["people"]:
        return
    rows = tx.execute(f"update entry set data = {REVISED[kind]} where (channel, seq) in (select 'inbox:' || person, "
                      f"seq {NEWEST}) and {IS_OLD[kind]} returning channel", text=text, **about)
    inboxes = [name for name, in rows]
    _forget_earlier(tx, inboxes, channel, target)
    if inboxes:
        log.append_each(tx, "select 'inbox:' || person as channel, '{\"targets\":[' || seq || '],\"text\":' || "
                        f"cast(:packed as text) || '}}' as data {NEWEST} where 'inbox:' || person = any(:inboxes)",
                        "revised", author=people.SYSTEM, key=f"{_key(channel, target)}{secrets.token_hex(8)}",
                        packed=msgspec.json.encode(text).decode(), inboxes=inboxes, **about)


PATCHED = {"sqlite": "json_patch(json_remove(data, '$.attachment'), :patch)",
           "postgres": "(data::jsonb || cast(:patch as jsonb))::text"}


def replace(tx: db.Transaction, channel: str, target: int, text: str, more: Mapping[str, Any]) -> None:
    """Change the text and other fields of all notifications about an entry; what is read stays read."""
    patch = msgspec.json.encode({**more, "text": plain(text, TEXT_LIMIT)}).decode()
    values: dict[str, Any] = {"about": channel, "target": target}
    inboxes = [inbox(person) for person, in tx.execute(f"select person {ABOUT}", **values)]
    if not inboxes:
        return
    tx.lock(*inboxes)
    tx.execute(f"update entry set data = {PATCHED[db.dialect()]} where (channel, seq) in "
               f"(select 'inbox:' || person, seq {ABOUT})", patch=patch, **values)
    _forget_earlier(tx, inboxes, channel, target)
    log.append_each(tx, "select 'inbox:' || person as channel, '{\"targets\":[' || seq || '],' || "
                    f"cast(:patch as text) as data {ABOUT}", "revised", author=people.SYSTEM,
                    key=f"{_key(channel, target)}{secrets.token_hex(8)}", patch=patch[1:], **values)


def mark_read(tx: db.Transaction, channel: str, target: int) -> None:
    """Mark all notifications about an entry as read, for everybody."""
    values: dict[str, Any] = {"about": channel, "target": target}
    inboxes = [inbox(person) for person, in tx.execute(f"select person {ABOUT} and read is null", **values)]
    if not inboxes:
        return
    tx.lock(*inboxes)
    for snoozed, data in (("is null", '{"targets":[0]}'), ("is not null", '{"targets":[0],"was_read":true}')):
        log.append_each(tx, "select 'inbox:' || person as channel, replace(cast(:data as text), '[0]', '[' || "
                        f"{SEQS[db.dialect()]} || ']') as data {ABOUT} and read is null and snoozed {snoozed} "
                        "group by person", "read", author=people.SYSTEM, data=data,
                        key=f"cleared/{channel}/{target}/{snoozed}/{secrets.token_hex(8)}", **values)
    tx.execute("update notification set read = :at, snoozed = null where channel = :about and target = :target "
               "and read is null", at=node.now(), **values)


def newest_texts(reads: Reads, channel: str, readers: Iterable[int]) -> dict[int, str]:
    """Return the text of the newest notification of each reader about anything in a channel."""
    rows = reads.execute(f"select person, data {NEWEST} join entry on channel = 'inbox:' || person "
                         "and entry.seq = newest.seq", about=channel, target=0, people=list(readers))
    return {person: msgspec.json.decode(data).get("text", "") for person, data in rows}


def withdraw(tx: db.Transaction, channel: str, target: int) -> None:
    """Blank the text of a deleted message in all inboxes, and mark it as read there."""
    alarms.forget(tx, channel, target)
    inboxes = [inbox(person) for person, in tx.execute(f"select person {ABOUT}", about=channel, target=target)]
    if not inboxes:
        return
    tx.lock(*inboxes)
    tx.execute(f"update entry set data = :blank where (channel, seq) in (select 'inbox:' || person, seq {ABOUT})",
               about=channel, target=target, blank=DELETED)
    _forget_earlier(tx, inboxes, channel, target)
    for nth, (which, data) in enumerate(WITHDRAWN.items()):
        log.append_each(tx, "select 'inbox:' || person as channel, replace(cast(:data as text), '[0]', '[' || "
                        f"{SEQS[db.dialect()]} || ']') as data {ABOUT} and {which} group by person", "read",
                        author=people.SYSTEM, key=f"deleted/{channel}/{target}/{nth}", about=channel, target=target,
                        data=data)
    tx.execute(f"delete {ABOUT}", about=channel, target=target)


def _forget_earlier(tx: db.Transaction, inboxes: list[str], channel: str, target: int) -> None:
    """Blank the texts of earlier revisions, and drop the frames with the old text."""
    if not inboxes:
        return
    first = _key(channel, target)
    tx.execute(EARLIER, inboxes=inboxes, system=people.SYSTEM, first=first, last=f"{first}~")
    for name, head in log.heads(tx, inboxes).items():
        tx.after_commit(partial(hub.evict_frames, name, head.seq))


def _key(channel: str, target: int) -> str:
    return f"revised/{channel}/{target}/"
