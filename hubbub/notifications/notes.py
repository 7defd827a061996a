"""Notifications from scripts: a text with an optional link in a person's inbox."""

from urllib.parse import urlsplit

from hubbub import short_text
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.notifications import model
from hubbub.notifications.model import Cause
from hubbub.people import model as people

URL_LIMIT = 500


def send(author: int, handle: str, text: str, key: str, url: str = "", urgent: bool = False) -> Entry | None:
    """Notify the person with this handle; refused for guests.  A repeated key returns the first entry."""
    text = text.strip()
    if not short_text.has_visible(text):
        raise Refused("error.note_empty", "bad_input")
    if len(text) > model.TEXT_LIMIT:
        raise Refused("error.note_too_long", "too_large", limit=model.TEXT_LIMIT)
    if url and not is_link(url):
        raise Refused("error.note_link", "bad_input")
    with db.transaction() as tx:
        people.require(tx, author, "member")
        person = people.by_handle(tx, handle.removeprefix("@"))
        if person is None or not people.is_at_least(tx, person.id, "guest"):
            raise Refused("error.handle_not_found", "not_found", handle=handle[:40])
        sender = author if person.id != author else 0  # a notification to yourself has no author
        tx.lock(model.inbox(person.id))
        key = f"note:{key}" if sender else f"note:{author}:{key}"
        model.notify(tx, [person.id], Cause("script", sender, key, text=text, url=url, urgent=urgent))
        return log.find(tx, model.inbox(person.id), sender, key)


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
