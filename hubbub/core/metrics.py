"""What a node counts: counters, histograms, and gauges read on demand.  `/metrics` shows them to Prometheus.

A module declares a metric once and adds to the current node's: `commits = metrics.histogram("hubbub_…", "…", BOUNDS)`,
`commits().observe(seconds)`.  A label has few values, all of them known from the code: never a person or a channel.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from hubbub.core import node


class Counter:
    """A number that only grows while the process runs."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Histogram:
    """How many values were at most each bound, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.sum = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


Value = float | Histogram | Mapping[str, float]


class Metric(NamedTuple):
    """A declared metric; `read` returns the current node's value, with a `label` a number for each of its values."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    read: Callable[[], Value]
    label: str = ""


declared: dict[str, Metric] = {}


def counter(name: str, help: str) -> node.State[Counter]:
    """Declare a counter."""
    state = node.state(Counter)
    declared[name] = Metric(name, "counter", help, lambda: state().value)
    return state


def histogram(name: str, help: str, bounds: tuple[float, ...]) -> node.State[Histogram]:
    """Declare a histogram with these bounds."""
    state = node.state(lambda: Histogram(bounds))
    declared[name] = Metric(name, "histogram", help, state)
    return state


def gauge(name: str, help: str, read: Callable[[], Value], *, label: str = "", grows: bool = False) -> None:
    """Declare a metric that `read` returns when it is asked for; one that only grows is a counter."""
    declared[name] = Metric(name, "counter" if grows else "gauge", help, read, label)
