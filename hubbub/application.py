"""The application: the list of slices, and `create_app`, which builds everything by looping over it."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from hubbub import (
    __version__,
    chat,
    documents,
    feeds,
    files,
    httpserver,
    limits,
    live,
    notifications,
    people,
    slices,
    tutorial,
    web,
)
from hubbub.config import Config
from hubbub.core import db, latest
from hubbub.live import events as _  # noqa: F401  (registers its handlers, as the slices' do)
from hubbub.web import channels, door

SLICES = (files.slice, people.slice, notifications.slice, chat.slice, feeds.slice, documents.slice, tutorial.slice)

slices.install(SLICES)


class Hubbub(Flask):
    """Flask, with one promise more: an answer leaves only after what it speaks of is committed."""

    def dispatch_request(self) -> ResponseReturnValue:
        with db.Act() as act:
            answer = super().dispatch_request()
            act.settle()
            return answer


def create_app(config: Config | None = None) -> Flask:
    """Build the application and open its database."""
    config = config or Config.read()
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Hubbub(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=httpserver.BODY_LIMIT)
    db.open(config.data, config.database_url)
    limits.lifted = config.limits == "off"
    limits.forget()
    latest.forget()
    live.init_app(app, config)
    app.wsgi_app = door.Counted(app.wsgi_app)  # type: ignore[method-assign]
    if config.proxies:
        app.wsgi_app = door.Proxied(app.wsgi_app, config.proxies)  # type: ignore[method-assign]
    app.register_blueprint(web.blueprint)
    app.register_blueprint(channels.blueprint)
    web.show_page_at_addresses(app)
    for slice in slices.installed:
        for blueprint in slice.blueprints:
            app.register_blueprint(blueprint)
        if slice.start:
            slice.start(config)
    app.get("/healthz")(healthz)
    return app


def healthz() -> ResponseReturnValue:
    """Whether the server serves and its database answers."""
    db.execute("select 1")
    return jsonify(ok=True, version=__version__, connections=live.connections())
