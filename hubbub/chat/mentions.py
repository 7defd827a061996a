"""Mentions: `@handle`, `@room` and `@here` in a text, outside of code, and whom they call."""

import re
from collections import deque
from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.core.access import Reads

EVERYBODY = 0
WIDE = ("room", "here")
MOST = 50  # handles that one message resolves

HANDLE = re.compile(r"(?<![\w@./-])[@＠]([a-z0-9][a-z0-9._-]{1,31})(?![a-z0-9._-])", re.IGNORECASE)
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
TICKS = re.compile(r"`+")


def named(text: str) -> list[str]:
    """The handles that a text names, lower case, each once; what stands in code is only quoted."""
    if "@" not in text and "＠" not in text:
        return []
    found = (one.lower() for one in HANDLE.findall(prose(text)))
    return list(dict.fromkeys(found))[:MOST]


def prose(text: str) -> str:
    """The text without its code blocks and code spans; in linear time."""
    kept, fence = [], ""
    for line in text.split("\n"):
        opened = FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence):
                fence = ""
        elif opened:
            fence = opened[1]
        else:
            kept.append(line)
    return _without_spans("\n".join(kept))


def _without_spans(text: str) -> str:
    """Without what stands between two equally long runs of backticks."""
    runs = list(TICKS.finditer(text))
    equal: dict[int, deque[int]] = {}
    for number, run in enumerate(runs):
        equal.setdefault(len(run[0]), deque()).append(number)
    kept, at, number = [], 0, 0
    while number < len(runs):
        same = equal[len(runs[number][0])]
        while same and same[0] <= number:
            same.popleft()
        if same:
            kept.append(text[at:runs[number].start()])
            number = same[0]
            at = runs[number].end()
        number += 1
    return " ".join([*kept, text[at:]])


def resolve(reads: Reads, text: str) -> dict[str, int]:
    """The people whom a text names, by handle; `room` and `here` stand for 0.  A final mark belongs to the sentence."""
    found: dict[str, int] = {}
    for handle in named(text):
        for form in dict.fromkeys((handle, handle.rstrip("._-"))):
            if form in WIDE:
                found[form] = EVERYBODY
                break
            rows = reads.execute("select id from person where handle = :handle and banned is null and id > 0",
                                 handle=form)
            if rows:
                found[form] = rows[0][0]
                break
    return found


def note(tx: db.Transaction, channel: str, seq: int, author: int, mentions: dict[str, int],
         here: Iterable[int] = ()) -> list[int]:
    """Keep whom a message calls: one row each for those who are in the room, one for everybody; returns the people."""
    called = {id for name, id in mentions.items() if name not in WIDE} | set(here)
    called = {id for id in called - {author} if _is_in(tx, channel, id)}
    if "room" in mentions:
        called.add(EVERYBODY)
    for person in sorted(called):
        tx.execute("insert into mention (person, channel, seq) values (:person, :channel, :seq) "
                   "on conflict (person, channel, seq) do nothing",
                   person=person, channel=channel, seq=seq)
    return sorted(called - {EVERYBODY})


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Nobody is called by this message any more."""
    tx.execute("delete from mention where channel = :channel and seq = :seq", channel=channel, seq=seq)


def _is_in(reads: Reads, channel: str, person: int) -> bool:
    return channel == rooms.LOBBY or bool(reads.execute(
        "select 1 from member where room = :room and person = :person", room=rooms.number(channel), person=person))
