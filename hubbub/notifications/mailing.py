"""Mails about what was not read, sent by one node at a time; each mail is claimed, so that it is sent once.

A mail that its server refuses for good ends the mails to that address, until a test reaches it; everything else is
tried again, later each time.  After a crash between sending and storing, the same mail is sent again, with the same id.
"""

import logging

from gevent.pool import Pool

from hubbub.core import db, node
from hubbub.notifications import attention, digest, mail, mail_addresses

logger = logging.getLogger(__name__)

EVERY = 20.0  # seconds
CLAIM = 300.0  # seconds in which nobody else sends
BACKOFF, LONGEST = 60.0, 6 * 3600.0  # seconds until the second try, doubled for each further one; at most
PARALLEL = 4  # mails that are sent at the same time

DUE = f"""select person from mail_address where confirmed is not null and problem = '' and retry_at <= :now
    and exists (select 1 from person where person.id = mail_address.person and person.banned is null)
    and exists (select 1 from notification join entry on entry.channel = 'inbox:' || notification.person
    and entry.seq = notification.seq where notification.person = mail_address.person
    and notification.seq > mail_address.seq and read is null and snoozed is null
    and entry.at <= :now - mail_address.minutes * 60 and (mode = 'everything' or mode <> 'off' and urgent = 1
    or mode = 'mentions' and cause in {digest.CAUSES}))"""


def send_due() -> None:
    """Send a mail to everybody who has been away for as long as they chose, and has something unread."""
    if not mail.is_on():
        return
    pool = Pool(PARALLEL)
    for person, in db.execute_in_thread(DUE, now=node.now()):
        if not attention.has_attention(person):
            pool.spawn(node.current().run, _send, person)
    pool.join()


def _send(person: int) -> None:
    with db.transaction() as tx:
        if not tx.execute("update mail_address set retry_at = :until where person = :person and retry_at <= :now "
                          "returning person", person=person, now=node.now(), until=node.now() + CLAIM):
            return
    with db.snapshot() as reads:
        one = mail_addresses.find(reads, person)
        found = digest.of(reads, one) if one and one.confirmed else None
    if one is None or found is None:
        mail_addresses.change(person, retry_at=node.now())
        return
    try:
        mail.send(one.address, found.subject, found.text, html=found.html, id=found.id, headers=found.headers)
    except mail.Later:
        pause = min(BACKOFF * 2**min(one.failures, 20), LONGEST)
        mail_addresses.change(person, one.address, failures=one.failures + 1, retry_at=node.now() + pause)
    except mail.Rejected as problem:
        logger.warning("a mail server refuses the address of person %d for good", person)
        mail_addresses.change(person, one.address, problem=str(problem), failures=0)
    else:
        mail_addresses.change(person, one.address, seq=found.seq, failures=0, retry_at=node.now() + one.minutes * 60)
