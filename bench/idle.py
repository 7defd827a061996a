"""Claim: an idle server holds at most 70 MB of resident memory."""

import time

from bench import server

RUNS = 3
SETTLE = 2.0  # seconds before the memory is read


def idle(data: server.Path) -> tuple[float, float]:
    """Return a server's memory after the start, and after it has served the page once."""
    with server.running(data) as instance:
        instance.wait_for("/healthz")
        time.sleep(SETTLE)
        fresh = instance.memory()
        instance.wait_for("/")
        time.sleep(SETTLE)
        return fresh, instance.memory()


if __name__ == "__main__":
    for messages in (0, server.MESSAGES):
        with server.folder() as data:
            if messages:
                server.fill(data, messages)
            fresh, used = zip(*(idle(data) for _ in range(RUNS)), strict=True)
        claim = f"idle memory (RSS), {messages:,} messages" if messages else "idle memory (RSS), empty"
        server.row(claim, "≤ 70 MB", f"{server.spread(list(fresh), '.1f')} MB")
        server.row(f"{claim}, the page served once", "≤ 70 MB", f"{server.spread(list(used), '.1f')} MB")
