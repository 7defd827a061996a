"""Notifications from scripts: a text with an optional link in a person's inbox."""

from urllib.parse import urlsplit

from hubbub import short_text
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.notifications import alarms, model, urgency
from hubbub.notifications.model import Cause
from hubbub.people import groups, oncall
from hubbub.people import model as people

URL_LIMIT = 500


def send(author: int, handle: str, text: str, key: str, url: str = "", urgent: bool = False,
         asks: bool = False) -> Entry | None:
    """Notify the person with this handle, or an on-call list; refused for guests.

    A repeated key returns the first entry.  With `asks`, it is urgent and rings until somebody acknowledges it, and the
    author is notified of that.
    """
    text = text.strip()
    if not short_text.has_visible(text):
        raise Refused("error.note_empty", "bad_input")
    if len(text) > model.TEXT_LIMIT:
        raise Refused("error.note_too_long", "too_large", limit=model.TEXT_LIMIT)
    if url and not is_link(url):
        raise Refused("error.note_link", "bad_input")
    with db.transaction() as tx:
        people.require(tx, author, "member")
        recipients, listed = _recipients(tx, handle.removeprefix("@"))
        sender = author if author not in recipients else 0  # a notification to yourself has no author
        tx.lock(*map(model.inbox, recipients))
        key = f"note:{key}" if sender else f"note:{author}:{key}"
        if found := log.find(tx, model.inbox(recipients[0]), sender, key) if recipients else None:
            return found
        cause = Cause("script", sender, key, text=text, url=url, urgent=urgent or asks or bool(listed))
        if cause.urgent:
            urgency.check(tx, author)
        if asks or listed:
            cause = alarms.start(tx, cause, listed)
        model.notify(tx, recipients, cause)
        return log.find(tx, model.inbox(recipients[0]), sender, key) if recipients else None


def _recipients(tx: db.Transaction, handle: str) -> tuple[list[int], int]:
    """Return the person with a handle; or who is on call, and the on-call list."""
    person = people.by_handle(tx, handle)
    if person and people.is_at_least(tx, person.id, "guest"):
        return [person.id], 0
    group = groups.by_handle(tx, handle)
    if group and oncall.plan_of(tx, group.id):
        return oncall.people_of_step(tx, group.id, 1), group.id
    raise Refused("error.handle_not_found", "not_found", handle=handle[:40])


def is_link(url: str) -> bool:
    """Return whether a link is a path here or an https address."""
    if len(url) > URL_LIMIT or "\\" in url or not short_text.is_visible(url) or url.split() != [url]:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme in ("https", "http") and bool(parts.netloc)
    return url.startswith("/") and not url.startswith("//")  # browsers take ///host for another host
