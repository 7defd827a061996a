"""Urgent notifications: who may send them, and to whom they break through.

An urgent notification ignores levels, quiet times, and that a person looks at the page.  Members, admins and programs
may send some an hour; each person chooses by `urgent_from` whose urgent notifications are urgent to them: everybody's,
those of admins and programs, nobody's.  To the others, it is an ordinary notification.
"""

from collections.abc import Iterable

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.people import model as people
from hubbub.people import preferences

OFFICIAL = ("admin", "owner", "bot")

preferences.register("push_when", lambda value: value in ("now", "unread"))
preferences.register("urgent_from", lambda value: value in ("admins", "nobody"))

URGENT_TO = """select person.id, case coalesce(preference.value, '') when 'nobody' then 0
    when 'admins' then cast(:official as bigint) else 1 end from person left join preference
    on preference.person = person.id and preference.name = 'urgent_from' where person.id = any(:people)"""


def check(reads: Reads, author: int) -> None:
    """Refuse unless a person may send something urgent now: guests may not, and nobody many of them."""
    if author == people.SYSTEM:
        return
    is_program = people.role(reads, author) == "bot"
    if not is_program:
        people.require(reads, author, "member")
    if not limits.exempt_loopback():
        limits.take(limits.ALARMS if is_program else limits.URGENT, author, "urgent")


def split(tx: db.Transaction, recipients: Iterable[int], author: int) -> tuple[list[int], list[int]]:
    """Return the recipients to whom something urgent by this author is urgent, and the others."""
    official = author == people.SYSTEM or people.role(tx, author) in OFFICIAL
    rows = tx.execute(URGENT_TO, people=list(recipients), official=int(official))
    return [id for id, urgent in rows if urgent], [id for id, urgent in rows if not urgent]
