"""The strings and style rules that the first rows need: what the code of the first page names.

Everything else is sent right after the rows.  A name is found wherever a word of the code equals it, so too much may be
sent first, but too little only where a name is put together in a way that `NamesIn` does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubbub.core import strings

WORD = re.compile(r"[\w./#-]++(?!:)")  # neither a part of an address nor a key of an object
BEGINNING = re.compile(r"""([\w.-]*[.-])\$\{|["'`]([\w.-]*[.-])["'`]""")  # as in `hue-${n}`, or "part." + name
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
FUNCTION = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
HOLDS_RULES = ("@layer", "@media", "@supports", "@container")


class NamesIn:
    """The names in some code: whole words, and beginnings of those that are put together at run time."""

    def __init__(self, code: str) -> None:
        self._words = set(WORD.findall(code))
        self._beginnings = tuple({found[0] or found[1] for found in BEGINNING.findall(code)} - {".", "-", "--"})

    def __contains__(self, name: str) -> bool:
        return name in self._words or name.startswith(self._beginnings)


def split_strings(catalogue: strings.Catalogue, names: NamesIn) -> tuple[strings.Catalogue, strings.Catalogue]:
    """Return the strings with these ids, and the others."""
    first = {id: text for id, text in catalogue.items() if id in names}
    return first, {id: text for id, text in catalogue.items() if id not in first}


def first_rules(sheet: str, names: NamesIn) -> str:
    """Return the rules of a stylesheet that may apply to elements with these classes, in their order."""
    found = []
    for prelude, body in _blocks(sheet):
        if body is None:
            found.append(prelude)
        elif prelude.startswith(HOLDS_RULES):
            found += [f"{prelude}{{{rules}}}"] if (rules := first_rules(body, names)) else []
        elif _may_apply(prelude, names):
            found.append(f"{prelude}{{{body}}}")
    return "".join(found)


def _blocks(sheet: str) -> Iterator[tuple[str, str | None]]:
    """Yield each rule as what is before its braces and in them; a statement has nothing in them."""
    start = depth = opened = 0
    for found in re.finditer(r"[{};]", sheet):
        at = found.start()
        if found[0] == ";" and not depth:
            yield sheet[start:at + 1].strip(), None
            start = at + 1
        elif found[0] == "{":
            opened = at if not depth else opened
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if not depth:
                yield sheet[start:opened].strip(), sheet[opened + 1:at]
                start = at + 1
    if rest := sheet[start:].strip():
        yield rest, None


def _may_apply(prelude: str, names: NamesIn) -> bool:
    """Return whether one of the selectors has only classes with these names."""
    if prelude.startswith("@keyframes"):
        return True
    selectors = FUNCTION.sub("", prelude).split(",")
    return any(all(name in names for name in CLASS.findall(selector)) for selector in selectors)
