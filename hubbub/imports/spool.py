"""Sorts the messages of formats that mix rooms or times: by room and time, on disk, so that memory does not grow."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import IO

import msgspec

from hubbub.imports.records import Message

HELD = 20_000  # messages in memory
OPEN = 200  # files that are merged at once

Row = tuple[str, float, int, Message]

_decoder = msgspec.json.Decoder(Row)


def by_room(found: Iterable[tuple[str, Message]]) -> Iterator[tuple[str, Iterator[Message]]]:
    """Yield the messages of each room in the order of their times; equal times keep their order."""
    with ExitStack() as stack:
        files: list[IO[bytes]] = []
        some: list[Row] = []
        for number, (room, message) in enumerate(found):
            some.append((room, message.at, number, message))
            if len(some) == HELD:
                files.append(_spilled(stack, sorted(some, key=_place)))
                some = []
            if len(files) == OPEN:
                files = [_spilled(stack, _merged(files, []))]
        for room, rows in groupby(_merged(files, sorted(some, key=_place)), key=lambda row: row[0]):
            yield room, (row[3] for row in rows)


def _place(row: Row) -> tuple[str, float, int]:
    return row[:3]


def _spilled(stack: ExitStack, rows: Iterable[Row]) -> IO[bytes]:
    file: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  (the caller's stack closes it)
    for row in rows:
        file.write(msgspec.json.encode(row) + b"\n")
    return file


def _merged(files: Iterable[IO[bytes]], rest: list[Row]) -> Iterator[Row]:
    return heapq.merge(*map(_rows, files), rest, key=_place)


def _rows(file: IO[bytes]) -> Iterator[Row]:
    file.seek(0)
    yield from map(_decoder.decode, file)
    file.close()
