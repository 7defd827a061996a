"""Chat over a connection."""

from hubbub import live
from hubbub.chat import messages
from hubbub.web.schema import Channel, Key


@live.on("post")
def post(caller: live.Caller, channel: Channel, text: str, key: Key) -> int:
    """Post a message; the acknowledgement is its seq, and comes once it is durable."""
    return messages.post(caller.person, channel, text, key).seq
