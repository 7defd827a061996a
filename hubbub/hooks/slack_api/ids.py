"""Slack's names for channels, people and messages, as ours and back.

The `ts` of a message is the second in which it was posted and the last six digits of its seq; see decision 48.
"""

import re

from hubbub import short_text
from hubbub.chat import create_room, rooms
from hubbub.core import access, log
from hubbub.core.access import Reads
from hubbub.hooks.slack_api.problems import Problem
from hubbub.people import model as people

CHANNEL = re.compile(r"(?:room:|[CDG])([1-9][0-9]{0,14})")
PERSON = re.compile(r"[UWB]([1-9][0-9]{0,14})")
MENTION = re.compile(r"(?<![\\\w])(?:@U|#(?:room:|C))([1-9][0-9]{0,14})\b")
TS = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,9}))?")
ROUND = 1_000_000  # messages after which the digits after the point begin again
NAMED = f"""select id from room where folded = :folded and kind <> 'direct'
    and id in (select readable.id from {rooms.READABLE} as readable) order by archived is not null, id limit 1"""


def ts(at: float, seq: int) -> str:
    """Return the `ts` of the message with this time and seq."""
    return f"{int(at)}.{seq % ROUND:06d}"


def find(reads: Reads, channel: str, text: str) -> int:
    """Return the seq of the message with this `ts`; 0 if there is none."""
    found = TS.fullmatch(text)
    if not found or len(found[2] or "") != 6:
        return 0
    second, digits = int(found[1]), int(found[2])
    seqs = list(range(digits or ROUND, log.head(reads, channel).seq + 1, ROUND))
    rows = reads.execute("select seq from entry where channel = :channel and seq = any(:seqs) and at >= :second "
                         "and at < :second + 1", channel=channel, seqs=seqs, second=float(second))
    return int(rows[0][0]) if rows else 0


def require(reads: Reads, channel: str, text: str) -> int:
    """Return the seq of the message with this `ts`; refuse if there is none."""
    seq = find(reads, channel, text)
    if not seq:
        raise Problem("message_not_found")
    return seq


def place(reads: Reads, channel: str, text: str) -> tuple[int, bool]:
    """Return the seq of the message at or after a moment, and whether it has exactly this `ts`.

    A `ts` that no message has is a time.
    """
    if seq := find(reads, channel, text):
        return seq, True
    if not TS.fullmatch(text):
        raise Problem("invalid_arguments")
    return log.last_before(reads, channel, float(text)) + 1, False


def channel(reads: Reads, person: int, text: str) -> str:
    """Return the channel that a text names by its id or its name, as a person sees it; refuse if there is none."""
    if found := CHANNEL.fullmatch(text):
        wanted = f"room:{found[1]}"
    else:
        rows = reads.execute(NAMED, person=person, folded=short_text.fold(text[:100].strip().removeprefix("#")))
        wanted = f"room:{rows[0][0]}" if rows else ""
    if not wanted or not rooms.may(reads, person, wanted[5:], "read"):
        raise Problem("channel_not_found")
    return wanted


def target(reads: Reads, caller: int, text: str) -> str:
    """Return the same, and for a person the direct conversation with them."""
    if PERSON.fullmatch(text) or text.startswith("@"):
        return create_room.direct(caller, [person(reads, text).id]).channel
    return channel(reads, caller, text)


def person(reads: Reads, text: str) -> people.Person:
    """Return the person with an id, or with a handle after @."""
    if found := PERSON.fullmatch(text):
        rows = people.directory(reads, [int(found[1])])
        if rows:
            return rows[0]
    if text.startswith("@") and (named := people.by_handle(reads, text[1:100])):
        return named
    raise Problem("user_not_found")


def mentions(reads: Reads, caller: int, text: str) -> str:
    """Return Markdown in which people and rooms that are mentioned by id are mentioned by handle and name."""
    found = set(MENTION.finditer(text))
    if not found:
        return text
    named = people.directory(reads, {int(one[1]) for one in found if one[0].startswith("@")})
    rooms_named = {f"room:{one[1]}" for one in found if one[0].startswith("#")}
    titles = rooms.titles(reads, access.allowed(reads, caller, rooms_named, "read"))
    names = {f"@{one.id}": f"@{one.handle}" for one in named}
    names |= {f"#{channel[5:]}": f"#{title}" for channel, title in titles.items() if title}
    return MENTION.sub(lambda one: names.get(f"{one[0][0]}{one[1]}", one[0]), text)
