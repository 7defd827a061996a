"""Send a message to a push service and read the answer; log lines never contain an address, a key or a text."""

import email.utils
import logging
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from hubbub.core import node
from hubbub.notifications import vapid
from hubbub.notifications.addresses import Forbidden
from hubbub.notifications.push_message import Message
from hubbub.notifications.subscriptions import Subscription

if TYPE_CHECKING:
    from hubbub.notifications import outgoing

logger = logging.getLogger(__name__)

UNREACHABLE, FORBIDDEN = 0, -1  # instead of a status: no answer; an address that must not be reached
MOST = 1000  # different refusals that are logged

class Refusals:
    """The push services' refusals that this node has logged: host and status."""

    def __init__(self) -> None:
        self.logged: set[tuple[str, int]] = set()


refusals = node.state(Refusals)


class Answer(NamedTuple):
    """The status of an answer, and its Retry-After in seconds, if any."""

    status: int
    retry_after: float = 0.0

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status in (404, 410)

    @property
    def is_temporary(self) -> bool:
        return self.status in (UNREACHABLE, 408, 429) or self.status >= 500


def send(session: "outgoing.Session", one: Subscription, message: Message) -> Answer:
    """Encrypt a message for a browser, sign it as this server, and send it to the push service."""
    from requests import RequestException
    from requests.exceptions import InvalidSchema

    try:
        headers, body = message.headers, message.payload
        if one.kind != "ntfy":
            headers = {**headers, **vapid.headers(one.endpoint, one.origin), "Content-Encoding": "aes128gcm"}
            body = _encrypted(one, body)
        answer = session.post(one.endpoint, data=body, headers=headers)
        return Answer(answer.status_code, retry_after(answer.headers.get("Retry-After", "")))
    except (Forbidden, InvalidSchema):
        return Answer(FORBIDDEN)
    except RequestException:
        return Answer(UNREACHABLE)
    except Exception as error:  # its message may contain an address
        logger.error("could not create a push message: %s", type(error).__name__)
        return Answer(UNREACHABLE)


def _encrypted(one: Subscription, payload: bytes) -> bytes:
    """Encrypt a payload for one browser (RFC 8291)."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    return bytes(http_ece.encrypt(payload, private_key=ec.generate_private_key(ec.SECP256R1()), version="aes128gcm",
                                  dh=vapid.raw(one.p256dh), auth_secret=vapid.raw(one.auth)))


def retry_after(header: str) -> float:
    """Parse a Retry-After in either of its forms; 0 for anything else."""
    if header.isdecimal() and len(header) < 10:
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - node.now())
    except (ValueError, OverflowError):
        return 0.0


def log_refusal(one: Subscription, status: int) -> None:
    """Log that a push service refuses messages, once for each service and status."""
    host = urlsplit(one.endpoint).hostname or ""
    if (host, status) in refusals().logged or len(refusals().logged) >= MOST:
        return
    refusals().logged.add((host, status))
    if status == FORBIDDEN:
        logger.warning("did not push to %s: its address is in a private network (see HUBBUB_PUSH_PRIVATE)", host)
    else:
        logger.warning("the push service %s refused a message: %d", host, status)
