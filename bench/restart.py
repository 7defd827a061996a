"""Claim: restart to serving takes at most 1.5 s with 100,000 messages in the Lobby."""

from bench import server

RUNS = 9


def restart(data: server.Path) -> tuple[float, float]:
    """Start and stop once; the seconds from the start of the process to the first 200 of /healthz, and of the page."""
    with server.running(data) as house:
        return house.answers("/healthz"), house.answers("/")


if __name__ == "__main__":
    with server.folder() as data:
        server.fill(data)
        restart(data)
        healthy, page = zip(*(restart(data) for _ in range(RUNS)), strict=True)
    what = f"restart with {server.MESSAGES:,} messages"
    server.row(f"{what}, to the first `/healthz`", "≤ 1.5 s", f"{server.spread(list(healthy))} s")
    server.row(f"{what}, to the first page", "≤ 1.5 s", f"{server.spread(list(page))} s")
