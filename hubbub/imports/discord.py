"""Channels of Discord in the JSON of DiscordChatExporter, one file or several for each: Discord has no export itself.

It follows the files that version 2.46 writes.  They do not say who may read a channel, so it becomes a private room of
the people who wrote there.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from hubbub.chat import emoji
from hubbub.core.db import Unusable
from hubbub.hooks.message import field
from hubbub.hooks.mrkdwn import link, plain
from hubbub.imports import spool
from hubbub.imports.archive import Archive, decode_one, decoded
from hubbub.imports.markup import outside_code, with_emoji
from hubbub.imports.records import File, Message, Names, Person, Room, Whole, seconds
from hubbub.imports.slack import CUSTOM_EMOJI, NOTICES

TEXTS = {"Default", "Reply", "ChatInputCommand", "ApplicationCommand", "ContextMenuCommand", "0", "19", "20", "23"}
THREADS = {"GuildPublicThread", "GuildPrivateThread", "GuildNewsThread"}
DIRECTS = {"DirectTextChat", "DirectGroupTextChat"}
ANONYMOUS = "reactions of which the export does not say whose they are"


class Author(msgspec.Struct):
    """A person or a bot."""

    id: str
    name: str = ""
    nickname: str | None = None
    isBot: bool | None = False


class Channel(msgspec.Struct):
    """A channel, or a thread in one: its category is the channel."""

    id: str
    name: str = ""
    type: str | None = None
    categoryId: str | None = None
    category: str | None = None
    topic: str | None = None


class Guild(msgspec.Struct):
    """A server of Discord."""

    id: str | None = None
    name: str | None = None


class Emoji(msgspec.Struct):
    """An emoji: of Unicode, or with an id."""

    name: str = ""
    id: str | None = None


class Reaction(msgspec.Struct):
    """A reaction."""

    emoji: Emoji
    users: list[Author] | None = None


class Attachment(msgspec.Struct):
    """A file: at an address, or beside the export."""

    id: str
    url: str = ""
    fileName: str = ""
    fileSizeBytes: Whole | None = 0


class Reference(msgspec.Struct):
    """The message that is answered."""

    messageId: str | None = None


class Sent(msgspec.Struct):
    """A message."""

    id: str
    timestamp: datetime
    author: Author
    type: str | None = "Default"
    timestampEdited: datetime | None = None
    isPinned: bool | None = False
    content: str | None = None
    attachments: list[Attachment] | None = None
    embeds: list[Any] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[Author] | None = None
    reference: Reference | None = None


class Export(msgspec.Struct):
    """A file: a channel and its messages."""

    channel: Channel
    guild: Guild | None = None
    messages: list[msgspec.Raw] = []


class Discord:
    """Files of DiscordChatExporter that are open."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.report = archive, archive.report
        self._files: list[str] = []
        self._channels: dict[str, Channel] = {}
        self._authors: dict[str, Author] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._ids: set[str] = set()  # of the messages that threads may start at
        guild = ""
        for name in sorted(archive.names):
            if name.endswith(".json") and (found := archive.one(name, Export)):
                self._files.append(name)
                self._channels[found.channel.id] = found.channel
                guild = guild or (found.guild and found.guild.id) or ""
                self._meet(name, found)
        if not self._files:
            raise Unusable("this is no export of DiscordChatExporter: it has no file of JSON with a channel")
        threads = {channel.id for channel in self._channels.values() if channel.type in THREADS}
        self._ids &= threads
        self.source = f"discord/{guild}"

    def _meet(self, name: str, found: Export) -> None:
        """Keep who wrote and reacted in a file."""
        room = self._room(found.channel)
        for _, sent in decoded(found.messages, name, Sent, self.report):
            self._ids.add(sent.id)
            self._members.setdefault(room, {})[sent.author.id] = None
            for one in (sent.author, *(sent.mentions or ()), *(user for reaction in sent.reactions or ()
                                                               for user in reaction.users or ())):
                self._authors.setdefault(one.id, one)

    def _room(self, channel: Channel) -> str:
        return channel.categoryId if channel.type in THREADS and channel.categoryId else channel.id

    def people(self) -> Iterator[Person]:
        for id, one in self._authors.items():
            yield Person(id, one.nickname or one.name or id, one.name, role="bot" if one.isBot else "member")

    def rooms(self) -> Iterator[Room]:
        for id in dict.fromkeys(map(self._room, self._channels.values())):
            channel = self._channels.get(id)
            name = channel.name if channel else next(
                one.category or id for one in self._channels.values() if self._room(one) == id)
            yield Room(id, name, "direct" if channel and channel.type in DIRECTS else "private",
                       (channel and channel.topic) or "", tuple(self._members.get(id, ())))

    def unlisted(self, id: str) -> Person:
        return Person(id, id)

    def unlisted_room(self, id: str) -> Room:
        return Room(id, id, "private")

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        yield from spool.by_room(self._messages(names))

    def _messages(self, names: Names) -> Iterator[tuple[str, Message]]:
        for name in self._files:
            if found := self.archive.one(name, Export):
                yield from ((self._room(found.channel), message) for message in self._of(name, found, names))

    def _of(self, name: str, found: Export, names: Names) -> Iterator[Message]:
        """Yield the messages of a file; those of a thread answer the message with its id, or its first one."""
        channel, decoder = found.channel, msgspec.json.Decoder(Sent, strict=False)
        is_thread = channel.type in THREADS
        root = channel.id if is_thread and channel.id in self._ids else ""
        for item in found.messages:
            if (sent := decode_one(decoder, item, name, None)) is None:  # reported at the first reading
                continue
            if (sent.type or "Default") not in TEXTS:
                self.report.note(NOTICES)
                continue
            message = self._message(name, sent, names)
            if is_thread and not root:
                root = sent.id
                message = msgspec.structs.replace(message, text=f"**{plain(channel.name)}**\n{message.text}".strip())
            elif is_thread and sent.id != root:
                message = msgspec.structs.replace(message, thread=root, quote="")
            yield message

    def _message(self, name: str, sent: Sent, names: Names) -> Message:
        text = sent.content or ""
        for one in sorted(sent.mentions or (), key=lambda one: -len(one.nickname or one.name)):
            for shown in filter(None, (one.nickname, one.name)):
                if handle := names.get(one.id):
                    text = text.replace(f"@{shown}", f"@{handle}")
        text = outside_code(text, with_emoji).replace("@everyone", "@room")
        embeds = [_embed(one) for one in sent.embeds or () if sent.author.isBot and isinstance(one, dict)]
        at = seconds(sent.timestamp)
        quote = sent.reference.messageId if sent.reference and sent.type in ("Reply", "19") else ""
        return Message(
            sent.id, at, sent.author.id, "\n\n".join(filter(None, [text, *embeds])), quote=quote or "",
            reactions=tuple(self._reactions(sent)),
            files=tuple(self._file(name, one) for one in sent.attachments or ()),
            edited=seconds(sent.timestampEdited) if sent.timestampEdited else 0.0,
            pinned=at if sent.isPinned else 0.0)

    def _reactions(self, sent: Sent) -> Iterator[tuple[str, str]]:
        for one in sent.reactions or ():
            found = "" if one.emoji.id else emoji.canonical(one.emoji.name)
            if not found:
                self.report.note(CUSTOM_EMOJI, f":{one.emoji.name}:")
            elif not one.users:
                self.report.note(ANONYMOUS, sent.id)
            else:
                yield from ((found, user.id) for user in one.users)

    def _file(self, name: str, found: Attachment) -> File:
        """Return a file, which lies beside the export if it was made with `--media`."""
        folder = name.rpartition("/")[0]
        path = unquote(found.url.replace("\\", "/"))
        inside = next((one for one in (f"{folder}/{path}".lstrip("/"), path) if one in self.archive.names), "")
        return File(found.id, found.fileName or found.id, found.fileSizeBytes or 0, inside)


def _embed(found: dict[str, Any]) -> str:
    title = plain(field(found, "title"))
    head = f"**{link(field(found, 'url'), title)}**" if title else link(field(found, "url")) if found.get("url") else ""
    return "\n".join(filter(None, [head, field(found, "description")]))
