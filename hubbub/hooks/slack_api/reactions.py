"""`reactions.*`: add and remove the caller's emoji."""

from typing import Any

from hubbub import limits
from hubbub.chat import messages, projection
from hubbub.core import db
from hubbub.hooks import shortcodes
from hubbub.hooks.slack_api import ids, posting
from hubbub.hooks.slack_api.call import Call, method
from hubbub.hooks.slack_api.problems import Problem


@method("reactions.add", "write", limits.POST)
def add(call: Call) -> dict[str, Any]:
    """Add an emoji, by its name, to a message."""
    return _react(call, True)


@method("reactions.remove", "write", limits.POST)
def remove(call: Call) -> dict[str, Any]:
    """Remove the caller's emoji."""
    return _react(call, False)


@method("reactions.get")
def get(call: Call) -> dict[str, Any]:
    """Return a message with its reactions."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    found = projection.one(call.person, channel, ids.require(db, channel, call.arguments.needed("timestamp")))
    shown = posting.show_all(call, channel, found["items"], found["people"])
    if not shown:
        raise Problem("message_not_found")
    return {"type": "message", "channel": channel, "message": shown[0]}


def _react(call: Call, on: bool) -> dict[str, Any]:
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    seq = ids.require(db, channel, call.arguments.needed("timestamp"))
    emoji = shortcodes.icon(call.arguments.needed("name"))
    if not emoji:
        raise Problem("invalid_name")
    with call.charge(channel), posting.refusing(call, channel, "react"):
        changed = messages.react(call.person, channel, seq, emoji, on, posting.key(call))
    if changed is None:
        raise Problem("already_reacted" if on else "no_reaction")
    return {}
