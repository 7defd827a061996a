"""Bulk exports of Mattermost: lines of JSON, alone or in a zip with the files below `data/`.

It follows "Data format" of Mattermost's bulk loading, version 1, as Mattermost 11 exports it.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from hubbub.core.db import Unusable
from hubbub.hooks import slack
from hubbub.hooks.message import Rejected, clean_name, field
from hubbub.imports import spool
from hubbub.imports.archive import BROKEN, NOT_READ, Archive, decode_one
from hubbub.imports.markup import id_of, outside_code, with_emoji, with_handles
from hubbub.imports.records import File, Message, Names, Person, Room, Whole
from hubbub.imports.slack import CUSTOM_EMOJI, NOTICES, emoji_named

LINE = 64 * 1024**2  # bytes of one line
ROOM = re.compile(r"(?<![\w~])~([a-z0-9][a-z0-9_-]*)")


class Team(msgspec.Struct):
    """A team."""

    name: str


class Channel(msgspec.Struct):
    """A public (O) or private (P) channel."""

    team: str
    name: str
    display_name: str | None = None
    type: str | None = "O"
    header: str | None = None
    purpose: str | None = None
    deleted_at: int | None = 0


class Place(msgspec.Struct):
    """A channel in which a user is."""

    name: str


class Membership(msgspec.Struct):
    """A team of a user, and the channels in it."""

    name: str
    channels: list[Place] | None = None


class User(msgspec.Struct):
    """A user."""

    username: str
    email: str | None = None
    nickname: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    roles: str | None = None
    delete_at: int | None = 0
    teams: list[Membership] | None = None


class Bot(msgspec.Struct):
    """A bot."""

    username: str
    display_name: str | None = None
    delete_at: int | None = 0


class Direct(msgspec.Struct):
    """A conversation of some people."""

    members: list[str] | None = None
    participants: list[Any] | None = None
    header: str | None = None


class Reaction(msgspec.Struct):
    """A reaction."""

    user: str
    emoji_name: str


class Attachment(msgspec.Struct):
    """A file, by its path in the zip."""

    path: str


class Post(msgspec.Struct):
    """A post, a direct post or a reply."""

    user: str
    create_at: Whole
    message: str | None = None
    team: str | None = None
    channel: str | None = None
    channel_members: list[str] | None = None
    type: str | None = None
    props: Any = None
    edit_at: Whole | None = 0
    reactions: list[Reaction] | None = None
    replies: "list[Post] | None" = None
    attachments: list[Attachment] | None = None
    is_pinned: bool | None = False


class Line(msgspec.Struct):
    """A line: its type, and one object under that name."""

    type: str
    version: int | None = None
    team: msgspec.Raw = msgspec.Raw()
    channel: msgspec.Raw = msgspec.Raw()
    user: msgspec.Raw = msgspec.Raw()
    bot: msgspec.Raw = msgspec.Raw()
    direct_channel: msgspec.Raw = msgspec.Raw()
    post: msgspec.Raw = msgspec.Raw()
    direct_post: msgspec.Raw = msgspec.Raw()


TYPES: dict[str, type] = {"team": Team, "channel": Channel, "user": User, "bot": Bot, "direct_channel": Direct,
                          "post": Post, "direct_post": Post}
POSTS = {"post", "direct_post"}


class Mattermost:
    """An export of Mattermost that is open."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.report = archive, archive.report
        self._file = next((name for name in sorted(archive.names) if name.endswith(".jsonl")), "")
        if not self._file:
            raise Unusable("this is no export of Mattermost: it has no file that ends with .jsonl")
        self._teams: list[str] = []
        self._channels: dict[str, Channel] = {}
        self._people: dict[str, Person] = {}
        self._members: dict[str, list[str]] = {}
        self._directs: dict[str, Direct] = {}
        for found in self._lines({*TYPES} - POSTS):
            self._keep(found)
        self.source = f"mattermost/{min(self._teams)}" if self._teams else "mattermost"

    def _lines(self, wanted: set[str]) -> Iterator[Any]:
        """Yield the objects of some types, one line after the other; the first reading reports what is no line."""
        decoder = msgspec.json.Decoder(Line)
        decoders: dict[str, Any] = {name: msgspec.json.Decoder(TYPES[name]) for name in wanted}
        try:
            with self.archive.open(self._file) as file:
                for number, line in enumerate(iter(lambda: file.readline(LINE), b""), 1):
                    self.archive.done += len(line) // 2  # it is read twice
                    place = f"{self._file}:{number}"
                    found = decode_one(decoder, line, place, self.report if wanted != POSTS else None)
                    if found and found.type in wanted:
                        inner = decode_one(decoders[found.type], getattr(found, found.type), place, self.report)
                        if inner is not None:
                            yield inner
        except BROKEN as problem:
            self.report.note(NOT_READ, f"{self._file}: {problem}")

    def _keep(self, found: Any) -> None:
        if isinstance(found, Team):
            self._teams.append(found.name)
        elif isinstance(found, Channel):
            self._channels[f"{found.team}/{found.name}"] = found
        elif isinstance(found, Direct):
            members = found.members or [field(one, "username") for one in found.participants or ()
                                        if isinstance(one, dict)]
            self._directs[_direct(members)] = Direct(members, header=found.header)
        elif isinstance(found, Bot):
            self._people[found.username] = Person(found.username, found.display_name or found.username,
                                                  found.username, role="bot")
        elif found.username not in self._people:
            name = found.nickname or " ".join(filter(None, (found.first_name, found.last_name))) or found.username
            role = "guest" if "system_guest" in (found.roles or "") else "member"
            self._people[found.username] = Person(found.username, name, found.username, (found.email or "").lower(),
                                                  role, not found.delete_at)  # type: ignore[arg-type]
            for team in found.teams or ():
                for place in team.channels or ():
                    self._members.setdefault(f"{team.name}/{place.name}", []).append(found.username)

    def people(self) -> Iterator[Person]:
        yield from self._people.values()

    def rooms(self) -> Iterator[Room]:
        for id, one in self._channels.items():
            topic = " · ".join(dict.fromkeys(filter(None, (one.header, one.purpose))))
            yield Room(id, one.display_name or one.name, "private" if one.type == "P" else "public", topic,
                       tuple(self._members.get(id, ())), is_archived=bool(one.deleted_at))
        for id, direct in self._directs.items():
            yield Room(id, ", ".join(direct.members or ()), "direct", members=tuple(direct.members or ()))

    def unlisted_room(self, id: str) -> Room:
        members = tuple(id.partition("/")[2].split(",")) if id.startswith("direct/") else ()
        return Room(id, id.partition("/")[2], "direct" if members else "private", members=members)

    def unlisted(self, id: str) -> Person:
        return Person(id, id, id)

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        yield from spool.by_room(self._messages(names))

    def _messages(self, names: Names) -> Iterator[tuple[str, Message]]:
        for post in self._lines(POSTS):
            room = f"{post.team}/{post.channel}" if post.channel else _direct(post.channel_members or [])
            if (post.type or "").startswith("system_"):
                self.report.note(NOTICES)
                continue
            root = self._message(post, "", names)
            yield room, root
            for reply in post.replies or ():
                yield room, self._message(reply, root.id, names)

    def _message(self, post: Post, thread: str, names: Names) -> Message:
        at = post.create_at / 1000
        text = outside_code(post.message or "", lambda part: self._text(part, post.team or "", names))
        props = post.props if isinstance(post.props, dict) else {}
        with contextlib.suppress(Rejected):  # there is nothing in them to show
            text = "\n\n".join(filter(None, [text, slack.read({"attachments": props.get("attachments")}).text]))
        if post.type == "me" and text:
            text = f"*{text.strip('*')}*"
        alias = clean_name(field(props, "override_username")) if props.get("from_webhook") else ""
        return Message(id_of(post.create_at, post.user, post.message or ""), at, post.user, text, thread,
                       alias={"name": alias} if alias else {}, reactions=tuple(self._reactions(post)),
                       files=tuple(map(self._file_of, post.attachments or ())), edited=(post.edit_at or 0) / 1000,
                       pinned=at if post.is_pinned else 0.0)

    def _text(self, text: str, team: str, names: Names) -> str:
        def name(found: re.Match[str]) -> str:
            room = names.get(f"{team}/{found[1]}")
            return f"#{room}" if room else found[0]

        return ROOM.sub(name, with_handles(with_emoji(text), names))

    def _reactions(self, post: Post) -> Iterator[tuple[str, str]]:
        for one in post.reactions or ():
            if found := emoji_named(one.emoji_name):
                yield found, one.user
            else:
                self.report.note(CUSTOM_EMOJI, f":{one.emoji_name}:")

    def _file_of(self, found: Attachment) -> File:
        path = next((path for path in (found.path, f"data/{found.path}") if path in self.archive.names), "")
        name = found.path.rpartition("/")[2]
        return File(id_of(0, "", found.path), name, self.archive.size(path) if path else 0, path)


def _direct(members: list[str]) -> str:
    return "direct/" + ",".join(sorted(set(members)))
