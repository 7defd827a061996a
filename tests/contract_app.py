"""The application of flask_fanout's contract tests behind Hubbub's own HTTP server and event dispatch.

`python tests/contract_app.py PORT [--ping-interval S] [--ping-timeout S]`, for the official suites as well: see
`flask_fanout/tests/contract_app.py`.  It has no people, no database and no rate limits, and accepts every origin.
"""

from gevent import monkey

monkey.patch_all()

import pathlib
import runpy
import sys

from flask import Flask

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from hubbub import httpserver, live
from hubbub.config import Config
from hubbub.core import node
from hubbub.core.access import Refused, Visitor
from hubbub.web import origin

contract = runpy.run_path(str(ROOT / "flask_fanout" / "tests" / "contract_app.py"))
node.make_default(node.Node(Config(limits="off")))
contract["add_handlers"](live.socketio())


@live.identify_by
def identify(environ: dict[str, object], auth: object) -> Visitor:
    raise Refused("error.not_signed_in", "denied")


def make_server(port: int, interval: float, timeout: float) -> httpserver.Server:
    """Make Hubbub's HTTP server with Hubbub's Socket.IO behind it."""
    origin.is_allowed = lambda environ: True
    app = Flask(__name__)
    live.init_app(app, Config(), ping_interval=interval, ping_timeout=timeout, cors_allowed_origins="*")
    contract["with_echo_engine"](app, interval, timeout)
    return httpserver.Server(("127.0.0.1", port), app)


if __name__ == "__main__":
    options = contract["parse_options"]()
    make_server(options.port, options.ping_interval, options.ping_timeout).serve_forever()
