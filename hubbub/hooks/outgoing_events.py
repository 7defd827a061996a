"""Socket events of webhooks: run a command, press a button."""

from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.hooks.outgoing import buttons, commands
from hubbub.web.schema import Channel, Key, Seq

Name = Annotated[str, Meta(min_length=1, max_length=32)]
ButtonId = Annotated[str, Meta(min_length=1, max_length=200)]


@live.on("command", rate=limits.POST)
def command(connection: live.Connection, channel: Channel, name: Name, text: str, key: Key, thread: Seq = 0) -> str:
    """Run a slash command of a webhook, without posting it; return the id under which its outcome arrives."""
    return commands.run(connection.person, channel, name, text, thread, key)


@live.on("press", rate=limits.POST)
def press(connection: live.Connection, channel: Channel, seq: Seq, button: ButtonId, key: Key) -> str:
    """Press a button of a message; return the id under which its outcome arrives."""
    return buttons.press(connection.person, channel, seq, button, key)
