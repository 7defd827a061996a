"""The mail about what a person has not read: by conversation, each with its last lines and a link to reply."""

import hashlib
from html import escape
from typing import NamedTuple

from hubbub import slices
from hubbub.core import log, node, strings
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications import mail, mail_addresses, model, push_message, quiet
from hubbub.notifications.mail_addresses import MailAddress

MOST, LINES = 20, 5  # conversations of a mail, and lines of each
CAUSES = "('mention', 'direct', 'reply')"
# What each mode mails of the rows of `notification`.
WANTED = {"urgent": "urgent = 1", "mentions": f"(urgent = 1 or cause in {CAUSES})", "everything": "1 = 1",
          "off": "1 = 0"}
UNREAD = """from notification where person = :person and seq > :after and read is null and snoozed is null
    and {wanted}"""


class Digest(NamedTuple):
    """A mail, and the newest notification in it."""

    subject: str
    text: str
    html: str
    id: str
    headers: dict[str, str]
    seq: int


class Group(NamedTuple):
    """A conversation: its title, its last lines, and where to read and reply."""

    title: str
    lines: list[str]
    more: int
    url: str
    can_reply: bool


def of(reads: Reads, one: MailAddress) -> Digest | None:
    """Return the mail about what a person wants mailed now, in a quiet time what is urgent; None for nothing.

    It is for those who have been away for as long as they chose: something must have been unread for that long.
    """
    wanted = WANTED["urgent" if quiet.is_quiet(reads, one.person) and one.mode != "off" else one.mode]
    about = {"person": one.person, "after": one.seq}
    rows = reads.execute(f"select conversation, count(*), min(seq), max(seq) {UNREAD.format(wanted=wanted)} "
                         f"group by conversation order by max(seq) desc", **about)
    if not rows or not _is_old(reads, one, min(first for _, _, first, _ in rows)):
        return None
    groups = [_group(reads, one, conversation, count, wanted) for conversation, count, *_ in rows[:MOST]]
    total, newest = sum(count for _, count, *_ in rows), max(seq for *_, seq in rows)
    subject = groups[0].title if len(rows) == 1 else strings.translate(
        one.language, "notifications.mail.subject", n=total, title=groups[0].title)
    thread = _thread(one, rows[0][0] if len(rows) == 1 else "")
    unsubscribe = mail_addresses.link(one, "unsubscribe")
    headers = {"References": thread, "In-Reply-To": thread, "List-Unsubscribe": f"<{unsubscribe}>",
               "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    more = total - sum(len(group.lines) + group.more for group in groups)
    return Digest(subject, _text(one, groups, more, unsubscribe), _html(one, groups, more, unsubscribe),
                  f"digest.{one.person}.{newest}", headers, newest)


def _is_old(reads: Reads, one: MailAddress, seq: int) -> bool:
    [entry] = log.read(reads, model.inbox(one.person), seq - 1, 1)
    return entry.at <= node.now() - one.minutes * 60


def _thread(one: MailAddress, conversation: str) -> str:
    """Return the Message-ID by which mail programs show the mails about a conversation together."""
    name = hashlib.blake2s(conversation.encode(), digest_size=9).hexdigest() if conversation else "several"
    return mail.message_id(f"digest.{one.person}.{name}")


def _group(reads: Reads, one: MailAddress, conversation: str, count: int, wanted: str) -> Group:
    seqs = reads.execute(f"select seq {UNREAD.format(wanted=wanted)} and conversation = :conversation "
                         f"order by seq desc limit {LINES}",
                         person=one.person, after=one.seq, conversation=conversation)
    entries = [log.read(reads, model.inbox(one.person), seq - 1, 1)[0] for seq in sorted(seq for seq, in seqs)]
    newest, names = entries[-1], push_message.names_of(reads, entries)
    data = model.with_title(newest.data, model.current_titles(reads, one.person, [newest.data["channel"]]))
    title = (push_message.title_of(data, names[-1], one.language) if count == 1
             else push_message.count_title(data, names[-1], count, one.language))
    kind = slices.channel_kinds().get(data["channel"].partition(":")[0])
    url = push_message.address_of(one.origin, push_message.url_of(data))
    can_reply = bool(kind and kind.reply and not data["url"])
    return Group(title, [_line(entry, name, one.language) for entry, name in zip(entries, names, strict=True)],
                 count - len(entries), f"{url}#reply" if can_reply else url, can_reply)


def _line(entry: Entry, name: str, language: str) -> str:
    return f"{name}: {push_message.text_of(entry.data, language)}"


def _words(one: MailAddress, id: str, **params: object) -> str:
    return strings.translate(one.language, id, **params)


def _link_words(one: MailAddress, group: Group) -> str:
    return _words(one, "notifications.mail.reply" if group.can_reply else "notifications.mail.open")


def _text(one: MailAddress, groups: list[Group], more: int, unsubscribe: str) -> str:
    parts = []
    for group in groups:
        lines = [_words(one, "notifications.mail.earlier", n=group.more)] if group.more else []
        parts.append("\n".join([group.title, *(f"  {line}" for line in [*lines, *group.lines]),
                                f"{_link_words(one, group)}: {group.url}"]))
    if more:
        parts.append(_words(one, "notifications.mail.more", n=more) + f": {one.origin}inbox")
    parts.append("\n".join(["-- ", _words(one, "notifications.mail.why"),
                            _words(one, "notifications.mail.settings") + f": {one.origin}settings/notifications",
                            _words(one, "notifications.mail.unsubscribe") + f": {unsubscribe}"]))
    return "\n\n".join(parts)


def _html(one: MailAddress, groups: list[Group], more: int, unsubscribe: str) -> str:
    parts = []
    for group in groups:
        earlier = [_words(one, "notifications.mail.earlier", n=group.more)] if group.more else []
        lines = "".join(f'<p dir="auto">{escape(line)}</p>' for line in [*earlier, *group.lines])
        reply = _anchor(group.url, _link_words(one, group))
        parts.append(f"<h2>{escape(group.title)}</h2>{lines}<p>{reply}</p>")
    if more:
        parts.append("<p>" + _anchor(f"{one.origin}inbox", _words(one, "notifications.mail.more", n=more)) + "</p>")
    settings = _anchor(f"{one.origin}settings/notifications", _words(one, "notifications.mail.settings"))
    foot = " ".join([escape(_words(one, "notifications.mail.why")), settings, "·",
                     _anchor(unsubscribe, _words(one, "notifications.mail.unsubscribe"))])
    return (f'<!doctype html><html lang="{escape(one.language)}" dir="{strings.direction(one.language)}">'
            '<body style="font-family: sans-serif; max-width: 36rem">'
            f'{"".join(parts)}<hr><p style="color: #666">{foot}</p></body></html>')


def _anchor(url: str, words: str) -> str:
    return f'<a href="{escape(url)}">{escape(words)}</a>'
