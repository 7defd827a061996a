"""The data in the page, and who sent a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubbub import slices
from hubbub.core.access import Visitor

Environ = dict[str, Any]

WHO: list[Callable[[Environ], Visitor | None]] = []


def identity(who: Callable[[Environ], Visitor | None]) -> None:
    """Set the function that tells who sent a request; the last one registered counts."""
    WHO[:] = [who]


def identify(environ: Environ) -> Visitor | None:
    """Return who sent this request, or None for a stranger."""
    return WHO[0](environ) if WHO else None


def compose(person: int | None) -> dict[str, object]:
    """Return what all slices put into the page for this person."""
    return {name: value(person) for slice in slices.installed for name, value in slice.boot.items()}
