"""The listening server: of the files that this process may open, connections leave some to the database and uploads."""

import contextlib
import logging
import resource
import time
from typing import Any

from gevent.pywsgi import WSGIServer

SPARE = 64  # files that the database, uploads, previews and pushes may need at a time; of few, half
SAID = 60.0  # seconds between two words about it in the log
FULL = (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
        b"Content-Type: text/plain\r\n\r\nbusy: the server has all the connections it can have\n")

logger = logging.getLogger(__name__)


class Server(WSGIServer):
    """Takes connections as long as files are left; a new one has the lowest free number, so that says how many are."""

    said = -SAID

    def do_read(self) -> Any:
        """The next connection; nothing where there are too many, and whoever came is told and may come again."""
        taken: Any = super().do_read()
        if not taken or taken[0].fileno() < _most():
            return taken
        if time.monotonic() - self.said > SAID:
            self.said = time.monotonic()
            logger.warning("new connections are refused: %d files are open, and the system allows %d (ulimit -n)",
                           taken[0].fileno(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with contextlib.suppress(OSError):
            taken[0]._sock.send(FULL)
        taken[0].close()
        return None


def _most() -> float:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else limit - min(SPARE, limit // 2)
