"""One message to one push service, and what that answered; nothing that is logged holds an address, a key or a text."""

import email.utils
import logging
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from hubbub.core import node
from hubbub.notifications import vapid
from hubbub.notifications.addresses import Forbidden
from hubbub.notifications.push_message import DAY, Message
from hubbub.notifications.subscriptions import Subscription

if TYPE_CHECKING:
    from hubbub.notifications import outgoing

logger = logging.getLogger(__name__)

NOBODY, FORBIDDEN = 0, -1  # in place of a status: no answer; an address that nothing is sent to
NOTED = 1000  # different complaints that are logged

class Complaints:
    """The push services' complaints that this node has logged."""

    def __init__(self) -> None:
        self.logged: set[tuple[str, int]] = set()


complaints = node.state(Complaints)


class Answer(NamedTuple):
    """The status of an answer, and after how many seconds to try again, where it says so."""

    status: int
    retry_after: float = 0.0

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status in (404, 410)

    @property
    def again(self) -> bool:
        return self.status in (NOBODY, 408, 429) or self.status >= 500


def send(session: "outgoing.Session", one: Subscription, message: Message) -> Answer:
    """Encrypt a message for a browser, sign it as this server, and send it to the push service."""
    from requests import RequestException
    from requests.exceptions import InvalidSchema

    try:
        headers = {**message.headers, **vapid.headers(one.endpoint, one.origin), "Content-Encoding": "aes128gcm",
                   "TTL": str(DAY)}
        answer = session.post(one.endpoint, data=_encrypted(one, message.payload), headers=headers)
        return Answer(answer.status_code, _seconds(answer.headers.get("Retry-After", "")))
    except (Forbidden, InvalidSchema):
        return Answer(FORBIDDEN)
    except RequestException:
        return Answer(NOBODY)
    except Exception as problem:  # its words may hold an address
        logger.error("a push message could not be made: %s", type(problem).__name__)
        return Answer(NOBODY)


def _encrypted(one: Subscription, payload: bytes) -> bytes:
    """The payload as only that browser can read it (RFC 8291)."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    return bytes(http_ece.encrypt(payload, private_key=ec.generate_private_key(ec.SECP256R1()), version="aes128gcm",
                                  dh=vapid.raw(one.p256dh), auth_secret=vapid.raw(one.auth)))


def _seconds(said: str) -> float:
    """What a Retry-After means, in either of its forms; 0 for what is neither."""
    if said.isdecimal() and len(said) < 10:
        return float(said)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - node.now())
    except ValueError:
        return 0.0


def note(one: Subscription, status: int) -> None:
    """Log, once for each push service, that it wants none of this."""
    host = urlsplit(one.endpoint).hostname or ""
    if (host, status) in complaints().logged or len(complaints().logged) >= NOTED:
        return
    complaints().logged.add((host, status))
    if status == FORBIDDEN:
        logger.warning("nothing is pushed to %s: it leads into a private network (HUBBUB_PUSH_PRIVATE)", host)
    else:
        logger.warning("the push service %s refuses what is pushed to it: %d", host, status)
