"""The sidebar as a person arranged it, the same on all their devices; each name is a latest value with a version.

`place/<channel>` is [section, rank]: where the channel stands.  The section is `starred`, one of the person's own, or
`kind` for that of the channel's kind.  `section/<id>` is [name, rank].
"""

from typing import Any

import msgspec

from hubbub import short_text, slices
from hubbub.core import access, cursors, db, hub
from hubbub.core.access import Reads, Refused

LIMIT, NAME_LIMIT = 2000, 60

Values = dict[str, tuple[Any, int]]  # name: value, version

SAVE = """insert into sidebar (person, name, value, version) select :person, name, value, 1
    from each(:rows) as row(name text, value text) where true
    on conflict (person, name) do update set value = excluded.value, version = sidebar.version + 1
    returning name, version"""


def arrange(person: int, section: str | None, channels: list[str]) -> None:
    """Put channels into a section, in this order; without a section, where they stand by themselves."""
    kinds = slices.channel_kinds()
    if any(channel.partition(":")[0] not in kinds for channel in channels):
        raise access.not_found()
    with db.transaction(cursors.user_channel(person)) as tx:
        if len(set(channels)) > len(access.allowed(tx, person, set(channels), "read")):
            raise access.not_found()
        places = {f"place/{channel}": (section, rank) for rank, channel in enumerate(channels)}
        _save(tx, person, places if section is not None else dict.fromkeys(places))


def set_section(person: int, id: str, name: str, rank: float) -> None:
    """Create, rename or move a section; without a name, delete it: its channels stay."""
    clean = short_text.clean(name)
    if len(clean) > NAME_LIMIT:
        raise Refused("error.section_name_too_long", "too_large", limit=NAME_LIMIT)
    if clean and not short_text.is_visible(clean):
        raise Refused("error.section_name_invisible", "bad_input")
    with db.transaction(cursors.user_channel(person)) as tx:
        _save(tx, person, {f"section/{id}": (clean, rank) if clean else None})


def _save(tx: db.Transaction, person: int, values: dict[str, Any]) -> None:
    """Save values and send them to all devices; the last write of each name wins."""
    rows = [(name, msgspec.json.encode(values[name]).decode()) for name in sorted(values)]
    versions = tx.execute(SAVE, person=person, rows=rows) if rows else []
    saved: Values = {name: (values[name], version) for name, version in versions}
    [(count,)] = tx.execute("select count(*) from sidebar where person = :person", person=person)
    if count > LIMIT:
        raise Refused("error.sidebar_full", "too_large", limit=LIMIT)
    tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "sidebar", saved))


def mine(reads: Reads, person: int) -> Values:
    """Return what a person arranged, by name."""
    rows = reads.execute("select name, value, version from sidebar where person = :person and value <> 'null' "
                         "order by name", person=person)
    return {name: (msgspec.json.decode(value), version) for name, value, version in rows}
