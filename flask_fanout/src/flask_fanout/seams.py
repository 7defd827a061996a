"""The names this package leans on in python-engineio and python-socketio, asserted at start."""

import importlib.util
from typing import Any

import engineio
import socketio
from engineio import base_server as engine_base
from engineio.socket import Socket

VERSIONS = {"python-engineio": "4.15", "python-socketio": "5.18"}
SESSION = ("close", "handle_get_request", "handle_post_request", "poll", "schedule_ping", "send")
ENGINE = ("handle_request", "_bad_request", "_method_not_found", "_ok", "generate_id", "on")
SERVER = (
    *("_handle_ack", "_handle_connect", "_handle_disconnect", "_handle_eio_connect", "_handle_eio_disconnect"),
    *("_handle_event", "_send_eio_packet", "_send_packet"),
)
MANAGER = (
    *("_generate_ack_id", "basic_disconnect", "basic_enter_room", "basic_leave_room", "connect", "pre_connect"),
    *("pre_disconnect", "trigger_callback"),
)


def check(server: socketio.Server) -> None:
    """Refuse to start, in one clear line, where a name is missing or gevent-websocket would answer handshakes, too."""
    if importlib.util.find_spec("geventwebsocket"):
        raise RuntimeError("gevent-websocket answers each websocket handshake a second time; uninstall it")
    if server.eio.async_mode != "gevent":
        raise RuntimeError("fanout needs gevent: SocketIO(..., async_mode='gevent')")
    here = ((Socket, SESSION), (engineio.Server, ENGINE), (socketio.Server, SERVER), (socketio.Manager, MANAGER))
    gone = [f"{owner.__module__}.{name}" for owner, names in here for name in names if not hasattr(owner, name)]
    gone += [f"{owner}.{name}" for owner, name in state(server) if not hasattr(owner, name)]
    if gone:
        raise RuntimeError(f"fanout was written for {VERSIONS} and does not find {', '.join(gone)}")


def state(server: socketio.Server) -> list[tuple[Any, str]]:
    """The attributes of instances that have to be there."""
    return [
        (server, "environ"),
        (server, "handlers"),
        (server.eio, "sockets"),
        (server.eio, "start_service_task"),
        (server.eio, "ping_interval_grace_period"),
        (engine_base.BaseServer.reason, "TRANSPORT_CLOSE"),
    ]
