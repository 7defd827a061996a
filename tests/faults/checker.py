"""What a log must be after a fault, given what was sent, what was answered and what each reader received."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]
KINDS = ("lost", "doubled", "disordered", "holes", "foreign", "missed")


@dataclass
class Sent:
    """One message of a writer: the k-th, and every seq that it was acknowledged with."""

    writer: str
    author: int
    k: int
    channel: str
    key: str
    text: str
    answers: list[int] = field(default_factory=list)
    refused: bool = False  # told at least once that it was not kept: sent again, its order is its own
    failed: str = ""  # why it was refused for good


@dataclass
class Received:
    """What one reader has of a channel: what it applied, and where a `reset` made it jump, (from, to]."""

    start: int = 0
    entries: list[Entry] = field(default_factory=list)
    jumps: list[tuple[int, int]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)  # what came out of turn on one connection


Faults = dict[str, list[str]]


def check(logs: dict[str, list[Entry]], sent: list[Sent], readers: dict[str, dict[str, Received]],
          base: dict[str, int]) -> Faults:
    """Compare the whole logs with the rest; a fault is in words under its kind.

    What was written up to `base` is somebody else's.
    """
    faults: Faults = {kind: [] for kind in KINDS}
    by_key = {(one.channel, one.author, one.key): one for one in sent}
    for channel, log in logs.items():
        _numbers(channel, log, faults)
        _contents(channel, [entry for entry in log if entry["seq"] > base.get(channel, 0)], by_key, faults)
    places = {channel: {entry["seq"]: entry for entry in log} for channel, log in logs.items()}
    for one in sent:
        _answers(one, places[one.channel], faults)
    for name, received in readers.items():
        for channel, what in received.items():
            _deliveries(f"{name} in {channel}", what, places[channel], faults)
    return {kind: words for kind, words in faults.items() if words}


def _numbers(channel: str, log: list[Entry], faults: Faults) -> None:
    expected = 1
    for entry in log:
        if entry["seq"] != expected:
            faults["holes"].append(f"{channel}: {entry['seq']} where {expected} belongs")
        expected = entry["seq"] + 1


def _contents(channel: str, log: list[Entry], by_key: dict[Any, Sent], faults: Faults) -> None:
    last: dict[str, int] = {}
    for entry in log:
        one = by_key.get((channel, entry["author"], entry["key"]))
        if one is None or one.text != entry["data"].get("text") or one.failed:
            faults["foreign"].append(f"{channel}: {entry['seq']} ({entry['key']}) was not sent so")
        elif not one.refused:
            if one.k < last.get(one.writer, -1):
                faults["disordered"].append(f"{channel}: {one.key} at {entry['seq']} after {one.writer}'s later one")
            last[one.writer] = one.k
    for (author, key), count in Counter((entry["author"], entry["key"]) for entry in log).items():
        if count > 1:
            faults["doubled"].append(f"{channel}: {key} of {author} is there {count} times")


def _answers(one: Sent, log: dict[int, Entry], faults: Faults) -> None:
    if not one.answers and not one.failed:
        faults["lost"].append(f"{one.channel}: {one.key} was never answered")
    if len(set(one.answers)) > 1:
        faults["doubled"].append(f"{one.channel}: {one.key} was acknowledged as {sorted(set(one.answers))}")
    for seq in set(one.answers):
        entry = log.get(seq)
        if entry is None or (entry["author"], entry["key"]) != (one.author, one.key):
            faults["lost"].append(f"{one.channel}: {one.key} was acknowledged as {seq} and is not there")


def _deliveries(where: str, received: Received, log: dict[int, Entry], faults: Faults) -> None:
    """A reader has every entry after its start once and in order, but for what a `reset` spared it."""
    faults["missed"] += [f"{where}: {what}" for what in received.odd]
    at, jumps = received.start, dict(received.jumps)
    for entry in received.entries:
        at = _landed(at, jumps)
        if entry["seq"] != at + 1:
            faults["missed"].append(f"{where}: {entry['seq']} after {at}")
        if log.get(entry["seq"]) != entry:
            faults["missed"].append(f"{where}: {entry['seq']} is not what the log says")
        at = entry["seq"]
    at, head = _landed(at, jumps), max(log, default=0)
    if at != max(head, received.start):
        faults["missed"].append(f"{where}: ends at {at}, the log at {head}")


def _landed(at: int, jumps: dict[int, int]) -> int:
    while jumps.get(at, at) > at:
        at = jumps[at]
    return at
