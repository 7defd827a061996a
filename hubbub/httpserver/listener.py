"""Accept connections while enough file descriptors are left for the database, uploads and pushes."""

import contextlib
import logging
import resource
import time
from typing import Any

from gevent.server import StreamServer

from hubbub.httpserver.response import refusal

MAX_FILES = 65_536  # that may be open at a time, where the system allows it
RESERVED_FILES = 64  # for the database, uploads, previews and pushes; half, where there are few
LOG_INTERVAL = 60.0  # seconds between two warnings
FULL = refusal(503, "busy: the server has all the connections it can have\n", wait=5)

log = logging.getLogger(__name__)


class Listener(StreamServer):
    """Accepts connections; the system gives a new one the lowest free number, which shows how many are open."""

    logged = -LOG_INTERVAL

    def do_read(self) -> Any:
        """Accept a connection; answer 503 and return None when too many files are open."""
        accepted: Any = super().do_read()
        if not accepted or accepted[0].fileno() < _highest_file():
            return accepted
        if time.monotonic() - self.logged > LOG_INTERVAL:
            self.logged = time.monotonic()
            log.warning("new connections are refused: %d files are open, and the system allows %d (ulimit -n)",
                        accepted[0].fileno(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with contextlib.suppress(OSError):
            accepted[0].send(FULL)
        accepted[0].close()
        return None


def raise_file_limit() -> None:
    """Let this process open as many files as the system allows, up to MAX_FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _highest_file() -> float:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else limit - min(RESERVED_FILES, limit // 2)
