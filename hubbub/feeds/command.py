"""`hubbub feed publish`: values from the command line or a pipe; retries count none of them twice."""

import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

import click

from hubbub import remote
from hubbub.remote import Remote, Unavailable

BATCH = 100
GATHER = 0.05  # seconds for which the lines of a pipe are collected into a batch
RETRIES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between tries


@click.group()
def feed() -> None:
    """Publish values that everybody can watch."""


@feed.command()
@click.argument("symbol", required=False)
@click.argument("value", required=False, type=float)
@click.option("--feed", "name", default="command-line", show_default=True, help="The feed of these values.")
@remote.options
def publish(symbol: str | None, value: float | None, name: str, url: str, token: str | None) -> None:
    """Publish VALUE for SYMBOL; without arguments, lines `SYMBOL VALUE [UNIX TIME]` from standard input."""
    if symbol is not None and value is None:
        raise click.UsageError("a value is missing: hubbub feed publish ACME 184.22")
    source = Source(remote.connect(url, token), name)
    if symbol is not None:
        source.send([{"symbol": symbol, "value": value}])
        return
    failed = 0
    for batch, invalid in batches(sys.stdin):
        for number, line in invalid:
            click.echo(f"line {number}: not SYMBOL VALUE [UNIX TIME]: {line[:60]}", err=True)
        failed += len(invalid)
        if batch:
            source.send(batch)
    if failed:
        raise click.exceptions.Exit(1)


class Source:
    """One feed with numbered values, so that a lost answer neither loses a value nor counts it twice."""

    def __init__(self, hubbub: Remote, name: str) -> None:
        self._hubbub = hubbub
        self._name = name
        self._n: int | None = None

    def send(self, batch: list[dict[str, Any]]) -> None:
        """Publish a batch; without an answer, retry with the same numbers for half a minute."""
        if self._n is None:
            self._n = self._retry(self._last)
        ticks = [{**tick, "n": self._n + nth} for nth, tick in enumerate(batch, 1)]
        path = f"/api/feeds/{self._name}/ticks"
        self._n = self._retry(lambda: self._hubbub.request("POST", path, {"ticks": ticks}))["n"]

    def _last(self) -> int:
        feeds = self._hubbub.request("GET", "/api/feeds")["feeds"]
        return next((feed["n"] for feed in feeds if feed["name"] == self._name), 0)

    @staticmethod
    def _retry(call: Any) -> Any:
        for wait in RETRIES:
            try:
                return call()
            except Unavailable:
                time.sleep(wait)
        try:
            return call()
        except Unavailable as problem:
            raise click.ClickException(str(problem)) from None


Batch = tuple[list[dict[str, Any]], list[tuple[int, str]]]


def batches(lines: TextIO) -> Iterator[Batch]:
    """Collect the lines that arrive together: as ticks, and the numbers and texts of invalid lines."""
    waiting: queue.Queue[str | None] = queue.Queue(10 * BATCH)
    threading.Thread(target=_read, args=(lines, waiting), daemon=True).start()
    number, ended = 0, False
    while not ended:
        batch: Batch = [], []
        until = None
        while len(batch[0]) < BATCH:
            try:
                line = waiting.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if line is None:
                ended = True
                break
            number += 1
            until = until or time.monotonic() + GATHER
            _parse(line, number, batch)
        yield batch


def _read(lines: TextIO, waiting: "queue.Queue[str | None]") -> None:
    for line in lines:
        waiting.put(line)
    waiting.put(None)


def _parse(line: str, number: int, batch: Batch) -> None:
    if not line.strip():
        return
    try:
        symbol, value, *at = line.split()
        tick: dict[str, Any] = {"symbol": symbol, "value": float(value)}
        if at:
            tick["at"] = float(*at)
        batch[0].append(tick)
    except (ValueError, TypeError):
        batch[1].append((number, line.strip()))
