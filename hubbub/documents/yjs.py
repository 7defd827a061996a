"""Parser of Yjs updates (encoding version 1): which clients write, and which other characters must be known.

Numbers have variable length, the least significant bits first.  A struct is a run of characters of one client from a
clock on; it names the characters between which it stands.  Clocks count UTF-16 units, as JavaScript does.  Splitting a
surrogate pair would corrupt the library's document, so the parser notes where updates cut and where such pairs are.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict, deque
from typing import NamedTuple

from hubbub.core.access import Refused

CLIENTS = 100  # whose characters one update may contain
LARGEST = 2**53
GONE, DELETED, STRING = 0, 1, 4
AFTER, BEFORE, WITHIN = 0x80, 0x40, 0x20  # bits of a struct: it names its left or right neighbour, or its parent
ROOT = b"text"
WIDE = re.compile("[\U00010000-\U0010ffff]")
FOUR = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}")

Pairs = dict[int, "array[int]"]  # of each client, in order: the clocks in the middle of a surrogate pair


class UpdateSummary(NamedTuple):
    """An update: the clocks that each client writes, those that must be known before, and where it cuts."""

    spans: dict[int, tuple[int, int]]
    needs: dict[int, int]
    cuts: list[tuple[int, int]]
    pairs: Pairs

    def fits(self, known: dict[int, int]) -> bool:
        """Return whether everything that it depends on is known or in it."""
        return (all(known.get(client, 0) >= start for client, (start, _) in self.spans.items())
                and all(max(known.get(client, 0), self.spans.get(client, (0, 0))[1]) >= clock
                        for client, clock in self.needs.items()))

    def splits_character(self, known: dict[int, int], pairs: Pairs) -> bool:
        """Return whether it splits a surrogate pair, its own or one of the document."""
        if not pairs and not self.pairs:
            return False
        overlaps = [(client, known[client]) for client in self.spans if client in known]
        return (any(_contains(self.pairs, *cut) for cut in overlaps)
                or any(_contains(pairs, *cut) or _contains(self.pairs, *cut) for cut in self.cuts))

    def new(self, known: dict[int, int]) -> dict[int, int]:
        """Return the new clocks of the clients that it adds characters of."""
        return {client: end for client, (_, end) in self.spans.items() if end > known.get(client, 0)}


def _contains(pairs: Pairs, client: int, clock: int) -> bool:
    found = pairs.get(client, ())
    at = bisect_left(found, clock)
    return at < len(found) and found[at] == clock


def read(raw: bytes, trusted: bool = False) -> UpdateSummary:
    """Parse an update; refuse bytes that are not one, and one with anything but plain text."""
    try:
        return _Reader(raw, trusted).update()
    except (IndexError, UnicodeDecodeError, OverflowError):
        raise Refused("error.not_an_update", "bad_input") from None


def pairs(raw: bytes) -> Pairs:
    """Return the surrogate pairs in an update that was accepted before."""
    return read(raw, trusted=True).pairs if FOUR.search(raw) else {}


def clocks(state: bytes) -> dict[int, int]:
    """Parse a state vector: the clock up to which each client is known."""
    reader = _Reader(state, True)
    return {reader.number(): reader.number() for _ in range(reader.number())}


class _Reader:
    """A cursor in the bytes of one update."""

    def __init__(self, raw: bytes, trusted: bool) -> None:
        self.raw, self.at, self.trusted = raw, 0, trusted
        self.summary = UpdateSummary({}, {}, [], {})
        self.dependencies: dict[int, deque[tuple[int, int, int]]] = defaultdict(deque)  # clock, whom it needs, up to

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.raw[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
            if shift > 56:
                raise OverflowError
        if value > LARGEST:
            raise OverflowError
        return value

    def data(self) -> bytes:
        length = self.number()
        found = self.raw[self.at:self.at + length]
        if len(found) < length:
            raise IndexError
        self.at += length
        return found

    def update(self) -> UpdateSummary:
        count = self.number()
        if count > CLIENTS and not self.trusted:
            raise Refused("error.too_many_clients", "too_large", limit=CLIENTS)
        for _ in range(count):
            self.client()
        for _ in range(self.number()):
            client = self.number()
            for _ in range(self.number()):
                clock = self.number()
                end = clock + self.number()
                self.require(client, end, clock, end)
        if self.at != len(self.raw):
            raise OverflowError
        if count > 1 and not self.trusted:
            self.check_order()
        return self.summary

    def client(self) -> None:
        count, client, start = self.number(), self.number(), self.number()
        if not count or client in self.summary.spans:
            raise OverflowError
        clock = start
        for _ in range(count):
            clock += self.struct(client, clock)
        self.summary.spans[client] = start, clock

    def struct(self, client: int, clock: int) -> int:
        """Parse one struct; return its length in clocks."""
        info = self.raw[self.at]
        self.at += 1
        kind = info & 31
        if kind not in (DELETED, STRING) and not (self.trusted and kind == GONE) or info & WITHIN:
            raise Refused("error.not_plain_text", "bad_input")
        for side in (AFTER, BEFORE):
            if info & side:
                self.neighbour(side, client, clock)
        if not info & (AFTER | BEFORE) and kind != GONE and (self.number() != 1 or self.data() != ROOT):
            raise Refused("error.other_text", "bad_input", name=ROOT.decode())
        length = self.text(client, clock) if kind == STRING else self.number()
        if not length:
            raise OverflowError
        return length

    def neighbour(self, side: int, client: int, clock: int) -> None:
        other, place = self.number(), self.number()
        self.require(other, place + 1, place + 1 if side == AFTER else place)
        if other == client and place >= clock:
            raise Refused("error.circular_update", "bad_input")
        if other != client:
            self.dependencies[client].append((clock, other, place))

    def require(self, client: int, end: int, *cuts: int) -> None:
        """Note that the update depends on a client's characters up to a clock, and where it cuts them."""
        if end > self.summary.needs.get(client, 0):
            self.summary.needs[client] = end
        self.summary.cuts.extend((client, cut) for cut in cuts)

    def text(self, client: int, clock: int) -> int:
        data = self.data()
        if b"\r" in data:
            raise Refused("error.carriage_return", "bad_input")
        if data.isascii():
            return len(data)
        text = data.decode()
        wide = [found.start() for found in WIDE.finditer(text)]
        if wide:
            found = self.summary.pairs.setdefault(client, array("Q"))
            found.extend(clock + at + before + 1 for before, at in enumerate(wide))
        return len(text) + len(wide)

    def check_order(self) -> None:
        """Refuse circular dependencies: in some order, each struct must find those it depends on."""
        reached = {client: start for client, (start, _) in self.summary.spans.items()}
        moved = True
        while moved:
            moved = False
            for client, (_, end) in self.summary.spans.items():
                dependencies = self.dependencies[client]
                while dependencies and dependencies[0][2] < reached.get(dependencies[0][1], LARGEST):
                    dependencies.popleft()
                up_to = dependencies[0][0] if dependencies else end
                moved, reached[client] = moved or up_to > reached[client], up_to
        if any(self.dependencies.values()):
            raise Refused("error.circular_update", "bad_input")
