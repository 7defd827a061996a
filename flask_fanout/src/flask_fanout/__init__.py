"""A faster, bounded transport for Flask-SocketIO on gevent: `SocketIO(..., client_manager=Fanout())`."""

from .compatibility import require
from .connection import Connection, StockConnection, acknowledge, find_connection
from .context import Limits
from .emitter import Emitter
from .manager import Fanout
from .message import EncodedAck, EncodedEvent

__all__ = [
    "Connection",
    "Emitter",
    "EncodedAck",
    "EncodedEvent",
    "Fanout",
    "Limits",
    "StockConnection",
    "acknowledge",
    "find_connection",
    "require",
]
