"""Files: uploads into channels, their previews, and how they are served; and avatars, by the same image door."""

from typing import Any

from hubbub.core import db


def attach(tx: db.Transaction, person: int, channel: str, seq: int, ids: tuple[str, ...]) -> list[Any]:
    """Stub until B4's lands."""
    return []


def detach(tx: db.Transaction, channel: str, seq: int) -> None:
    """Stub until B4's lands."""
