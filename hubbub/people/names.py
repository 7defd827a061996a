"""Names and handles: their rules, friendly names for guests who chose none, and free handles."""

import re
import secrets

from hubbub import short_text
from hubbub.core.access import Reads, Refused

COLOURS = ("Amber", "Azure", "Copper", "Coral", "Crimson", "Golden", "Hazel", "Indigo", "Ivory", "Jade", "Lilac",
           "Maroon", "Olive", "Pearl", "Ruby", "Russet", "Saffron", "Scarlet", "Silver", "Teal", "Umber", "Violet")
ANIMALS = ("Badger", "Bear", "Crane", "Dolphin", "Falcon", "Finch", "Fox", "Gecko", "Hare", "Heron", "Ibis", "Jay",
           "Koala", "Lynx", "Marten", "Newt", "Otter", "Owl", "Panda", "Puffin", "Raven", "Robin", "Seal", "Swan",
           "Tapir", "Turtle", "Vole", "Wren")
NAME_LIMIT = 40
STATUS_LIMIT = 100
HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
RESERVED = {"all", "here", "room", "everyone", "channel", "hubbub", "me"}


def invent() -> str:
    """Return a friendly name, like "Copper Heron"; not unique."""
    return f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)}"


def tidy(name: str) -> str:
    """Return a name as it is stored; Refused if it is empty, too long or has hidden characters."""
    wanted = short_text.clean(name)
    if not wanted:
        raise Refused("error.name_missing", "bad_input")
    if len(wanted) > NAME_LIMIT:
        raise Refused("error.name_too_long", "bad_input", limit=NAME_LIMIT)
    if not short_text.is_visible(wanted):
        raise Refused("error.name_invisible", "bad_input")
    return wanted


def status(text: str) -> str:
    """Return a status in one line; empty for none."""
    wanted = short_text.clean(text)
    if len(wanted) > STATUS_LIMIT:
        raise Refused("error.status_too_long", "bad_input", limit=STATUS_LIMIT)
    if wanted and not short_text.is_visible(wanted):
        raise Refused("error.status_invisible", "bad_input")
    return wanted


def handle(text: str) -> str:
    """Return a handle as it is stored, in lower case; Refused if it is not valid."""
    wanted = text.strip().removeprefix("@").lower()
    if not HANDLE.fullmatch(wanted):
        raise Refused("error.handle_invalid", "bad_input")
    if wanted in RESERVED:
        raise Refused("error.handle_reserved", "conflict", handle=wanted)
    return wanted


def is_taken(reads: Reads, handle: str) -> bool:
    """Return whether a person or a group has a handle."""
    return bool(reads.execute("select 1 from person where handle = :handle union all "
                              "select 1 from people_group where handle = :handle", handle=handle))


def free(reads: Reads, name: str) -> str:
    """Return a free handle made from a name: `amber-fox`, `amber-fox-2`, …, and a random number after nine tries."""
    plain = short_text.fold(name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:24].strip("-._")
    base = base if HANDLE.fullmatch(base) else "guest"
    for nth in range(1, 100):
        tail = "" if nth == 1 else f"-{nth}" if nth < 10 else f"-{secrets.randbelow(10 ** 6)}"
        wanted = base + tail
        if wanted not in RESERVED and not is_taken(reads, wanted):
            return wanted
    raise Refused("error.handles_taken", "conflict")
