"""The transport: Socket.IO on gevent, from emit to the socket and back, for any Flask-SocketIO application."""

from .link import Link, StockLink, acknowledge, link
from .manager import Fanout
from .message import Answer, Frame
from .seams import VERSIONS, check

__all__ = ["VERSIONS", "Answer", "Fanout", "Frame", "Link", "StockLink", "acknowledge", "check", "link"]
