"""A WSGI server for HTTP/1.1 on gevent, with deadlines and size limits."""

from hubbub.httpserver.handover import Handover
from hubbub.httpserver.parser import BODY_LIMIT
from hubbub.httpserver.server import Server

__all__ = ["BODY_LIMIT", "Handover", "Server"]
