"""Documents: text that several people write at once, a channel of Yjs updates."""

from hubbub.documents import routes

blueprint = routes.blueprint

__all__ = ["blueprint"]
