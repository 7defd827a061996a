"""Check a log after a fault against what was sent, what was acknowledged and what each reader received."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]
KINDS = ("lost", "doubled", "disordered", "holes", "foreign", "missed")


@dataclass
class Sent:
    """The k-th message of a writer, and every seq with which it was acknowledged."""

    writer: str
    author: int
    k: int
    channel: str
    key: str
    text: str
    answers: list[int] = field(default_factory=list)
    refused: bool = False  # refused at least once: after a retry, its position is arbitrary
    failed: str = ""  # why it was refused for good


@dataclass
class Received:
    """What one reader has of a channel: the applied entries, and the jumps that a `reset` caused, (from, to]."""

    start: int = 0
    entries: list[Entry] = field(default_factory=list)
    jumps: list[tuple[int, int]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)  # what came out of turn on one connection


Faults = dict[str, list[str]]


def check(logs: dict[str, list[Entry]], sent: list[Sent], readers: dict[str, dict[str, Received]],
          base: dict[str, int]) -> Faults:
    """Compare the complete logs with everything else; return descriptions of the faults by kind.

    Entries up to `base` were written by others.
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
    """Check that a reader has every entry after its start once and in order, except what a `reset` skipped."""
    faults["missed"] += [f"{where}: {what}" for what in received.odd]
    at, jumps = received.start, dict(received.jumps)
    for entry in received.entries:
        at = _landed(at, jumps)
        if entry["seq"] != at + 1:
            faults["missed"].append(f"{where}: {entry['seq']} after {at}")
        if log.get(entry["seq"]) != entry:
            faults["missed"].append(f"{where}: {entry['seq']} differs from the log")
        at = entry["seq"]
    at, head = _landed(at, jumps), max(log, default=0)
    if at != max(head, received.start):
        faults["missed"].append(f"{where}: ends at {at}, the log at {head}")


def _landed(at: int, jumps: dict[int, int]) -> int:
    while jumps.get(at, at) > at:
        at = jumps[at]
    return at
