"""Attention: the people whose page is visible on some device; while it is, nothing is pushed to them."""

from hubbub import live
from hubbub.core import cluster, node

attentive = cluster.SharedMap("attention")


class Visible:
    """The visible pages at this node: the session ids of a person's connections."""

    def __init__(self) -> None:
        self.sids: dict[int, set[str]] = {}


state = node.state(Visible)


def set_visible(connection: live.Connection, on: bool) -> None:
    """Note that a device's page is visible, or no longer is."""
    visible, person = state().sids, connection.person
    if on:
        visible.setdefault(person, set()).add(connection.sid)
        attentive.put(person)
    elif sids := visible.get(person):
        sids.discard(connection.sid)
        if not sids:
            del visible[person]
            attentive.remove(person)


def has_attention(person: int) -> bool:
    """Return whether a page of the person is visible on some device, at any node."""
    return person in attentive


@live.on_disconnect
def disconnected(connection: live.Connection) -> None:
    """Forget a closed connection."""
    set_visible(connection, False)
