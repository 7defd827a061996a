"""Start-up check of the private names that this package uses of python-engineio, python-socketio and gevent."""

import importlib.util
from importlib.metadata import version
from typing import Any

import engineio
import gevent
import gevent.pywsgi
import gevent.socket
import socketio
from engineio.socket import Socket

SUPPORTED = {"gevent": "26.9", "python-engineio": "4.15", "python-socketio": "5.18"}
SESSION = ("check_ping_timeout", "close", "handle_get_request", "handle_post_request", "poll", "schedule_ping", "send")
SESSION_STATE = ("closed", "closing", "connected", "last_ping", "queue", "sid", "upgraded", "upgrading")
ENGINE = ("_bad_request", "_method_not_found", "_ok", "disconnect", "generate_id", "handle_request", "on")
ENGINE_STATE = ("max_http_buffer_size", "ping_interval", "ping_interval_grace_period", "ping_timeout", "reason",
                "sockets", "start_service_task")  # fmt: skip
SERVER = ("_handle_ack", "_handle_connect", "_handle_disconnect", "_handle_eio_connect", "_handle_eio_disconnect",
          "_handle_event", "_send_eio_packet", "_send_packet")  # fmt: skip
SERVER_STATE = ("environ", "handlers", "namespace_handlers", "packet_class")
MANAGER = ("_generate_ack_id", "basic_disconnect", "basic_enter_room", "basic_leave_room", "connect", "pre_connect",
           "pre_disconnect", "trigger_callback")  # fmt: skip
LOOP = ("io", "iteration", "run_callback", "run_callback_threadsafe", "timer")


def check(server: socketio.Server) -> None:
    """Raise RuntimeError if a name is missing or the server is configured in a way that cannot work."""
    if importlib.util.find_spec("geventwebsocket"):
        raise RuntimeError("gevent-websocket answers each WebSocket handshake a second time: uninstall it")
    if server.eio.async_mode != "gevent":
        raise RuntimeError("flask-fanout needs gevent: SocketIO(..., async_mode='gevent')")
    require("python-engineio", Socket, *SESSION)
    require("python-engineio", Socket(server.eio, ""), *SESSION_STATE)
    require("python-engineio", engineio.Server, *ENGINE)
    require("python-engineio", server.eio, *ENGINE_STATE)
    require("python-engineio", server.eio.reason, "CLIENT_DISCONNECT", "PING_TIMEOUT", "SERVER_DISCONNECT",
            "TRANSPORT_CLOSE", "TRANSPORT_ERROR")  # fmt: skip
    require("python-socketio", socketio.Server, *SERVER)
    require("python-socketio", server, *SERVER_STATE)
    require("python-socketio", socketio.Manager, *MANAGER)
    require("gevent", gevent.get_hub().loop, *LOOP)
    require("gevent", gevent.pywsgi.WSGIHandler, "_connection_upgrade_requested", "handle_one_response",
            "read_requestline")  # fmt: skip
    require("gevent", gevent.socket.socket, "detach")


def require(package: str, owner: Any, *names: str) -> None:
    """Raise RuntimeError, naming the package and its version, if `owner` lacks one of these names."""
    missing = [name for name in names if not hasattr(owner, name)]
    if missing:
        where = owner if isinstance(owner, type) else type(owner)
        raise RuntimeError(
            f"{package} {version(package)} has no {', '.join(missing)} in {where.__module__}.{where.__qualname__}:"
            f" install {package} {SUPPORTED.get(package, '')}"
        )
