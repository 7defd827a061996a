"""Lines of a pipe, `SYMBOL VALUE [UNIX TIME]`, collected into batches as they arrive."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

BATCH = 100
GATHER = 0.05  # seconds for which lines are collected into a batch

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
