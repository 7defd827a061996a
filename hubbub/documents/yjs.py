"""What an update says, in Yjs' own encoding (version 1), read without a document: who writes, and what must be there.

The numbers in it have variable length, least bits first.  A struct is some characters of one client, from a clock on;
it names the characters between which it stands.  Clocks count UTF-16 units, as pages do; to part the two units of one
character would spoil what the library below keeps, so it is noted where updates cut and where such pairs are.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict, deque
from typing import NamedTuple

from hubbub.core.access import Refused

CLIENTS = 100  # that one update may speak for
LARGEST = 2**53
GONE, DELETED, STRING = 0, 1, 4
AFTER, BEFORE, WITHIN = 0x80, 0x40, 0x20  # bits of a struct: it names what it stands after, before, or in
ROOT = b"text"
WIDE = re.compile("[\U00010000-\U0010ffff]")
FOUR = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}")

Pairs = dict[int, "array[int]"]  # of each client, in order: the clocks before which nothing may cut


class Saying(NamedTuple):
    """What an update says: the clocks that each client writes, up to which others must be known, and where it cuts."""

    spans: dict[int, tuple[int, int]]
    needs: dict[int, int]
    cuts: list[tuple[int, int]]
    pairs: Pairs

    def fits(self, known: dict[int, int]) -> bool:
        """Whether everything that it goes on from is known, or is in it."""
        return (all(known.get(client, 0) >= start for client, (start, _) in self.spans.items())
                and all(max(known.get(client, 0), self.spans.get(client, (0, 0))[1]) >= clock
                        for client, clock in self.needs.items()))

    def parts(self, known: dict[int, int], pairs: Pairs) -> bool:
        """Whether it parts a character, its own or one that is there."""
        if not pairs and not self.pairs:
            return False
        overlaps = [(client, known[client]) for client in self.spans if client in known]
        return (any(_holds(self.pairs, *cut) for cut in overlaps)
                or any(_holds(pairs, *cut) or _holds(self.pairs, *cut) for cut in self.cuts))

    def new(self, known: dict[int, int]) -> dict[int, int]:
        """The clients whose clock moves on, and to where."""
        return {client: end for client, (_, end) in self.spans.items() if end > known.get(client, 0)}


def _holds(pairs: Pairs, client: int, clock: int) -> bool:
    found = pairs.get(client, ())
    at = bisect_left(found, clock)
    return at < len(found) and found[at] == clock


def read(raw: bytes, trusted: bool = False) -> Saying:
    """What an update says.  Refused in words where it is none, or holds more than plain text."""
    try:
        return _Reader(raw, trusted).update()
    except (IndexError, UnicodeDecodeError, OverflowError):
        raise Refused("that is no update of a document", "bad_input") from None


def pairs(raw: bytes) -> Pairs:
    """Of an update that was kept: where nothing may cut."""
    return read(raw, trusted=True).pairs if FOUR.search(raw) else {}


def clocks(state: bytes) -> dict[int, int]:
    """A state vector: how much of each client is known."""
    reader = _Reader(state, True)
    return {reader.number(): reader.number() for _ in range(reader.number())}


class _Reader:
    """Goes through the bytes of one update."""

    def __init__(self, raw: bytes, trusted: bool) -> None:
        self.raw, self.at, self.trusted = raw, 0, trusted
        self.said = Saying({}, {}, [], {})
        self.rests: dict[int, deque[tuple[int, int, int]]] = defaultdict(deque)  # at a clock, on which one of whom

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

    def words(self) -> bytes:
        length = self.number()
        found = self.raw[self.at:self.at + length]
        if len(found) < length:
            raise IndexError
        self.at += length
        return found

    def update(self) -> Saying:
        count = self.number()
        if count > CLIENTS and not self.trusted:
            raise Refused(f"an update speaks for {CLIENTS} clients at most", "too_large")
        for _ in range(count):
            self.client()
        for _ in range(self.number()):
            client = self.number()
            for _ in range(self.number()):
                clock = self.number()
                end = clock + self.number()
                self.rest(client, end, clock, end)
        if self.at != len(self.raw):
            raise OverflowError
        if count > 1 and not self.trusted:
            self.ordered()
        return self.said

    def client(self) -> None:
        count, client, start = self.number(), self.number(), self.number()
        if not count or client in self.said.spans:
            raise OverflowError
        clock = start
        for _ in range(count):
            clock += self.struct(client, clock)
        self.said.spans[client] = start, clock

    def struct(self, client: int, clock: int) -> int:
        """One struct; answers how many clocks it takes."""
        info = self.raw[self.at]
        self.at += 1
        kind = info & 31
        if kind not in (DELETED, STRING) and not (self.trusted and kind == GONE) or info & WITHIN:
            raise Refused("a document holds plain text and nothing else", "bad_input")
        for side in (AFTER, BEFORE):
            if info & side:
                self.beside(side, client, clock)
        if not info & (AFTER | BEFORE) and kind != GONE and (self.number() != 1 or self.words() != ROOT):
            raise Refused(f"a document holds one text, by the name of {ROOT.decode()}", "bad_input")
        length = self.text(client, clock) if kind == STRING else self.number()
        if not length:
            raise OverflowError
        return length

    def beside(self, side: int, client: int, clock: int) -> None:
        other, place = self.number(), self.number()
        self.rest(other, place + 1, place + 1 if side == AFTER else place)
        if other == client and place >= clock:
            raise Refused("this update goes on from itself", "bad_input")
        if other != client:
            self.rests[client].append((clock, other, place))

    def rest(self, client: int, end: int, *cuts: int) -> None:
        """It goes on from what a client wrote up to a clock, and cuts that there."""
        if end > self.said.needs.get(client, 0):
            self.said.needs[client] = end
        self.said.cuts.extend((client, cut) for cut in cuts)

    def text(self, client: int, clock: int) -> int:
        words = self.words()
        if b"\r" in words:
            raise Refused("a line of a document ends with a line feed alone", "bad_input")
        if words.isascii():
            return len(words)
        text = words.decode()
        wide = [found.start() for found in WIDE.finditer(text)]
        if wide:
            found = self.said.pairs.setdefault(client, array("Q"))
            found.extend(clock + at + before + 1 for before, at in enumerate(wide))
        return len(text) + len(wide)

    def ordered(self) -> None:
        """Refuse what goes in a circle: there must be an order in which each struct finds what it rests on."""
        reached = {client: start for client, (start, _) in self.said.spans.items()}
        moved = True
        while moved:
            moved = False
            for client, (_, end) in self.said.spans.items():
                rests = self.rests[client]
                while rests and rests[0][2] < reached.get(rests[0][1], LARGEST):
                    rests.popleft()
                up_to = rests[0][0] if rests else end
                moved, reached[client] = moved or up_to > reached[client], up_to
        if any(self.rests.values()):
            raise Refused("this update goes on from itself", "bad_input")
