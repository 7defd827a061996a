"""The log of a server process: lines for people, or with HUBBUB_LOG=json one JSON object per line; never a secret.

No code logs secrets.  Messages of libraries and tracebacks may quote one all the same, so what looks like a secret is
removed from every line, whatever its format.
"""

import logging
import re
import sys
import time
from types import TracebackType
from typing import Any

import gevent
import msgspec

from hubbub.log_limit import LogLimit

STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}  # all others were given as `extra`
HIDDEN = "[hidden]"
SECRETS = [
    (re.compile(r"(\w://[^\s/:@'\"]*:)[^\s/'\"]+(?=@)"), 1),  # the password of an address
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]+"), 1),
    (re.compile(r"(/join#|/hooks/|/mail/(?:confirm|unsubscribe)/\d+/)[\w-]+"), 1),
    (re.compile(r"(?i)([\w-]*(?:password|secret|token|cookie|credential|authorization|signature|api_key|access_key)"
                r"[\w-]*[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"), 1),
    (re.compile(r"((?<![\w-])(?:__(?:Host|Secure)-)?hubbub(?:-device)?(?:-\w+)?=)[\w-]{16,}"), 1),  # our cookies
]

logger = logging.getLogger(__name__)


def without_secrets(text: str) -> str:
    """Return a text in which everything that looks like a secret is hidden."""
    for pattern, group in SECRETS:
        text = pattern.sub(rf"\{group}{HIDDEN}", text)
    return text


class Lines(logging.Formatter):
    """Lines for people, with the number of the worker if there are several."""

    def __init__(self, worker: int = 0) -> None:
        super().__init__(f"%(asctime)s {f'[{worker}] ' if worker else ''}%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JSON(logging.Formatter):
    """A JSON object per line: time, level, logger, message, and if there are any: worker, fields, exception."""

    def __init__(self, worker: int = 0) -> None:
        super().__init__()
        self.worker = worker

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {"time": f"{at}.{int(record.msecs):03}Z", "level": record.levelname.lower(),
                                "logger": record.name, "message": without_secrets(record.getMessage())}
        if self.worker:
            line["worker"] = self.worker
        if fields := {name: value for name, value in vars(record).items() if name not in STANDARD}:
            line["fields"] = {name: _without_secrets(name, value) for name, value in fields.items()}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=lambda value: without_secrets(repr(value))).decode()


def _without_secrets(name: str, value: object) -> object:
    if without_secrets(f"{name}=x").endswith(HIDDEN):
        return HIDDEN
    return without_secrets(value) if isinstance(value, str) else value


def start(form: str = "text", worker: int = 0) -> None:
    """Set up the log of this process on standard error, with a limit on repeated lines."""
    limit, handler = LogLimit(), logging.StreamHandler()
    handler.addFilter(limit)
    handler.setFormatter(JSON(worker) if form == "json" else Lines(worker))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    gevent.get_hub().print_exception = lambda _, *error: _log_uncaught(*error)  # type: ignore[method-assign]
    gevent.spawn(limit.run)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what would otherwise be printed: a failed greenlet, or the end of the process."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit | gevent.GreenletExit):
        logger.error("a part of the server failed", exc_info=(kind, error, trace))
