"""Attachments: what another slice puts into a message besides its text, such as a poll.

The slice posts an ordinary message with `messages.post(…, Draft(attachments={"poll": {…}}))`: the part `poll` of its
entry's data is the attachment.  So it counts as unread, notifies, is found, quoted, answered and deleted like any other
message.  What changes an attachment later is an entry of the slice's own, which names the message as its `target`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from hubbub.core import db
from hubbub.core.access import Reads

Items = dict[tuple[str, int], dict[str, Any]]  # messages as they are shown, by channel and seq


class Attachment(NamedTuple):
    """What chat does with the attachments of one kind."""

    overlay: Callable[[Reads, Items], None]  # brings the attachments of these messages up to date
    words: Callable[[Any], str]  # what a message is found by, besides its text
    forget: Callable[[db.Transaction, str, int], None]  # called with channel and seq of a message that is deleted


kinds: dict[str, Attachment] = {}


def register(kind: str, attachment: Attachment) -> None:
    """Show, find and forget attachments of this kind."""
    kinds[kind] = attachment


def of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the attachments in an entry's data."""
    return {kind: data[kind] for kind in kinds if data.get(kind)}


def overlay(reads: Reads, items: Items) -> None:
    """Bring the attachments of messages up to date: one call for each kind, whatever the number of messages."""
    for kind, attachment in kinds.items():
        if attached := {key: item for key, item in items.items() if kind in item}:
            attachment.overlay(reads, attached)


def select(reads: Reads, items: Items, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table with `channel` and `seq` that belong to these messages, in one statement."""
    keys = ", ".join(f"(:channel{at}, :seq{at})" for at in range(len(items)))
    values: dict[str, Any] = {f"channel{at}": channel for at, (channel, _) in enumerate(items)}
    values |= {f"seq{at}": seq for at, (_, seq) in enumerate(items)}
    return reads.execute(f"select {columns} from {table} where (channel, seq) in (values {keys})", **values)


def words(data: dict[str, Any]) -> str:
    """Return the text by which a message is found because of its attachments."""
    return " ".join(kinds[kind].words(value) for kind, value in of(data).items())


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete what slices keep about a message's attachments."""
    for attachment in kinds.values():
        attachment.forget(tx, channel, seq)
