"""E-mail by the mail server in HUBBUB_SMTP_URL: `send` hands over one mail now, or raises what became of it.

`smtp://` demands STARTTLS, so that nobody on the way reads a mail or its password; `smtps://` is TLS from the start;
`?tls=no` is neither, for a relay on this machine.  Sockets are the event loop's, so a slow server delays nobody else.
"""

import functools
import logging
import re
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import gevent

from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.notifications import addresses
from hubbub.people import settings

logger = logging.getLogger(__name__)

STEP, TOTAL = 10.0, 60.0  # seconds: for an answer of the mail server, for all of them
LONGEST = 254  # characters of an address (RFC 5321)
SUBJECT, LINE = 200, 900  # characters
LOCAL = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class _Whole(EmailPolicy):
    """Headers in ASCII stay in one line: folded, the address in a long List-Unsubscribe would be encoded and broken."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if value.isascii() and len(value) < LINE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


class Later(Exception):
    """The mail was not sent, and may be later: the mail server was busy, away or not set up rightly."""


class Rejected(Exception):
    """The mail server refuses mails for this address for good; the message is its answer."""


def is_on() -> bool:
    """Return whether this server has a mail server."""
    return bool(node.current().config.smtp_url)


def check_address(text: str) -> str:
    """Return an e-mail address with its host as mail servers know it; Refused for anything else than one address."""
    local, _, host = text.strip().rpartition("@")
    try:
        host = host.encode("idna").decode().lower()
    except UnicodeError:
        host = ""
    address = f"{local}@{host}"
    if len(address) > LONGEST or not LOCAL.fullmatch(local) or not addresses.NAME.fullmatch(host):
        raise Refused("error.mail_address", "bad_input")
    return address


def send(to: str, subject: str, text: str, *, html: str = "", id: str = "",
         headers: Mapping[str, str] = {}) -> None:  # noqa: B006
    """Send one mail now, to one address; Refused if that is none or this server sends no mail, `Later` or `Rejected`.

    `id` is the part of the Message-ID before the @, the same for the same mail.  A value of `headers` with a line break
    raises ValueError, and `subject` is put in one line.
    """
    if not is_on():
        raise Refused("error.mail_off", "conflict")
    message = _message(check_address(to), subject, text, html, id or secrets.token_hex(16))
    for name, value in headers.items():
        message[name] = value
    try:
        with gevent.Timeout(TOTAL):
            _hand_over(urlsplit(node.current().config.smtp_url), message)
    except smtplib.SMTPRecipientsRefused as refusal:
        [(code, answer)] = refusal.recipients.values()
        raise _refusal(code, answer) from None
    except smtplib.SMTPDataError as refusal:
        raise _refusal(refusal.smtp_code, refusal.smtp_error) from None
    except (smtplib.SMTPException, OSError, gevent.Timeout) as problem:
        _log(problem)
        raise Later(type(problem).__name__) from None


def message_id(id: str) -> str:
    """Return the Message-ID of the mail that was sent with this id."""
    return f"<{id}@{_domain()}>"


def _domain() -> str:
    return node.current().config.smtp_sender.rpartition("@")[2]


def _message(to: str, subject: str, text: str, html: str, id: str) -> EmailMessage:
    message = EmailMessage(policy=_Whole(linesep="\r\n"))
    message["From"] = Address(" ".join(settings.current(db).name.split()), addr_spec=node.current().config.smtp_sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = "".join(letter for letter in " ".join(subject.split()) if letter.isprintable())[:SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(node.now(), UTC))
    message["Message-ID"] = message_id(id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the certificates to trust, read once: it takes 20 ms on the loop."""
    return ssl.create_default_context()


def _hand_over(server: SplitResult, message: EmailMessage) -> None:
    host = server.hostname or ""
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, _domain(), timeout=STEP, context=_trust())
    else:
        connection = smtplib.SMTP(host, server.port or 587, _domain(), timeout=STEP)
    try:
        if server.scheme == "smtp" and parse_qs(server.query).get("tls") != ["no"]:
            connection.starttls(context=_trust())
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
    finally:
        connection.close()


def _refusal(code: int, answer: bytes | str) -> Later | Rejected:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    reply = f"{code} {' '.join(words.split())}"[:SUBJECT]
    return Rejected(reply) if code >= 500 else Later(reply)


def _log(problem: BaseException) -> None:
    """Log what is wrong with the mail server; its words may contain an address."""
    code = getattr(problem, "smtp_code", "")
    logger.warning("the mail server could not be used: %s", f"{type(problem).__name__} {code}".strip())
