"""Exports of Slack: a zip with lists of people and conversations, and a folder with a file a day for each of these.

It follows Slack's "How to read Slack data exports" as of November 2026, and the folder `__uploads` that some programs
add to such a zip.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from hubbub.chat import emoji
from hubbub.core.db import Unusable
from hubbub.hooks import shortcodes, slack
from hubbub.hooks.message import Rejected, clean_name, field
from hubbub.hooks.mrkdwn import link, markdown
from hubbub.imports.archive import Archive
from hubbub.imports.records import LARGEST, File, Message, Names, Person, Pin, Room

FILES = "https://files.slack.com/"  # the only place to which a token is sent
CUSTOM_EMOJI = "reactions with an emoji of the workspace's own, which no export has"
NOTICES = "notices such as “joined” and “set the topic”"
HELD = {"channels.json": "public", "groups.json": "private", "mpims.json": "direct", "dms.json": "direct"}
TEXTS = {"", "file_share", "thread_broadcast", "me_message", "bot_message", "huddle_thread", "file_comment",
         "slackbot_response", "reply_broadcast", "document_mention", "file_mention", "reminder_add", "tombstone"}
NOBODY = {"", "U00"}  # authors of what Slack itself keeps for the export
TONES = {f"skin-tone-{n}": chr(0x1F3F9 + n) for n in range(2, 7)}
HIDDEN = {"tombstone": "it was deleted", "hidden_by_limit": "over the limit of the free plan"}
DENIED = {"access_denied": "no access to it", "file_not_found": "it was not found"}


class Profile(msgspec.Struct):
    """What a person says about themselves."""

    real_name: str | None = None
    display_name: str | None = None
    email: str | None = None


class User(msgspec.Struct):
    """A line of users.json."""

    id: str
    name: str = ""
    real_name: str | None = None
    team_id: str | None = None
    deleted: bool | None = False
    is_bot: bool | None = False
    is_restricted: bool | None = False
    is_ultra_restricted: bool | None = False
    tz: str | None = None
    profile: Profile | None = None


class Words(msgspec.Struct):
    """A topic or a purpose."""

    value: str | None = None


class Pinned(msgspec.Struct):
    """A pin: the ts of its message."""

    id: str
    user: str | None = None
    created: float | None = None


class Conversation(msgspec.Struct):
    """A line of the lists of conversations."""

    id: str
    name: str | None = None
    created: float | None = None
    creator: str | None = None
    members: list[str] | None = None
    is_archived: bool | None = False
    topic: Words | None = None
    purpose: Words | None = None
    pins: list[Pinned] | None = None


class Reaction(msgspec.Struct):
    """An emoji, by its name, and who used it."""

    name: str
    users: list[str] | None = None


class Edit(msgspec.Struct):
    """When a message was edited last."""

    ts: float | None = None


class Sent(msgspec.Struct):
    """A message; `ts` is its time, and its id in the conversation."""

    ts: str
    type: str | None = None
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    text: str | None = None
    thread_ts: str | None = None
    reactions: list[Reaction] | None = None
    files: list[Any] | None = None
    file: Any = None
    attachments: list[Any] | None = None
    blocks: Any = None
    edited: Edit | None = None
    icons: Any = None
    user_profile: Any = None
    bot_profile: Any = None
    comment: Any = None


class Slack:
    """An export of Slack that is open."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.report = archive, archive.report
        if not {"users.json", "org_users.json", *HELD} & archive.names.keys():
            raise Unusable("this is no export of Slack: it has neither users.json nor channels.json")
        self._users = [user for name in ("users.json", "org_users.json") for _, user in archive.many(name, User)]
        teams = Counter(user.team_id for user in self._users if user.team_id)
        self.source = f"slack/{teams.most_common(1)[0][0]}" if teams else "slack"
        slackbot = Person("USLACKBOT", "Slackbot", "slackbot", role="bot")
        self._seen = {slackbot.id: slackbot}  # authors who may not be listed

    def people(self) -> Iterator[Person]:
        for user in self._users:
            profile = user.profile or Profile()
            name = profile.display_name or profile.real_name or user.real_name or user.name
            is_guest = user.is_restricted or user.is_ultra_restricted
            yield Person(user.id, name or user.id, user.name, (profile.email or "").lower(),
                         "bot" if user.is_bot or user.id == "USLACKBOT" else "guest" if is_guest else "member",
                         not user.deleted, user.tz or "")

    def rooms(self) -> Iterator[Room]:
        for file, kind in HELD.items():
            for _, found in self.archive.many(file, Conversation):
                pins = tuple(Pin(pin.id, pin.user or "", pin.created or 0.0) for pin in found.pins or ())
                yield Room(found.id, found.name or found.id, kind, _topic(found),  # type: ignore[arg-type]
                           tuple(found.members or ()), found.creator or "", found.created or 0.0,
                           bool(found.is_archived), pins)

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        for file in HELD:
            for _, found in self.archive.many(file, Conversation):
                yield found.id, self._messages(found, names)

    def unlisted(self, id: str) -> Person:
        return self._seen.get(id) or Person(id, id, id)

    def unlisted_room(self, id: str) -> Room:
        return Room(id, id, "private")

    def _messages(self, found: Conversation, names: Names) -> Iterator[Message]:
        """Yield the messages of a conversation: its folder is named after it, that of a direct after its id."""
        files = (found.name and self.archive.under(found.name, ".json")) or self.archive.under(found.id, ".json")
        for file in files:
            day = [(sent.ts, place, sent) for place, sent in self.archive.many(file, Sent)]
            for _, place, sent in sorted(day, key=lambda one: (len(one[0].partition(".")[0]), one[0])):
                try:
                    message = self._message(place, sent, names)
                except (ValueError, OverflowError) as problem:
                    self.report.note("records that are not as the format says", f"{place}: {problem}")
                else:
                    if message:
                        yield message

    def _message(self, place: str, sent: Sent, names: Names) -> Message | None:
        author, at = self._author(sent), float(sent.ts)
        subtype = sent.subtype or ""
        if author in NOBODY:
            self.report.note("messages without an author", place)
            return None
        if subtype not in TEXTS:
            self.report.note(NOTICES)
            return None
        thread = sent.thread_ts if sent.thread_ts and sent.thread_ts != sent.ts else ""
        if subtype == "tombstone":  # of a deleted message, kept where it has a thread
            return Message(sent.ts, at, author, "", is_deleted=True) if sent.thread_ts == sent.ts else None
        return Message(
            sent.ts, at, author, self._text(sent, subtype, names), thread,
            bool(thread) and subtype in ("thread_broadcast", "reply_broadcast"), "", self._alias(sent, author),
            tuple(self._reactions(sent)), tuple(self._files(sent)),
            (sent.edited.ts or 0.0) if sent.edited else 0.0)

    def _author(self, sent: Sent) -> str:
        """Return the id of the author, and keep what the message says about one who may not be listed."""
        comment = sent.comment if isinstance(sent.comment, dict) else {}
        id = sent.user or field(comment, "user") or sent.bot_id or ("USLACKBOT" if sent.username else "")
        if id not in self._seen:
            profile = sent.user_profile if isinstance(sent.user_profile, dict) else {}
            bot = sent.bot_profile if isinstance(sent.bot_profile, dict) else {}
            if sent.user:
                name = field(profile, "display_name") or field(profile, "real_name") or field(profile, "name")
                self._seen[id] = Person(id, name or id, field(profile, "name") or id)
            elif id:
                name = sent.username or field(bot, "name") or id
                self._seen[id] = Person(id, name, name, role="bot")
        return id

    def _alias(self, sent: Sent, author: str) -> dict[str, str]:
        """Return the name and icon under which a bot says this, as far as they are not those of the bot."""
        if sent.user or not sent.username:
            return {}
        known = self._seen.get(author)
        name = clean_name(sent.username)
        icon = shortcodes.icon(field(sent.icons, "emoji")) if isinstance(sent.icons, dict) else ""
        found = {"name": name if known is None or known.name != sent.username else "", "icon": icon}
        return {key: value for key, value in found.items() if value}

    def _text(self, sent: Sent, subtype: str, names: Names) -> str:
        has_more = sent.attachments or not sent.text and sent.blocks
        text = _with_attachments(sent, names) if has_more else markdown(sent.text or "", names)
        if subtype == "me_message" and text:
            return f"*{text}*"
        if subtype == "huddle_thread":
            return text or "🎧 Huddle"
        return text

    def _reactions(self, sent: Sent) -> Iterator[tuple[str, str]]:
        for one in sent.reactions or ():
            if found := emoji_named(one.name):
                yield from ((found, person) for person in one.users or ())
            else:
                self.report.note(CUSTOM_EMOJI, f":{one.name}:")

    def _files(self, sent: Sent) -> Iterator[File]:
        for one in [*(sent.files or ()), sent.file]:
            if isinstance(one, dict) and (id := field(one, "id")):
                yield self._file(id, one)

    def _file(self, id: str, found: dict[str, Any]) -> File:
        name = field(found, "name") or field(found, "title") or id
        size = one if isinstance(one := found.get("size"), int) and 0 <= one <= LARGEST else 0
        url = field(found, "url_private_download") or field(found, "url_private")
        missing = HIDDEN.get(field(found, "mode")) or DENIED.get(field(found, "file_access"))
        if missing:
            return File(id, name, size, missing=missing)
        if inside := self.archive.under(f"__uploads/{id}"):
            return File(id, name, size, inside[0])
        is_external = field(found, "mode") == "external" or found.get("is_external") is True
        return File(id, name, size, url=url, missing="external" if is_external or not url.startswith(FILES) else "")


def emoji_named(name: str) -> str:
    """Return an emoji by Slack's name, perhaps with a skin tone; empty for those of a workspace's own."""
    base, _, tone = name.partition("::")
    found = shortcodes.emoji_named(base[:40])
    return emoji.canonical(found.replace("\ufe0f", "") + TONES.get(tone, "")) or found if found else ""


def _topic(found: Conversation) -> str:
    texts = [(words.value or "").strip() for words in (found.topic, found.purpose) if words]
    return " · ".join(markdown(text) for text in dict.fromkeys(texts) if text)


def _with_attachments(sent: Sent, names: Names) -> str:
    """Return a text with the attachments that a program sent; previews of links are left out."""
    shared, own = [], []
    for one in sent.attachments or ():
        if not isinstance(one, dict):
            continue
        if one.get("is_msg_unfurl") or one.get("is_share"):
            shared.append(_quoted(one, names))
        elif not (one.get("from_url") or one.get("original_url")):
            own.append(one)
    text = markdown(sent.text or "", names)
    with contextlib.suppress(Rejected):  # there is nothing in them to show
        rest = slack.read({"attachments": own, "blocks": None if text else sent.blocks}).text
        text = rest if rest.lstrip("#* ").startswith(text) else f"{text}\n\n{rest}"
    return "\n\n".join(filter(None, [text, *shared]))


def _quoted(found: dict[str, Any], names: Names) -> str:
    author, text = field(found, "author_name"), markdown(field(found, "text"), names)
    lines = [f"**{author}**" if author else "", *text.split("\n"), link(field(found, "from_url"), "↗")]
    return "\n".join(f"> {line}" for line in lines if line)
