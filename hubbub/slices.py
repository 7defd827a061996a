"""Slices: the features of Hubbub, each a package with everything that belongs to it.

A slice's package contains `slice = Slice(…)`, the manifest.  Hubbub's own are listed in `hubbub/application.py`; any
other installed package adds one by an entry point in the group `hubbub.slices`.  The shell, the core and the transport
use nothing but the manifest, and name no slice.  docs/slices.md shows how to write one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from hubbub.core import strings
from hubbub.core.access import Reads
from hubbub.core.consumers import Consumer, Job
from hubbub.core.db import migrate
from hubbub.core.timers import Handler

if TYPE_CHECKING:
    import click
    from flask import Blueprint

GROUP = "hubbub.slices"


class InboxKind(NamedTuple):
    """The text and icon of notifications of one kind, and whether they are pushed with high urgency."""

    text: str  # the id of a string with {name} and {title}; the same id with `.bare` is for those without a title
    icon: str
    urgent: bool = False


class ChannelKind(NamedTuple):
    """The address that shows channels of one kind, whether they have notification levels, and their titles of now.

    A kind with `reply` can be replied to from a notification: person, channel, root of the thread or 0, text, key.
    """

    address: str  # with {name} and {seq}, the entry to show
    has_levels: bool = False
    titles: Callable[[Reads, list[str]], dict[str, str]] | None = None  # by channel, in one statement
    reply: Callable[[int, str, int, str, str], object] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """The manifest of a slice.  Its folders `static`, `strings` and `migrations` are found by their names."""

    name: str
    package: str  # the package's `__name__`
    requires: tuple[str, ...] = ()  # names of slices that it depends on: their tables are created first
    blueprints: tuple[Blueprint, ...] = ()
    handlers: tuple[ModuleType, ...] = ()  # modules that register events, rights and windows on import
    commands: tuple[click.Command, ...] = ()  # subcommands of `hubbub`
    start: Callable[[], None] | None = None  # called in each node once its database is open
    consumers: tuple[Consumer | Job, ...] = ()  # each run by one node at a time, after `start`
    timers: Mapping[str, Handler] = field(default_factory=dict)  # called when a timer of a kind is due, once

    page: str = ""  # the module in `static` that registers the slice's part of the page
    stylesheets: tuple[str, ...] = ()  # in `static`
    share: str = ""  # the address of the view for what other apps share; `static/worker.js` takes it
    offline: tuple[str, ...] = ()  # modules in `static` loaded on first use, of views that are shown offline, too
    shortcuts: Mapping[str, str] = field(default_factory=dict)  # of the app's icon: the id of a string, by address
    addresses: tuple[str, ...] = ()  # URL rules that show the page
    bare: tuple[str, ...] = ()  # those of them whose view has no sidebar and top bar
    boot: Mapping[str, Callable[[int | None], object]] = field(default_factory=dict)  # data in the page, for its reader

    entries: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # kind: (channel, data), for docs/protocol.md
    signals: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # the same for signals, which are never stored
    channels: Mapping[str, ChannelKind] = field(default_factory=dict)
    inbox_kinds: Mapping[str, InboxKind] = field(default_factory=dict)

    @property
    def folder(self) -> Traversable:
        """The folder of the slice's package."""
        return resources.files(self.package)


installed: list[Slice] = []  # in the order of their dependencies


def install(own: Iterable[Slice]) -> None:
    """Install these slices, then those of other packages, in the order of their dependencies."""
    found = {slice.name: slice for slice in (*own, *(point.load() for point in metadata.entry_points(group=GROUP)))}
    installed.clear()
    for slice in found.values():
        _add(slice, found)
    for slice in installed:
        migrate.register(slice.name, slice.folder / "migrations")
        strings.register(slice.package)


def _add(slice: Slice, found: Mapping[str, Slice], path: tuple[str, ...] = ()) -> None:
    if slice in installed:
        return
    if slice.name in path:
        raise RuntimeError(f"slices require each other: {' → '.join((*path, slice.name))}")
    for name in slice.requires:
        if name not in found:
            raise RuntimeError(f"the slice {slice.name} requires {name}, which is not installed")
        _add(found[name], found, (*path, slice.name))
    installed.append(slice)


def inbox_kinds() -> dict[str, InboxKind]:
    """Return the kinds of notifications."""
    return {kind: found for slice in installed for kind, found in slice.inbox_kinds.items()}


def channel_kinds() -> dict[str, ChannelKind]:
    """Return the kinds of channels that are shown somewhere: `room` for `room:1`."""
    return {kind: found for slice in installed for kind, found in slice.channels.items()}
