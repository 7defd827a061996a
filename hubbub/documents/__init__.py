"""Documents: text that several people write at once, a channel of Yjs updates."""

from hubbub.documents import events, mentions, routes, updates

blueprint = routes.blueprint

__all__ = ["begin", "blueprint", "events"]


def begin() -> None:
    """Know nothing of an earlier process, and read on for mentions where it stopped."""
    updates.forget()
    mentions.begin()
