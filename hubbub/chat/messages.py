"""Messages: post, edit, delete, react, pin.  Each is an entry, together with the tables that it changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from hubbub import short_text
from hubbub.chat import attachments, emoji, feed_quotes, mentions, recipients, rooms, search, threads
from hubbub.core import access, cursors, db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.files import uploads
from hubbub.notifications import model as notifications
from hubbub.notifications import revisions, urgency
from hubbub.people import handles, oncall

LOBBY = rooms.LOBBY
TEXT_LIMIT = 16_000  # characters, so that an entry fits its 64 KB in any script
FILES_LIMIT = 10
REACTIONS_LIMIT = 50  # different ones on one message


class Draft(NamedTuple):
    """The parts of a message besides its text."""

    thread: int = 0  # seq of the root that it answers
    also_to_room: bool = False  # a reply that is shown in the room too
    files: tuple[str, ...] = ()
    quote: int = 0  # seq of the message that it quotes
    here: tuple[int, ...] = ()  # the people who are online, for @here
    attachments: Mapping[str, Any] = {}  # by kind, as `attachments.register` has them
    alias: Mapping[str, str] = {}  # the name and the icon (an emoji) under which a bot says this
    urgent: bool = False  # whether it rings in quiet times, too
    priority: int = 0  # 1 to 5, if a program gave it one
    asks: bool = False  # whether it is urgent and rings again until somebody acknowledges it


class Post(NamedTuple):
    """A message to post, and what to call once its author's right to do so is established."""

    person: int
    channel: str
    text: str
    key: str
    more: Draft
    on_write: Callable[[str], None] | None

    @property
    def id(self) -> tuple[str, int, str]:
        """The key under which it is posted only once."""
        return self.channel, self.person, self.key

    @property
    def is_shown(self) -> bool:
        """Whether it is in the room, not only in a thread."""
        return not self.more.thread or self.more.also_to_room


def post(person: int, channel: str, text: str, key: str, more: Draft = Draft()) -> Entry:  # noqa: B008
    """Post a message in a room, or in a thread of it.  A repeated key returns the first entry."""
    return post_later(person, channel, text, key, more).wait()


def reply(person: int, channel: str, root: int, text: str, key: str) -> Entry:
    """Post a message in a room, or in the thread of `root` if there is one."""
    return post(person, channel, text, key, Draft(thread=root))


def post_later(person: int, channel: str, text: str, key: str, more: Draft) -> db.Call[Entry]:
    """Do the same without waiting, together with other messages that arrive meanwhile."""
    return db.together(post_all, channel, checked(person, channel, text, key, more))


def checked(person: int, channel: str, text: str, key: str, more: Draft) -> Post:
    """Return a message for `post_all`; refuse an invalid text, and a channel that is no room."""
    _check_text(text, needed=not more.files)
    if not rooms.number(channel):
        rooms.check(db, person, channel, "post")  # which refuses it
    return Post(person, channel, text, key, more, access.on_write.get())


def post_in(tx: db.Transaction, person: int, channel: str, text: str, key: str, more: Draft) -> Entry:
    """Post a message in a transaction that has locked the channel, together with what else the caller writes."""
    [answer] = post_all(tx, [checked(person, channel, text, key, more)])
    if isinstance(answer, Refused):
        raise answer
    return answer


def post_all(tx: db.Transaction, posts: Sequence[Post]) -> list[Entry | Refused]:
    """Post messages with the same few statements for any number of plain ones; return entries or refusals."""
    rights = rooms.Rights(tx, ((post.person, post.channel) for post in posts))
    entries = log.find_duplicates(tx, [post.id for post in posts])
    appender = log.Appender(tx, {post.channel for post in posts})
    accepted: list[_Accepted] = []
    answers: list[Entry | Refused] = []
    for post in posts:
        try:
            rights.check(post.person, post.channel, "reply" if post.more.thread else "post", post.on_write)
            if post.more.also_to_room:
                rights.check(post.person, post.channel, "post")
            if post.id not in entries:
                accepted.append(_accept(tx, appender, post))
                entries[post.id] = accepted[-1].entry
            answers.append(entries[post.id])
        except Refused as refusal:
            answers.append(refusal)
    appender.store()
    _store(tx, accepted)
    return answers


class _Accepted(NamedTuple):
    """An entry that will be stored, the root that it answers, and the people whom @here and groups notify."""

    post: Post
    entry: Entry
    root: Entry | None
    here: list[int]


def _accept(tx: db.Transaction, appender: log.Appender, post: Post) -> _Accepted:
    """Number the entry of a message; refuse before anything is written."""
    root = threads.root(tx, post.channel, post.more.thread) if post.more.thread else None
    data, here = _data(tx, post)
    entry = appender.add(post.channel, "message" if post.is_shown else "reply", data, author=post.person,
                         key=post.key, counts=post.is_shown)
    if post.more.files:
        uploads.attach(tx, entry.seq, post.more.files)
    return _Accepted(post, entry, root, here)


def _store(tx: db.Transaction, accepted: list[_Accepted]) -> None:
    """Store what follows from new entries: mentions, threads, read cursors, words to search for."""
    if not accepted:
        return
    for _, entry, root, here in accepted:
        people = mentions.store(tx, entry.channel, entry.seq, entry.author, entry.data.get("mentions", {}), here)
        if root:
            threads.add_reply(tx, root, entry, people)
    entries = [one.entry for one in accepted]
    read = [(entry.author, entry.channel, entry.seq, entry.n) for entry in entries if entry.kind == "message"]
    cursors.move_each(tx, read)
    readers = notifications.unread_in(tx, [one[:3] for one in read])
    tx.lock(*(notifications.inbox(person) for person, *_ in readers))
    for reader in readers:
        notifications.mark_channel_read(tx, *reader)
    search.add(tx, entries)


def _data(tx: db.Transaction, post: Post) -> tuple[dict[str, Any], list[int]]:
    """Return the data of the entry, and the people whom @here and groups notify."""
    more = post.more
    data: dict[str, Any] = {"text": post.text, **more.attachments}
    named = handles.resolve(tx, post.text)
    wide = {*more.here} if "here" in named else set()
    here = sorted((wide | {*oncall.mentioned(tx, named.values())}) - {post.person})
    if named:
        data["mentions"] = named
    if here:
        data["here"] = here
    if more.files:
        data["files"] = msgspec.to_builtins(uploads.unsent(tx, post.person, post.channel, _checked_files(more.files)))
    if more.quote:
        find(tx, post.channel, more.quote)
        data["quote"] = more.quote
    if more.thread:
        data["thread"] = more.thread
    if more.alias:
        data["alias"] = more.alias
    if more.priority:
        data["priority"] = more.priority
    if more.urgent or more.asks:
        urgency.check(tx, post.person)
        asks = more.asks or oncall.among(tx, named.values())
        data["urgent"] = {"acknowledged": None} if asks else True
    if quotes := feed_quotes.quotes_in(post.text):
        data["quotes"] = quotes
    return data, here


def _checked_files(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(ids) > FILES_LIMIT:
        raise Refused("error.too_many_files", "too_large", limit=FILES_LIMIT)
    return tuple(dict.fromkeys(ids))


def edit(person: int, channel: str, seq: int, text: str, key: str) -> Entry:
    """Replace the text of a message, as its author; earlier texts stay in its history."""
    with db.transaction(channel) as tx:
        return edit_in(tx, person, channel, seq, text, key)


def edit_in(tx: db.Transaction, person: int, channel: str, seq: int, text: str, key: str) -> Entry:
    """Do the same in a transaction that has locked the channel."""
    rooms.check(tx, person, channel, "edit")
    if first := log.find_duplicate(tx, channel, person, key):
        return first
    target = find(tx, channel, seq)
    _check_text(text, needed=not target.data.get("files"))
    if target.author != person:
        raise Refused("error.not_the_author", "denied")
    named = handles.resolve(tx, text)
    of_groups = [one for one in oncall.mentioned(tx, named.values()) if one != person]
    data = {"target": seq, "text": text, **({"mentions": named} if named else {}),
            **({"here": of_groups} if of_groups else {})}
    entry = log.append(tx, channel, "edited", data, author=person, key=key)
    tx.execute("insert into message (channel, seq, text, mentions, edited) "
               "values (:channel, :seq, :text, :mentions, :at) on conflict (channel, seq) "
               "do update set text = :text, mentions = :mentions, edited = :at",
               channel=channel, seq=seq, text=text, mentions=msgspec.json.encode(named).decode(), at=entry.at)
    tx.execute("insert into edit (channel, target, seq) values (:channel, :target, :seq)",
               channel=channel, target=seq, seq=entry.seq)
    mentions.forget(tx, channel, seq)
    recipients.revise(tx, target, text)
    mentions.store(tx, channel, seq, person, named, of_groups)
    search.change(tx, target, text)
    return entry


def delete(person: int, channel: str, seq: int, key: str) -> Entry:
    """Delete the text, earlier texts and files of a message; its place stays."""
    with db.transaction(channel) as tx:
        return delete_in(tx, person, channel, seq, key)


def delete_in(tx: db.Transaction, person: int, channel: str, seq: int, key: str) -> Entry:
    """Do the same in a transaction that has locked the channel."""
    rooms.check(tx, person, channel, "read")
    if first := log.find_duplicate(tx, channel, person, key):
        return first
    target = find(tx, channel, seq)
    rooms.check(tx, person, channel, "delete" if target.author == person else "moderate")
    return erase(tx, target, person, key)


def erase(tx: db.Transaction, target: Entry, person: int, key: str) -> Entry:
    """Do the same regardless of rights, under a new key."""
    channel, seq = target.channel, target.seq
    entry = log.append(tx, channel, "deleted", {"target": seq, **_uncount(tx, target)}, author=person, key=key)
    tx.execute("insert into message (channel, seq, deleted) values (:channel, :seq, :at) "
               "on conflict (channel, seq) do update set deleted = :at, text = null, mentions = null, "
               "edited = null, pinned = null, pinner = null", channel=channel, seq=seq, at=entry.at)
    _forget(tx, target)
    return entry


def _uncount(tx: db.Transaction, target: Entry) -> dict[str, int]:
    """Stop counting a message as unread; return its numbers, with which devices do the same."""
    numbers = {}
    if target.kind == "message":
        cursors.uncount(tx, target.channel, target.n)
        numbers["n"] = target.n
    if root := target.data.get("thread"):
        numbers |= {"thread": root, "nth": threads.uncount(tx, target.channel, root, target.seq)}
    return numbers


def _forget(tx: db.Transaction, target: Entry) -> None:
    """Blank the text wherever it is stored; that it was a reply stays, since roots count their replies."""
    channel, seq = target.channel, target.seq
    edits = tx.execute("select seq from edit where channel = :channel and target = :seq", channel=channel, seq=seq)
    log.blank(tx, channel, [seq], {name: target.data[name] for name in ("thread",) if name in target.data})
    log.blank(tx, channel, [one for one, in edits])
    tx.execute("delete from reaction where channel = :channel and seq = :seq", channel=channel, seq=seq)
    mentions.forget(tx, channel, seq)
    search.remove(tx, channel, seq)
    revisions.withdraw(tx, channel, seq)
    uploads.detach(tx, channel, seq)
    attachments.forget(tx, channel, seq)


def react(person: int, channel: str, seq: int, text: str, on: bool, key: str) -> Entry | None:
    """Add a person's emoji to a message, or remove it; None if nothing changes.  Its spellings are one emoji."""
    one = emoji.identity(text)
    if on and not emoji.canonical(text):
        raise Refused("error.not_an_emoji", "bad_input")
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "react")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        find(tx, channel, seq)
        there = tx.execute("select emoji, person from reaction where channel = :channel and seq = :seq",
                           channel=channel, seq=seq)
        spellings = [stored for stored, by in there if by == person and emoji.identity(stored) == one]
        if bool(spellings) == on:
            return None
        kinds = {emoji.identity(stored) for stored, _ in there}
        if on and one not in kinds and len(kinds) >= REACTIONS_LIMIT:
            raise Refused("error.too_many_reactions", "too_large", limit=REACTIONS_LIMIT)
        data = {"target": seq, "emoji": one, "on": on}
        entry = log.append(tx, channel, "reacted", data, author=person, key=key)
        if on:
            tx.execute("insert into reaction (channel, seq, emoji, person, at) "
                       "values (:channel, :seq, :emoji, :person, :at)",
                       channel=channel, seq=seq, emoji=one, person=person, at=entry.seq)
        else:
            tx.execute("delete from reaction where channel = :channel and seq = :seq and emoji = any(:spellings) "
                       "and person = :person", channel=channel, seq=seq, spellings=spellings, person=person)
        return entry


def pin(person: int, channel: str, seq: int, on: bool, key: str) -> Entry | None:
    """Pin a message for everybody in the room, or unpin it; None if nothing changes."""
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "pin")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        find(tx, channel, seq)
        rows = tx.execute("select 1 from message where channel = :channel and seq = :seq and pinned is not null",
                          channel=channel, seq=seq)
        if bool(rows) == on:
            return None
        entry = log.append(tx, channel, "pinned", {"target": seq, "on": on}, author=person, key=key)
        tx.execute("insert into message (channel, seq, pinned, pinner) values (:channel, :seq, :at, :person) "
                   "on conflict (channel, seq) do update set pinned = :at, pinner = :person",
                   channel=channel, seq=seq, at=entry.at if on else None, person=person if on else None)
        return entry


def find(reads: Reads, channel: str, seq: int) -> Entry:
    """Return the entry of a message or reply that was not deleted; refuse if there is none."""
    for entry in log.read(reads, channel, seq - 1, 1):
        if entry.seq == seq and entry.kind in ("message", "reply") and "text" in entry.data:
            return entry
    raise Refused("error.message_not_found", "not_found")


def text_of(reads: Reads, message: Entry) -> str:
    """Return the text of a message as it is now."""
    rows = reads.execute("select text from message where channel = :channel and seq = :seq and text is not null",
                         channel=message.channel, seq=message.seq)
    return str(rows[0][0]) if rows else str(message.data["text"])


def history(reads: Reads, person: int, channel: str, seq: int) -> list[dict[str, Any]]:
    """Return the texts of a message and their times, the oldest first."""
    rooms.check(reads, person, channel, "read")
    first = find(reads, channel, seq)
    rows = reads.execute(
        f"select {log.COLUMNS} from entry where channel = :channel and seq in "
        "(select edit.seq from edit where edit.channel = :channel and target = :seq) order by seq",
        channel=channel, seq=seq)
    return [{"text": entry.data.get("text", ""), "at": entry.at} for entry in [first, *map(log.entry_of, rows)]]


def _check_text(text: str, *, needed: bool) -> None:
    if needed and not short_text.has_visible(text):
        raise Refused("error.message_empty", "bad_input")
    if len(text) > TEXT_LIMIT:
        raise Refused("error.message_too_long", "too_large", limit=TEXT_LIMIT)
