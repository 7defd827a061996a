"""The data in the page, and the identification of the sender of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubbub import slices
from hubbub.core.access import Visitor

Environ = dict[str, Any]

_identify: list[Callable[[Environ], Visitor | None]] = []


def identity(identify: Callable[[Environ], Visitor | None]) -> None:
    """Set the function that identifies the sender of a request; the last one registered counts."""
    _identify[:] = [identify]


def identify(environ: Environ) -> Visitor | None:
    """Return the sender of a request, or None for a stranger."""
    return _identify[0](environ) if _identify else None


def compose(person: int | None) -> dict[str, object]:
    """Return the data that all slices put into the page for a person."""
    return {name: value(person) for slice in slices.installed for name, value in slice.boot.items()}
