"""The processes of `hubbub serve --workers`."""

import psutil


def serving(supervisor: int) -> set[int]:
    """Return the workers that serve: the spare process has no connection to the database, and no socket of its own."""
    workers = psutil.Process(supervisor).children()
    found = set()
    for worker in workers:
        try:
            if worker.net_connections("unix"):
                found.add(worker.pid)
        except psutil.NoSuchProcess:
            pass
    return found
