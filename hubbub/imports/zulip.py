"""Exports of a Zulip organization: a tarball with realm.json and files of a thousand messages each.

It follows "Export and import" and the files that Zulip 11 writes.  The topics of a channel become threads.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from hubbub.chat import emoji
from hubbub.core.db import Unusable
from hubbub.hooks.mrkdwn import plain
from hubbub.imports import spool
from hubbub.imports.archive import Archive, decode_one, decoded
from hubbub.imports.markup import outside_code, with_emoji
from hubbub.imports.records import File, Message, Names, Person, Room
from hubbub.imports.slack import CUSTOM_EMOJI, NOTICES

PERSONAL, STREAM, GROUP = 1, 2, 3
USERS = ("zerver_userprofile_crossrealm", "zerver_userprofile_mirrordummy", "zerver_userprofile")
GUEST = 600  # the number of the role
NO_TOPIC = {"", "(no topic)", "general chat"}
NOTIFIERS = {"notification-bot@zulip.com", "welcome-bot@zulip.com"}
WIDE = {"all": "@room", "everyone": "@room", "channel": "@room", "stream": "@room", "topic": "@room"}
MENTION = re.compile(r"@(_?)\*\*([^*\n|]{1,100})(?:\|(\d+))?\*\*")
LINK = re.compile(r"#\*\*([^*\n>]{1,100})(>[^*\n]{1,200})?\*\*")
UPLOAD = re.compile(r"\[([^\]\n]*)\]\((?:https?://[^\s)/]+)?/user_uploads/([^\s)]{1,400})\)")
QUOTE = re.compile(r"^(`{3,}|~{3,})quote *\n(.*?)\n\1 *$", re.DOTALL | re.MULTILINE)


class User(msgspec.Struct):
    """A user, or a bot."""

    id: int
    full_name: str = ""
    email: str | None = None
    delivery_email: str | None = None
    is_active: bool | None = True
    is_bot: bool | None = False
    role: int | None = None
    timezone: str | None = None


class Stream(msgspec.Struct):
    """A channel."""

    id: int
    name: str
    description: str | None = None
    invite_only: bool | None = False
    deactivated: bool | None = False
    date_created: float | None = None
    creator: int | None = None


class Recipient(msgspec.Struct):
    """Where messages go: a person (1), a channel (2), a group (3)."""

    id: int
    type: int
    type_id: int


class Subscription(msgspec.Struct):
    """A person in a channel or a group."""

    user_profile: int
    recipient: int
    active: bool | None = True


class Reaction(msgspec.Struct):
    """A reaction; the code of an emoji of Unicode is its characters in hexadecimal."""

    user_profile: int
    message: int
    emoji_name: str = ""
    emoji_code: str = ""
    reaction_type: str | None = None


class Sent(msgspec.Struct):
    """A message."""

    id: int
    sender: int
    recipient: int
    content: str
    date_sent: float
    subject: str | None = None
    last_edit_time: float | None = None


class Messages(msgspec.Struct):
    """A file of messages."""

    zerver_message: list[msgspec.Raw] = []


class Zulip:
    """An export of Zulip that is open."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.report = archive, archive.report
        realm = archive.one("realm.json", dict[str, msgspec.Raw])
        if realm is None:
            raise Unusable("this is no export of Zulip: it has no realm.json that can be read")
        self._realm = realm
        self._users: dict[int, User] = {one.id: one for name in USERS for one in self._table(name, User)}
        self._streams: dict[int, Stream] = {one.id: one for one in self._table("zerver_stream", Stream)}
        self._recipients: dict[int, Recipient] = {one.id: one for one in self._table("zerver_recipient", Recipient)}
        self._members: dict[int, list[str]] = {}
        for one in self._table("zerver_subscription", Subscription):
            if one.active is not False or self._type(one.recipient) == GROUP:
                self._members.setdefault(one.recipient, []).append(str(one.user_profile))
        self._reactions = self._read_reactions()
        names = [field.get("string_id") for field in self._table("zerver_realm", dict)]
        self.source = f"zulip/{names[0]}" if names and names[0] else "zulip"
        self._realm = {}

    def _table(self, name: str, kind: type) -> Iterator[Any]:
        place, decoder = f"realm.json {name}", msgspec.json.Decoder(list[msgspec.Raw])
        found = decode_one(decoder, self._realm.get(name, b"[]"), place, self.report) or []
        rows: Iterator[tuple[str, Any]] = decoded(found, place, kind, self.report)
        return (row for _, row in rows)

    def _type(self, recipient: int) -> int:
        found = self._recipients.get(recipient)
        return found.type if found else 0

    def _read_reactions(self) -> dict[int, list[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = {}
        for one in self._table("zerver_reaction", Reaction):
            if picture := _emoji(one):
                found.setdefault(one.message, []).append((picture, str(one.user_profile)))
            else:
                self.report.note(CUSTOM_EMOJI, f":{one.emoji_name}:")
        return found

    def people(self) -> Iterator[Person]:
        for id, user in self._users.items():
            email = (user.delivery_email or user.email or "").lower()
            is_notifier = email in NOTIFIERS or not user.full_name
            if not is_notifier:
                role = "bot" if user.is_bot else "guest" if user.role == GUEST else "member"
                yield Person(str(id), user.full_name, email.partition("@")[0] if role != "bot" else "", email,
                             role, user.is_active is not False, user.timezone or "")  # type: ignore[arg-type]

    def rooms(self) -> Iterator[Room]:
        for recipient, found in self._recipients.items():
            members = tuple(self._members.get(recipient, ()))
            if found.type == STREAM and (stream := self._streams.get(found.type_id)):
                yield Room(f"channel/{stream.id}", stream.name, "private" if stream.invite_only else "public",
                           stream.description or "", members, str(stream.creator or ""), stream.date_created or 0.0,
                           bool(stream.deactivated))

    def unlisted(self, id: str) -> Person:
        user = self._users.get(int(id)) if id.isdigit() else None
        return Person(id, (user and (user.full_name or (user.email or "").partition("@")[0])) or f"User {id}",
                      role="bot" if user and user.is_bot else "member")

    def unlisted_room(self, id: str) -> Room:
        members = tuple(id.partition("/")[2].split(","))
        return Room(id, f"Group of {len(members)}", "direct", members=members)

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        for room, found in spool.by_room(self._messages(names)):
            yield room, _in_topics(found) if room.startswith("channel/") else found

    def _messages(self, names: Names) -> Iterator[tuple[str, Message]]:
        """Yield the messages, those of a channel with their topic in `thread`."""
        known = {user.full_name: str(id) for id, user in self._users.items()}
        for file in self.archive.under(""):
            if not re.fullmatch(r"messages-\d+\.json", file) or not (page := self.archive.one(file, Messages)):
                continue
            for _, sent in decoded(page.zerver_message, file, Sent, self.report):
                user = self._users.get(sent.sender)
                if user and (user.email in NOTIFIERS or user.delivery_email in NOTIFIERS):
                    self.report.note(NOTICES)
                elif room := self._room(sent):
                    yield room, self._message(sent, room, names, known)
                else:
                    self.report.note("messages whose recipients are not in the export", f"{file} {sent.id}")

    def _room(self, sent: Sent) -> str:
        found = self._recipients.get(sent.recipient)
        if found is None:
            return ""
        if found.type == STREAM:
            return f"channel/{found.type_id}"
        people = {str(sent.sender), str(found.type_id)} if found.type == PERSONAL else {
            *self._members.get(sent.recipient, ())}
        return "direct/" + ",".join(sorted(people, key=int)) if people else ""

    def _message(self, sent: Sent, room: str, names: Names, known: dict[str, str]) -> Message:
        files: list[File] = []

        def upload(found: re.Match[str]) -> str:
            name = found[1] or found[2].rpartition("/")[2]
            path = f"uploads/{found[2]}"
            is_here = path in self.archive.names
            files.append(File(found[2], name, self.archive.size(path) if is_here else 0, path if is_here else ""))
            return ""

        text = QUOTE.sub(lambda one: "\n".join(f"> {line}" for line in one[2].split("\n")), sent.content)
        text = outside_code(text, lambda part: self._text(UPLOAD.sub(upload, part), names, known))
        topic = (sent.subject or "").strip() if room.startswith("channel/") else ""
        return Message(str(sent.id), sent.date_sent, str(sent.sender), text.strip(),
                       "" if topic.lower() in NO_TOPIC else topic, reactions=tuple(self._reactions.get(sent.id, ())),
                       files=tuple(files), edited=sent.last_edit_time or 0.0)

    def _text(self, text: str, names: Names, known: dict[str, str]) -> str:
        def mention(found: re.Match[str]) -> str:
            handle = names.get(found[3] or known.get(found[2], ""))
            if found[2] in WIDE and not found[1]:
                return WIDE[found[2]]
            return f"@{handle}" if handle and not found[1] else f"**{found[2]}**"

        text = MENTION.sub(mention, with_emoji(text)) if "@" in text else with_emoji(text)
        return LINK.sub(lambda one: f"#{one[1]}" + (one[2] or "").replace(">", " › "), text) if "#**" in text else text


def _emoji(found: Reaction) -> str:
    if found.reaction_type not in (None, "unicode_emoji"):
        return ""
    try:
        return emoji.canonical("".join(chr(int(code, 16)) for code in found.emoji_code.split("-")))
    except (ValueError, OverflowError):
        return ""


def _in_topics(found: Iterator[Message]) -> Iterator[Message]:
    """Make a thread of each topic: its first message starts it, under the topic's name."""
    roots: dict[str, str] = {}
    for message in found:
        topic = message.thread
        if not topic:
            yield message
        elif root := roots.get(topic.casefold()):
            yield msgspec.structs.replace(message, thread=root)
        else:
            roots[topic.casefold()] = message.id
            yield msgspec.structs.replace(message, thread="", text=f"**{plain(topic)}**\n{message.text}".strip())
