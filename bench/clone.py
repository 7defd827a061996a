"""Claim: from a fresh clone to the page takes at most 60 s with a warm package cache."""

import shutil
import subprocess

from bench import server

RUNS = 3


def copy(to: server.Path) -> None:
    """Copy every file that git tracks or would add, in its current state."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=server.ROOT, check=True,
                            capture_output=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (server.ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(server.ROOT / name, to / name)


def first_page() -> float:
    """Return the seconds from `bin/serve` in a fresh copy to the first page."""
    with server.folder() as fresh:
        copy(fresh)
        with server.running(fresh / "instance", command=(str(fresh / "bin" / "serve"),), cwd=fresh) as instance:
            return instance.wait_for("/")


if __name__ == "__main__":
    first_page()
    server.row("fresh clone to page, warm package cache", "≤ 60 s",
               f"{server.spread([first_page() for _ in range(RUNS)], '.1f')} s")
