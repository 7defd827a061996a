"""Messages between the nodes of a cluster, by which a node informs the others of its changes.

The bus may lose, repeat, reorder and delay messages.  They only wake: the truth is in the database.  What a module did
not get, it reads when the bus reports a gap, which follows every loss, every absence and every new subscription.

A message belongs to a topic.  The topic of a channel is its name; only nodes where it has readers subscribe to it.
The messages of one turn of the event loop in one topic travel together, and in order.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, Union

import msgspec

from hubbub.core import node

logger = logging.getLogger(__name__)

EVERY_NODE = "all"  # the topic of messages that every node gets


class Message(msgspec.Struct, frozen=True, tag=True):
    """What one node sends to others."""


class Published(Message, frozen=True, omit_defaults=True):
    """An entry was committed.  It may come along, encoded, with the key of the entry before it in the sender's log."""

    channel: str
    seq: int
    key: str = ""
    before: str = ""
    entry: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Blanked(Message, frozen=True):
    """Entries of a channel up to `seq` were blanked: no frame or message may be used that holds their text."""

    channel: str
    seq: int


class Signal(Message, frozen=True):
    """Data for the live readers of a channel that is not stored."""

    channel: str
    kind: str
    data: Any


class Woken(Message, frozen=True):
    """Channels have new entries: for the nodes that run a consumer of their kind."""

    channels: list[str]


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
_gap_hooks: list[Callable[[str], None]] = []


class Outgoing:
    """The messages of this turn of the event loop by topic; `prefix` tells installations on one bus apart."""

    def __init__(self) -> None:
        self.prefix = ""
        self.messages: dict[str, list[Message]] = {}


state = node.state(Outgoing)


def on(kind: type[M]) -> Callable[[Callable[[M], None]], Callable[[M], None]]:
    """Call the decorated function with each message of a kind that another node sent."""

    def register(receive: Callable[[M], None]) -> Callable[[M], None]:
        _receivers.setdefault(kind, []).append(receive)
        _decoder.cache_clear()
        return receive

    return register


def on_gap(call: Callable[[str], None]) -> Callable[[str], None]:
    """Call the decorated function with each topic of which messages may be missing; it must not block."""
    _gap_hooks.append(call)
    return call


def is_alone() -> bool:
    """Return whether this node has no bus, and so no other nodes beside it."""
    return node.current().bus is None


def is_up() -> bool:
    """Return whether messages arrive, as far as this node knows."""
    bus = node.current().bus
    return bus is None or bus.is_up


def send(message: Message, topic: str = EVERY_NODE) -> None:
    """Send a message to the other nodes that subscribe to a topic, at the end of the event loop's turn."""
    if node.current().bus is None:
        return
    messages = state().messages
    if not messages:
        node.spawn(flush)
    queue = messages.setdefault(topic, [])
    if not queue or queue[-1] != message:
        queue.append(message)


def flush() -> None:
    """Hand the messages of this turn to the bus."""
    bus, outgoing = node.current().bus, state()
    messages, outgoing.messages = outgoing.messages, {}
    for topic, queue in messages.items():
        if bus is not None:
            bus.publish(outgoing.prefix + topic, msgspec.json.encode(queue))


def subscribe(topic: str) -> None:
    """Get the messages of a topic; a gap is reported once that is so."""
    if (bus := node.current().bus) is not None:
        bus.subscribe(state().prefix + topic)


def unsubscribe(topic: str) -> None:
    """Get no more messages of a topic."""
    if (bus := node.current().bus) is not None:
        bus.unsubscribe(state().prefix + topic)


def receive(topic: str, data: bytes) -> None:
    """Handle what another node sent in one turn, inside the node that received it."""
    for message in decode(data):
        handle(message)


def handle(message: Message) -> None:
    """Call the functions that wait for messages of this kind."""
    for call in _receivers.get(type(message), ()):
        try:
            call(message)
        except Exception:
            logger.exception("a message of another node could not be handled: %s", type(message).__name__)


def report_gap(topic: str) -> None:
    """Tell the modules that messages of a topic may be missing."""
    topic = topic.removeprefix(state().prefix)
    for call in _gap_hooks:
        call(topic)


def decode(data: bytes) -> list[Message]:
    """Return the messages that another node sent in one turn, without those that this version does not know."""
    one, many, raw = _decoder()
    try:
        messages: list[Message] = many.decode(data)
        return messages
    except msgspec.ValidationError:  # during an update, the other node may be newer
        messages = []
        for each in raw.decode(data):
            try:
                messages.append(one.decode(each))
            except msgspec.ValidationError:
                logger.debug("a message of another version was ignored: %.100s", bytes(each))
        return messages


@cache
def _decoder() -> tuple[Any, Any, Any]:
    known = Union[tuple(_receivers)]  # type: ignore[valid-type]  # noqa: UP007  (made of what is registered)
    return tuple(msgspec.json.Decoder(kind) for kind in (known, list[known], list[msgspec.Raw]))  # type: ignore
