"""Claim: an import stores 5,000 messages/s on one core, with threads, reactions and the index, in flat memory.

A zip as Slack makes it, generated on the fly, into an empty SQLite database; CPU seconds of the whole command, from its
start to its report.  `python -m bench.imports 100000 1000000` measures those sizes;
`python -m bench.imports --jobs` what one, two and four processes do on PostgreSQL.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench import server
from tests import bus_servers, slack_export

SIZES = (20_000, 100_000)


def measure(count: int) -> tuple[float, float, float]:
    """Import `count` messages; return messages per CPU second, MB of memory, and bytes a message on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = slack_export.write(Path(folder, "export.zip"), count, people=50, rooms=20)
        data = Path(folder, "data")
        instance = server.Server(data)
        instance.wait_for("/healthz")
        instance.stop()
        command = [sys.executable, "-m", "hubbub", "import", "slack", str(path), "--data", str(data)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"the import failed: {status}")
        return (count / (usage.ru_utime + usage.ru_stime), usage.ru_maxrss / 1024,
                (data / "hubbub.db").stat().st_size / count)


def measure_jobs(count: int) -> None:
    """Print how long `count` messages take with one, two and four processes, each into an empty database."""
    postgresql = bus_servers.Postgresql()
    postgresql.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = slack_export.write(Path(folder, "export.zip"), count, people=50, rooms=20)
            for jobs in (1, 2, 4):
                name = f"import{jobs}"
                with psycopg.connect(postgresql.url, autocommit=True) as connection:
                    connection.execute(f"create database {name}")
                url = f"{postgresql.url.rpartition('/')[0]}/{name}"
                instance = server.Server(Path(folder, name), HUBBUB_DATABASE_URL=url)
                instance.wait_for("/healthz")
                instance.stop()
                command = [sys.executable, "-m", "hubbub", "import", "slack", str(path), "--jobs", str(jobs), "--data",
                           str(Path(folder, name))]
                began = time.monotonic()
                subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ | {"HUBBUB_DATABASE_URL": url},
                               check=True)
                rate = count / (time.monotonic() - began)
                print(f"| import of {count:,} messages with --jobs {jobs} | | {rate:,.0f}/s |", flush=True)
    finally:
        postgresql.stop()


def main(sizes: tuple[int, ...]) -> None:
    """Print a row of the table for each size."""
    for size in sizes:
        rate, memory, disk = measure(size)
        print(f"| import of {size:,} messages | 5,000/s, flat memory | {rate:,.0f} per CPU second, {memory:,.0f} MB, "
              f"{disk:,.0f} bytes a message |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--jobs"]:
        measure_jobs(SIZES[-1])
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
