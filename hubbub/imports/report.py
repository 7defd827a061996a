"""The report of an import: what was added, and what was skipped or changed, and why."""

from collections import Counter
from collections.abc import Iterator
from typing import IO

EXAMPLES = 3  # of each reason that are shown
LONGEST = 120  # characters of one that is shown


class Report:
    """Counts, with a few examples of each reason, so that it stays small; a file takes every line."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self.added: Counter[str] = Counter()
        self.present: Counter[str] = Counter()
        self.reasons: dict[str, list[str]] = {}
        self.counts: Counter[str] = Counter()
        self._file = file

    def note(self, reason: str, where: str = "", count: int = 1) -> None:
        """Note that something was skipped or changed."""
        self.counts[reason] += count
        some = self.reasons.setdefault(reason, [])
        if where and len(some) < EXAMPLES:
            some.append(" ".join(where.split())[:LONGEST])
        if self._file:
            self._file.write(f"{reason}: {where}\n" if where else f"{reason}: {count:,}\n")

    def lines(self) -> Iterator[str]:
        """Yield the reasons with their counts and examples, the most frequent first."""
        for reason, count in self.counts.most_common():
            examples = "; ".join(self.reasons[reason])
            yield f"{count:>9,}  {reason}" + (f" ({examples}{'; …' if count > EXAMPLES else ''})" if examples else "")
