"""A graceful stop: clients learn when to come back, open events are answered, then connections close."""

import random

from hubbub.core import node
from hubbub.live import connections

RESUMES_PER_SECOND = 2000  # how many clients a node can resume
FIRST_RETURN = 0.5  # seconds after which the first clients come back


def close_connections(timeout: float, first_return: float = FIRST_RETURN) -> None:
    """Ask every client to come back later, then close each connection once its events are answered.

    The clients' return is spread over the time that as many resumes take, so that the next process is not overrun; the
    first come back after `first_return` seconds, 0 when other workers serve already.
    """
    open_connections = {*connections.state().by_sid.values(), *connections.state().streams}
    deadline = node.monotonic() + timeout
    spread = first_return + len(open_connections) / RESUMES_PER_SECOND
    for connection in open_connections:
        after = random.uniform(first_return, first_return + spread)
        connection.send(connections.frame("shutdown", {"retry_after": round(after, 2)}))
    while open_connections:
        finished = {connection for connection in open_connections
                    if connection.is_answered or node.monotonic() > deadline}
        for connection in finished:
            connection.close()
        open_connections -= finished
        node.sleep(0.01)
    while connections.count() and node.monotonic() < deadline:
        node.sleep(0.01)
