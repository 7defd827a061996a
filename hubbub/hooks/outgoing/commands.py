"""Slash commands of webhooks: those of a room, and to run one; what was typed is sent, and not posted."""

import msgspec

from hubbub.chat import messages, rooms, threads
from hubbub.core import access, db
from hubbub.core.access import Reads, Refused
from hubbub.hooks.outgoing import calls
from hubbub.hooks.outgoing.calls import Cause
from hubbub.people import model as people


class Command(msgspec.Struct, frozen=True):
    """A command of a room, and the bot that answers it."""

    name: str
    about: str
    bot: int
    outgoing: int


COMMANDS = """select word, about, person, id from outgoing where trigger = 'command' and (room is null or room = :room)
    and (:room = 1 or exists (select 1 from member where member.room = :room and member.person = outgoing.person))
    order by word"""


def of(reads: Reads, person: int, channel: str) -> list[Command]:
    """Return the commands that a person may run in a room."""
    rooms.check(reads, person, channel, "read")
    if not access.allows(reads, person, channel, "reply"):
        return []
    return [Command(*row) for row in reads.execute(COMMANDS, room=rooms.number(channel))]


def run(person: int, channel: str, name: str, text: str, thread: int, key: str) -> str:
    """Call the webhook of a command, and return the call's id; a repeated key calls it once."""
    if len(text) > messages.TEXT_LIMIT:
        raise Refused("error.message_too_long", "too_large", limit=messages.TEXT_LIMIT)
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "reply" if thread else "post")
        people.require(tx, person, "guest")
        if thread:
            threads.root(tx, channel, thread)
        found = next((one for one in of(tx, person, channel) if one.name == name.lower()), None)
        if found is None:
            raise Refused("error.command_not_found", "not_found", name=name[:32])
        cause = Cause(found.outgoing, "command", f"command/{person}/{key}", channel, person, thread=thread,
                      word=found.name, text=text)
        return calls.add_one(tx, cause)
