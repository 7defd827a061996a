"""From a message of another program to the entries that it becomes here: itself, its edit, its reactions."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hubbub import short_text
from hubbub.chat import emoji, messages
from hubbub.chat.history import Past
from hubbub.core import log
from hubbub.imports.records import File, Message
from hubbub.imports.report import Report
from hubbub.people import handles

LIMIT = messages.TEXT_LIMIT - 1000  # characters: room for what surrounds a text, within the bytes of an entry
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LAST = 1e11  # seconds since 1970: later is no time, and NaN is not below it either
SPLIT, EMPTY = "messages over the limit of length, split into several", "messages without anything to show"
TOO_MANY = "reactions beyond fifty different ones on a message"
CUSTOM = "reactions that are no emoji"


class Plan:
    """Plans the entries of one room: `number` is that of its import, `person` finds people by their ids there."""

    def __init__(self, number: int, name: str, person: Callable[[str], int], named: Mapping[str, int],
                 report: Report) -> None:
        self._number, self._name, self._person, self._named, self._report = number, name, person, named, report

    def _note(self, reason: str, message: Message, count: int = 1) -> None:
        self._report.note(reason, f"{self._name} {message.id}", count)

    def entries(self, found: Iterable[Message]) -> list[Past]:
        """Return the entries of messages, which are in the order of their times, in that order.

        An edit has its own time, but none after the last message.
        """
        some = list(found)
        last = max((message.at for message in some), default=0.0)
        past = [one for message in some for one in self._of(message, last)]
        return sorted(past, key=lambda one: one.at)

    def _of(self, message: Message, last: float) -> Iterator[Past]:
        if message.is_deleted:
            yield self.past(message.id, message.at, "message", message.author, {})
            yield self.past(f"{message.id}/d", message.at, "deleted", message.author, {}, message.id)
            return
        first, *more = self._texts(message)
        if not first:
            self._note(EMPTY, message)
            return
        kind = "reply" if message.thread and not message.also_to_room else "message"
        yield self.past(message.id, message.at, kind, message.author, self._data(message, first),
                        message.thread)._replace(quote=message.quote)
        for nth, text in enumerate(more, 2):
            yield self.past(f"{message.id}/{nth}", message.at, kind, message.author, self._data(message, text),
                            message.thread)
        if 0 < message.edited < LAST:
            at = min(max(message.edited, message.at), last)
            data = {name: value for name, value in self._data(message, first).items() if name in ("text", "mentions")}
            yield self.past(f"{message.id}/e/{message.edited}", at, "edited", message.author, data, message.id)
        yield from self._reactions(message)
        if message.pinned:
            yield self.past(f"{message.id}/p", message.at, "pinned", message.author, {"on": True}, message.id)

    def past(self, id: str, at: float, kind: str, author: str, data: dict[str, Any], target: str = "") -> Past:
        """Return one entry; its key says where it is from."""
        return Past(id, at, kind, self._person(author), log.server_key("import", self._number, id), data, target)

    def _data(self, message: Message, text: str) -> dict[str, Any]:
        data: dict[str, Any] = {"text": text}
        if "@" in text and (named := self._mentions(text)):
            data["mentions"] = named
        if message.alias:
            data["alias"] = message.alias
        return data

    def _mentions(self, text: str) -> dict[str, int]:
        """Return the people whom a text mentions, as `handles.resolve` does, without a statement."""
        found = {}
        for handle in handles.named(text):
            for form in (handle, handle.rstrip("._-")):
                if form in handles.WIDE or form in self._named:
                    found[form] = self._named.get(form, handles.EVERYBODY)
                    break
        return found

    def _texts(self, message: Message) -> list[str]:
        """Return the text in parts that each fit a message, the first one with a line for each file."""
        text = CONTROL.sub("", message.text.replace("\r\n", "\n")).strip()
        lines = [line(file) for file in message.files]
        text = "\n".join([text] * bool(text) + lines)
        if not text.isascii() and not short_text.has_visible(text):
            return [""]
        if len(text) <= LIMIT:
            return [text]
        self._note(SPLIT, message)
        return list(_parts(text))

    def _reactions(self, message: Message) -> Iterator[Past]:
        kinds = list(dict.fromkeys(one for one, _ in message.reactions))
        if len(kinds) > messages.REACTIONS_LIMIT:
            self._note(TOO_MANY, message, len(kinds) - messages.REACTIONS_LIMIT)
        known, seen = kinds[:messages.REACTIONS_LIMIT], set()
        for one, id in message.reactions:
            found = emoji.canonical(one)
            person = self._person(id) if found and one in known else 0
            if not found:
                self._report.note(CUSTOM, one)
            elif person and (found, person) not in seen:
                seen.add((found, person))
                yield Past(f"{message.id}/r/{found}/{person}", message.at, "reacted", person,
                           log.server_key("import", self._number, message.id, found),
                           {"emoji": found, "on": True}, message.id)


def line(file: File) -> str:
    """Return the line that stands for a file which is not here: a link if it is elsewhere, or what it was."""
    name = file_name(file.name)
    if file.missing == "external":
        return f"📎 [{name}]({file.url.replace('(', '%28').replace(')', '%29')})" if file.url else f"📎 {name}"
    size = f", {size_of(file.size)}" if file.size else ""
    return f"📎 {name}{size} – not exported" + (f": {file.missing}" if file.missing else "")


def file_name(name: str) -> str:
    """Return the name of a file as text in Markdown."""
    clean = short_text.clean(short_text.without_hidden(name))[:150] or "file"
    return re.sub(r"([\\`*_\[\]~<>@#$])", r"\\\1", clean)


def size_of(size: int) -> str:
    """Return a size for people."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1000)):,} KB"


def _parts(text: str) -> Iterator[str]:
    """Yield parts of a long text, which end at a line or a word; a block of code goes on as one."""
    while len(text) > LIMIT:
        fence = ""
        cut = max(text.rfind("\n", LIMIT // 2, LIMIT), 0) or max(text.rfind(" ", LIMIT // 2, LIMIT), 0) or LIMIT
        part, text = text[:cut].rstrip(), text[cut:].lstrip("\n ")
        for row in part.split("\n"):
            if found := handles.FENCE.match(row):
                fence = "" if fence else found[1]
        yield f"{part}\n{fence}" if fence else part
        text = f"{fence}\n{text}" if fence else text
    yield text
