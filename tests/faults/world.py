"""A server with eight writers in four channels and four kinds of readers, and the check of all that they did."""

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.faults import checker
from tests.faults.people import Person, Reader, Writer
from tests.faults.process import Process, until
from tests.faults.relay import Relay

PASSWORD = "correct horse battery"
WRITERS, ROOMS = 8, 3
RATE = 500  # messages a second in the long runs
SHORT = 200  # in those of `bin/test`, whose machine may have much else to do
SLOW = 120_000  # bytes a second that the slow reader takes
HEALED = 90.0  # seconds in which all must be in sync after the last fault


@dataclass
class Outcome:
    """The faults that the checker found, and the measurements."""

    faults: checker.Faults
    messages: int
    figures: dict[str, list[float]]
    log: str


class World:
    """A server with people; leaving `with World(…) as world:` stops everything."""

    def __init__(self, folder: Path, rate: float = RATE, pad: int = 0, **server: Any) -> None:
        self.server = Process(folder, **server)
        self.rate, self.pad = rate, pad
        self.writers: list[Writer] = []
        self.readers: dict[str, Reader] = {}
        self.relays: list[Relay] = []
        self.base: dict[str, int] = {}
        self.figures: defaultdict[str, list[float]] = defaultdict(list)

    def __enter__(self) -> Self:
        try:
            self.server.start()
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _open(self) -> None:
        """Set up an owner with three rooms and the Lobby, guests who may write, and a token that reads everything."""
        joined = self.server.request_json("/api/join", body={"name": "Olga", "handle": "olga", "password": PASSWORD})
        self.owner, self.owner_id = joined["token"], joined["person"]["id"]
        self.server.request_json("/api/settings", self.owner, {"guests": True}, "PATCH")
        names = [f"w{n}" for n in range(WRITERS)]
        guests = {name: self.server.request_json("/api/guests", body={"name": name}) for name in names}
        ids = [guest["person"]["id"] for guest in guests.values()]
        room = {"kind": "private", "people": ids}
        rooms = [self.server.request_json("/api/rooms", self.owner, {**room, "name": f"Room {n}", "key": str(n)})
                 for n in range(ROOMS)]
        self.channels = ["room:1", *(room["channel"] for room in rooms)]
        self.base = self.heads()
        self.guests = {name: (guest["person"]["id"], guest["token"]) for name, guest in guests.items()}

    def relay(self, buffer: int = 0) -> Relay:
        """Return a separate network between a client and the server."""
        self.relays.append(Relay(self.server.port, buffer))
        return self.relays[-1]

    def write(self, url: str = "") -> None:
        """Connect the writers and let them begin; through a relay if one is given."""
        for name, who in self.guests.items():
            self.writers.append(Writer(url or self.server.url, name, *who, channels=self.channels,
                                       rate=self.rate / WRITERS, pad=self.pad))

    def read(self, url: str = "") -> None:
        """Connect four readers: on a websocket, by polling, one that reconnects each second, and one on a slow line."""
        line = self.relay(4096)
        line.slow(SLOW)
        url = url or self.server.url
        self.add_reader("websocket", url)
        self.add_reader("polling", url, channels=self.channels[:1], transport="polling")
        self.add_reader("hopper", url, stint=1.0)
        self.add_reader("slow", line.url)

    def add_reader(self, name: str, url: str, transport: str = "websocket", stint: float | None = None,
                   channels: list[str] | None = None, since: dict[str, int] | None = None) -> Reader:
        """Add a reader of these channels or all, from these heads or from before the writers' first message."""
        who, since = (url, name, self.owner_id, self.owner, transport), since or self.base
        places = {channel: self._place(channel, since[channel]) for channel in channels or self.channels}
        reader = self.readers[name] = Reader(*who, cursors=places, stint=stint)
        return reader

    def _place(self, channel: str, seq: int) -> list[Any]:
        last = self.server.request_json(f"/api/channels/{channel}/entries?after={max(0, seq - 1)}&limit=1", self.owner)
        return [seq, last["entries"][0]["key"]] if seq else [0, ""]

    def heads(self) -> dict[str, int]:
        return {channel: self.server.request_json(f"/api/channels/{channel}/entries?limit=1", self.owner)["head"]
                for channel in self.channels}

    def connections(self) -> int:
        """Return how many connections the server believes to be open."""
        return int(self.server.request_json("/healthz")["connections"])

    @property
    def acknowledged(self) -> int:
        return sum(len(writer.sent) - len(writer.pending) for writer in self.writers)

    def talk(self, messages: int, seconds: float = HEALED) -> None:
        """Wait until so many more messages are acknowledged."""
        wanted = self.acknowledged + messages
        until(lambda: self.acknowledged >= wanted, seconds, f"{messages} more acknowledgements")

    def pause(self) -> None:
        """Pause the writers, and wait until all messages are answered."""
        for writer in self.writers:
            writer.writing = False
        until(lambda: not any(writer.pending for writer in self.writers), HEALED, "an answer to everything")

    def go_on(self) -> None:
        """Let the writers continue."""
        for writer in self.writers:
            writer.writing = True

    def catch_up(self, names: tuple[str, ...] = ("websocket", "hopper"), seconds: float = HEALED) -> None:
        """Wait until these readers have the current log, and the writers have all their acknowledgements."""
        began, heads = time.monotonic(), self.heads()
        open_now = [one for writer in self.writers for one in writer.pending.values()]
        until(lambda: all(self.readers[name].has(heads) for name in names), seconds, f"everybody at {heads}",
              lambda: {name: self.readers[name].cursors for name in names})
        until(lambda: all(one.answers or one.failed for one in open_now), seconds, "the answers to what was unsure")
        self.note("caught up", time.monotonic() - began)

    def restart(self) -> None:
        """Start the server again."""
        self.note("serving", self.server.start())

    def settle(self) -> Outcome:
        """Stop the writers, heal everything, and let everyone catch up; return the outcome."""
        began = time.monotonic()
        for relay in self.relays:
            relay.heal()
        self.pause()
        heads = self.heads()
        until(lambda: all(reader.has(heads) for reader in self.readers.values()), HEALED, f"everybody at {heads}",
              lambda: {name: reader.cursors for name, reader in self.readers.items() if not reader.has(heads)})
        for person in (*self.writers, *self.readers.values()):
            person.leave()
        self.note("in sync", time.monotonic() - began)
        return Outcome(self.verdict(), self.acknowledged, dict(self.figures), self.server.logged())

    def note(self, what: str, figure: float) -> None:
        """Record a measurement."""
        self.figures[what].append(figure)

    def verdict(self) -> checker.Faults:
        """Return what the checker finds in the log and in what everyone received."""
        sent = [one for writer in self.writers for one in writer.sent]
        received = {name: reader.received for name, reader in self.readers.items()}
        return checker.check(self.logs(), sent, received, self.base)

    def logs(self) -> dict[str, list[checker.Entry]]:
        """Return all entries of the server, read from the beginning."""
        return {channel: self._log(channel) for channel in self.channels}

    def _log(self, channel: str) -> list[checker.Entry]:
        entries: list[checker.Entry] = []
        while True:
            after = entries[-1]["seq"] if entries else 0
            page = self.server.request_json(f"/api/channels/{channel}/entries?after={after}", self.owner)["entries"]
            if not page:
                return entries
            entries += page

    def close(self) -> None:
        people: list[Person] = [*self.writers, *self.readers.values()]
        for person in people:
            person.leave()
        for relay in self.relays:
            relay.close()
        self.server.close()
