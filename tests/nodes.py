"""Nodes without an HTTP server, for tests of the core and the models."""

from pathlib import Path

from hubbub.config import Config
from hubbub.core import db, hub, missed, node  # noqa: F401  (missed: how a tail gets what it lacks)
from tests.club import Listener


def open_node(data, url="", **options):
    """Make a new node the process's default, as after a restart, and open its database."""
    node.make_default(node.Node(Config(data=Path(data)), **options))
    db.open(Path(data), url)
    hub.attach(Listener.encode)
    return node.current()


def forget_tails():
    """Drop everything the hub holds in memory, as a restart of the process would."""
    hub.state.forget()
    hub.attach(Listener.encode)
