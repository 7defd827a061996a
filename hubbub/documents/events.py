"""Socket events of documents: edits, and where each editor's selection is."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubbub import limits, live
from hubbub.core.access import Refused
from hubbub.documents import selections, updates
from hubbub.web.schema import Channel, Key

Encoded = Annotated[str, Meta(max_length=updates.ENTRY_LIMIT)]
Client = Annotated[int, Meta(ge=0, le=2**53)]
POSITION_LIMIT = 1000  # bytes of one end of a selection


@live.on("update", rate=limits.STREAM)
def update(connection: live.Connection, channel: Channel, update: Encoded, key: Key, recovered: bool = False) -> int:
    """Store an edit, a Yjs update in base64; the acknowledgement is its seq, once it is durable.

    `recovered`: it was acknowledged before the server was restored from a backup, and may be someone else's edit.
    """
    return updates.update(connection.person, channel, update, key, recovered).seq


@live.on("selection", scope="read", rate=limits.STREAM)
def selection(connection: live.Connection, channel: Channel, client: Client, anchor: Any = None, head: Any = None,
              removed: bool = False) -> list[dict[str, Any]]:
    """Announce your selection as Yjs relative positions, or remove it; the answer is the others' selections.

    Those of people at other nodes follow as signals.
    """
    if any(len(msgspec.json.encode(end)) > POSITION_LIMIT for end in (anchor, head)):
        raise Refused("error.not_a_position", "bad_input")
    if removed:
        selections.leave(channel, connection.sid)
        return []
    return selections.move(connection, channel, client, anchor, head)
