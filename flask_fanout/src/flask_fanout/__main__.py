"""`python -m flask_fanout app:socketio --workers 4`: serve an application from several processes on one port."""

from __future__ import annotations

import argparse
import importlib
import logging
import signal
import socket
import sys
from pathlib import Path

from flask_socketio import SocketIO

from . import workers
from .handover import Handover
from .manager import Fanout
from .server import Server

STOP = 8.0  # seconds in which a worker finishes what it does


def main() -> None:
    """Run the workers, or in a process that the supervisor has started, be one of them."""
    parser = argparse.ArgumentParser(prog="python -m flask_fanout", description=__doc__)
    parser.add_argument("target", metavar="module:socketio", help="the SocketIO object of your application")
    parser.add_argument("--workers", type=int, default=1, help="the number of processes; 1")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 127.0.0.1")
    parser.add_argument("--port", type=int, default=5000, help="the port to listen on, 0 for any free one; 5000")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.workers < 1:
        parser.error("there has to be a worker")
    if options.worker is not None:
        work(workers.wait_for_place(options.worker), options)
    else:
        sys.exit(supervise(options))


def supervise(options: argparse.Namespace) -> int:
    """Run the workers until SIGTERM or SIGINT, restart them one by one at SIGHUP; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    command = [sys.executable, "-m", "gevent.monkey", "--module", "flask_fanout", options.target,
               "--workers", str(options.workers), "--host", options.host]  # fmt: skip
    stop, reload = workers.event_of(signal.SIGTERM, signal.SIGINT), workers.event_of(signal.SIGHUP)
    try:
        listeners = workers.listen(options.host, options.port, options.workers)
    except OSError as problem:
        sys.exit(f"cannot listen on {options.host}:{options.port}: {problem.strerror}")
    return workers.Supervisor(command, listeners, STOP + 2).run(stop, reload)


def work(place: workers.Place, options: argparse.Namespace) -> None:
    """Serve as one of the workers until the supervisor asks to stop, or ends."""
    socketio = find(options.target)
    manager, engine = socketio.server.manager, socketio.server.eio
    if not isinstance(manager, Fanout):
        sys.exit(f"{options.target} has another client manager: create it with SocketIO(…, client_manager=Fanout())")
    if options.workers > 1 and manager.cluster is None:
        sys.exit('several workers need a bus between them: use Fanout("valkey://…"), or leave --workers out')
    generate_id = engine.generate_id
    engine.generate_id = lambda: f"{place.name}.{generate_id()}"  # by which the others find the session
    handover = Handover(Path(place.folder), place.name)
    server = Server(socket.socket(fileno=place.listener), socketio.sockio_mw.flask_app, handover)
    stop = workers.event_of(signal.SIGTERM)
    place.call_at_end(stop.set)
    server.start()
    if place.announces:
        print(f"{options.target} is at http://{options.host}:{place.port}", flush=True)
    place.tell_ready()
    stop.wait()
    server.finish(manager, STOP)


def find(target: str) -> SocketIO:
    """Import the module and return the SocketIO object, also that of a Flask application."""
    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module), name or "socketio", None)
    found = getattr(found, "extensions", {}).get("socketio", found)
    if not isinstance(found, SocketIO) or not hasattr(found, "sockio_mw"):
        sys.exit(f"{target} is not a SocketIO object with an application: give it as module:name")
    return found


if __name__ == "__main__":
    main()
