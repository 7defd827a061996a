"""Messages between the nodes of a cluster, by which a node informs the others of its changes.

The bus may lose, repeat, reorder and delay messages.  They only wake: the truth is in the database, which every node
reads again with each heartbeat.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, Union

import msgspec

from hubbub.core import node


class Message(msgspec.Struct, frozen=True, tag=True):
    """What one node sends to all others."""


class Published(Message, frozen=True):
    """Entries were committed: the new heads of their channels."""

    heads: dict[str, int]


class Signal(Message, frozen=True):
    """Data for the live readers of a channel that is not stored."""

    channel: str
    kind: str
    data: Any


class Expelled(Message, frozen=True):
    """A person may not read a channel any more."""

    channel: str
    person: int


class RightsChanged(Message, frozen=True):
    """Some rights of a person changed: what their connections read must be checked again."""

    person: int


class Disconnected(Message, frozen=True):
    """The connections of a person must close: those of one sign-in, or with `spare` all but those of that one."""

    person: int
    sign_in: str
    spare: str


class SettingsChanged(Message, frozen=True):
    """The server's settings, or whether it has an owner, changed."""


M = TypeVar("M", bound=Message)
_receivers: dict[type[Message], list[Callable[[Any], None]]] = {}


def on(kind: type[M]) -> Callable[[Callable[[M], None]], Callable[[M], None]]:
    """Call the decorated function with each message of a kind that another node sent."""

    def register(receive: Callable[[M], None]) -> Callable[[M], None]:
        _receivers.setdefault(kind, []).append(receive)
        return receive

    return register


def decode(message: bytes) -> Message:
    """Return a message of any kind that is received anywhere, as another node encoded it."""
    return _decoder(len(_receivers)).decode(message)


@cache
def _decoder(kinds: int) -> "msgspec.json.Decoder[Message]":
    return msgspec.json.Decoder(Union[tuple(_receivers)])  # noqa: UP007


def send(message: Message) -> None:
    """Send a message to the other nodes; a single node has none."""
    if (to := node.current().bus) is not None:
        to.send(message)


def receive(message: Message) -> None:
    """Handle a message from another node, inside the node that received it."""
    for call in _receivers.get(type(message), ()):
        call(message)
