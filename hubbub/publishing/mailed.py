"""A notification by e-mail, as its author asks: to their own confirmed address, so that this server mails no strangers.

Others have what they are notified of mailed by their own settings.
"""

from hubbub.core import db, timers
from hubbub.core.access import Reads, Refused
from hubbub.core.timers import Timer
from hubbub.notifications import mail, mail_addresses
from hubbub.notifications.plain import plain
from hubbub.publishing import model

TIMER = "publication_mail"
TRIES = 8
YES = ("1", "yes", "true")


def check(reads: Reads, author: int, wanted: str) -> None:
    """Refuse e-mail where this server sends none, and to any other address than the author's own."""
    if not mail.is_on():
        raise Refused("error.publish_email", "bad_input")
    one = mail_addresses.find(reads, author)
    if one is None or one.confirmed is None or wanted.lower() not in (*YES, one.address.lower()):
        raise Refused("error.publish_email_own", "bad_input")


def queue(tx: db.Transaction, one: model.Publication, now: float) -> None:
    """Have a publication mailed when it is due."""
    timers.set(tx, TIMER, one.id, one.due or now)


def send(timer: Timer) -> None:
    """Mail a publication, unless it was withdrawn; try again later if the mail server is away."""
    with db.snapshot() as reads:
        one = model.by_id(reads, timer.key)
        to = mail_addresses.find(reads, one.author) if one and one.withdrawn is None else None
    if one is None or to is None or to.confirmed is None:
        return
    message = one.message
    text = plain(message.message, len(message.message)) if message.markdown else message.message
    links = [message.click, *(action.url for action in message.actions if action.action == "view")]
    timers.extend(timer, mail.TOTAL + timers.CLAIM)  # so that no other node mails it meanwhile
    try:
        mail.send(to.address, message.title or one.topics, "\n\n".join(filter(None, [text, *links])),
                  id=f"published.{one.id}")
    except mail.Rejected:
        return
    except mail.Later:
        if timer.tries < TRIES:
            raise
