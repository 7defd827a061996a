"""Claim: an idle server holds at most 70 MB of resident memory."""

import time

from bench import server

RUNS = 3
SETTLE = 2.0  # seconds


def idle(data: server.Path) -> tuple[float, float]:
    """A server's memory when it has only started, and when it has served the page and all its files too."""
    with server.running(data) as house:
        house.answers("/healthz")
        time.sleep(SETTLE)
        fresh = house.memory()
        house.answers("/")
        time.sleep(SETTLE)
        return fresh, house.memory()


if __name__ == "__main__":
    for messages in (0, server.MESSAGES):
        with server.folder() as data:
            if messages:
                server.fill(data, messages)
            fresh, used = zip(*(idle(data) for _ in range(RUNS)), strict=True)
        what = f"idle memory (RSS), {messages:,} messages" if messages else "idle memory (RSS), empty"
        server.row(what, "≤ 70 MB", f"{server.spread(list(fresh), '.1f')} MB")
        server.row(f"{what}, the page served once", "≤ 70 MB", f"{server.spread(list(used), '.1f')} MB")
