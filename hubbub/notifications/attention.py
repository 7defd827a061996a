"""Attention: the devices whose page is visible now; while a person has one, nothing is pushed to them."""

from hubbub import live
from hubbub.core import node


class Attention:
    """The visible pages at this node: the person, by connection."""

    def __init__(self) -> None:
        self.visible: dict[str, int] = {}


state = node.state(Attention)


def set_visible(connection: live.Connection, on: bool) -> None:
    """Note that a device's page is visible, or no longer is."""
    if on:
        state().visible[connection.sid] = connection.person
    else:
        state().visible.pop(connection.sid, None)


def has_attention(person: int) -> bool:
    """Return whether a page of the person is visible on some device."""
    return person in state().visible.values()


@live.on_disconnect
def disconnected(connection: live.Connection) -> None:
    """Forget a closed connection."""
    set_visible(connection, False)
