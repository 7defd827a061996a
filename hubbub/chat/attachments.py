"""Attachments: parts that another slice adds to a message besides its text, such as a poll.

The slice posts an ordinary message with `messages.post(…, Draft(attachments={"poll": {…}}))`: the part `poll` of its
entry's data is the attachment.  So it counts as unread, notifies, is found, quoted, answered and deleted like any other
message.  Later changes of an attachment are entries of the slice's own, which name the message as their `target`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from hubbub.core import db
from hubbub.core.access import Reads

Items = dict[tuple[str, int], dict[str, Any]]  # messages as the page shows them, by channel and seq


class Attachment(NamedTuple):
    """The functions that chat calls for the attachments of one kind."""

    overlay: Callable[[Reads, Items], None]  # updates the attachments in these messages
    words: Callable[[Any], str]  # returns text to search for besides the message's own
    forget: Callable[[db.Transaction, str, int], None]  # deletes what belongs to a deleted message: channel and seq


kinds: dict[str, Attachment] = {}


def register(kind: str, attachment: Attachment) -> None:
    """Register the functions for attachments of this kind."""
    kinds[kind] = attachment


def of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the attachments in an entry's data."""
    return {kind: data[kind] for kind in kinds if data.get(kind)}


def overlay(reads: Reads, items: Items) -> None:
    """Update the attachments in messages: one call for each kind, for any number of messages."""
    for kind, attachment in kinds.items():
        if attached := {key: item for key, item in items.items() if kind in item}:
            attachment.overlay(reads, attached)


def select(reads: Reads, items: Items, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table with `channel` and `seq` that belong to these messages, in one statement."""
    return reads.execute(f"select {columns} from {table} where (channel, seq) in "
                         "(select channel, seq from each(:items) as item(channel text, seq bigint))", items=list(items))


def words(data: dict[str, Any]) -> str:
    """Return the text by which a message is found because of its attachments."""
    return " ".join(kinds[kind].words(value) for kind, value in of(data).items())


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete what slices store about a message's attachments."""
    for attachment in kinds.values():
        attachment.forget(tx, channel, seq)
