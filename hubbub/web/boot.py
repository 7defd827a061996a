"""What slices contribute to the page: entry modules, stylesheets, boot data, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubbub.core.access import Visitor

Environ = dict[str, Any]

MODULES: list[str] = []
STYLESHEETS: list[str] = []
VALUES: dict[str, Callable[[int | None], object]] = {}
WHO: list[Callable[[Environ], Visitor | None]] = []


def module(path: str) -> None:
    """Have the page load a slice's entry module, named like `chat/static/main.js`; naming it again changes nothing."""
    if path not in MODULES:
        MODULES.append(path)


def stylesheet(path: str) -> None:
    """Have the page load a slice's stylesheet, after those of the shell; naming it again changes nothing."""
    if path not in STYLESHEETS:
        STYLESHEETS.append(path)


def contribute(name: str, value: Callable[[int | None], object]) -> None:
    """Add one key to the boot data; `value` gets the asking person's id or None and answers something JSON can say."""
    VALUES[name] = value


def identity(who: Callable[[Environ], Visitor | None]) -> None:
    """Say how to tell who sent a request; the last one registered counts."""
    WHO[:] = [who]


def identify(environ: Environ) -> Visitor | None:
    """Who sent this request, or None for a stranger."""
    return WHO[0](environ) if WHO else None


def compose(person: int | None) -> dict[str, object]:
    """Everything the slices contribute, as this person may see it."""
    return {name: value(person) for name, value in VALUES.items()}
