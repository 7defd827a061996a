"""Claim: restart to serving takes at most 1.5 s with 100,000 messages in the Lobby."""

from bench import server

RUNS = 9


def restart(data: server.Path) -> tuple[float, float]:
    """Start and stop once; return the seconds from the start to the first answer of /healthz, and to the first page."""
    with server.running(data) as instance:
        return instance.wait_for("/healthz"), instance.wait_for("/")


if __name__ == "__main__":
    with server.folder() as data:
        server.fill(data)
        restart(data)
        healthy, page = zip(*(restart(data) for _ in range(RUNS)), strict=True)
    claim = f"restart with {server.MESSAGES:,} messages"
    server.row(f"{claim}, to the first `/healthz`", "≤ 1.5 s", f"{server.spread(list(healthy))} s")
    server.row(f"{claim}, to the first page", "≤ 1.5 s", f"{server.spread(list(page))} s")
