"""The application: the list of slices, and `create_app`, which builds everything by looping over it."""

from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.typing import ResponseReturnValue

from hubbub import (
    chat,
    documents,
    feeds,
    files,
    hooks,
    httpserver,
    imports,
    live,
    monitoring,
    notifications,
    people,
    publishing,
    slices,
    tutorial,
    web,
)
from hubbub.config import Config
from hubbub.core import cluster, consumers, db, node, timers
from hubbub.live import bus_link
from hubbub.web import address, channels, headers, hosts, middleware, static_tree

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SLICES = (files.slice, people.slice, notifications.slice, chat.slice, feeds.slice, documents.slice, hooks.slice,
          publishing.slice, tutorial.slice, imports.slice)

slices.install(SLICES)


class Hubbub(Flask):
    """Flask on a node, with one more promise: a response leaves only after what the request wrote is committed."""

    def __init__(self, node: node.Node) -> None:
        super().__init__(__name__, static_folder=None)
        self.node = node

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        return self.node.run(self.wsgi_app, environ, start_response)

    def dispatch_request(self) -> ResponseReturnValue:
        with db.committed():
            return db.retry(super().dispatch_request)


def create_app(config: Config | None = None, *, clock: node.Clock | None = None, bus: node.Bus | None = None) -> Hubbub:
    """Build the application of a new node, which becomes the process's default, and open its database.

    The node is `app.node`; a process that runs several of them makes none the default afterwards.
    """
    config = config or Config.read()
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Hubbub(node.Node(config, clock=clock, bus=bus))
    node.make_default(app.node)
    with app.node.active():
        _assemble(app, config)
    return app


def _assemble(app: Hubbub, config: Config) -> None:
    app.config.update(MAX_CONTENT_LENGTH=httpserver.BODY_LIMIT)
    db.open(config.data, config.database_url, config.workers)
    bus_link.start()
    cluster.start()
    static_tree.keep()
    live.init_app(app, config)
    app.wsgi_app = hosts.HostCheck(app.wsgi_app, config)  # type: ignore[method-assign]
    app.wsgi_app = middleware.RateLimit(app.wsgi_app)  # type: ignore[method-assign]
    if config.proxies:
        app.wsgi_app = middleware.TrustedProxies(app.wsgi_app, config.proxies)  # type: ignore[method-assign]
    app.register_blueprint(web.blueprint)
    app.register_blueprint(channels.blueprint)
    app.register_blueprint(live.tail.blueprint)
    web.show_page_at_addresses(app)
    for slice in slices.installed:
        for blueprint in slice.blueprints:
            app.register_blueprint(blueprint)
        if slice.start:
            slice.start()
        consumers.start(slice.consumers)
    timers.start({kind: handler for slice in slices.installed for kind, handler in slice.timers.items()})
    monitoring.init_app(app)
    if config.prefix:
        address.check_prefix(app, config.prefix)
        app.wsgi_app = address.PathPrefix(app.wsgi_app, config.prefix)  # type: ignore[method-assign]
    app.wsgi_app = headers.Headers(app.wsgi_app)  # type: ignore[method-assign]
