"""The one page: its stylesheets, its modules, and the data it starts from, so that rows show with the first paint."""

from __future__ import annotations

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from hubbub import limits
from hubbub.web import boot, door, static_tree, version

ENTRY = "web/static/app.js"
ADDRESSES = ("/", "/room/<int:room>", "/room/<int:room>/<int:seq>", "/join", "/sign-in", "/settings",
             "/settings/<part>", "/rooms", "/people", "/search", "/threads", "/inbox", "/feeds", "/feed/<symbol>",
             "/documents", "/document/<int:document>", "/document/<int:document>/<int:version>")
THEMES = {"light", "dark"}


def _reader() -> int | None:
    visitor = boot.identify(request.environ)
    person = visitor.person if visitor else None
    limits.take(limits.HEAVY, person, door.network(request.environ))
    return person


def show(**address: object) -> ResponseReturnValue:
    """The page for whoever asks, at every address it has; nothing changes by asking."""
    tree = static_tree.tree()
    modules = [tree.url(path) for path in boot.MODULES]
    theme = request.cookies.get("theme", "")
    html = render_template(
        "page.html",
        base=tree.base,
        protocol=version.PROTOCOL,
        theme=theme if theme in THEMES else "system",
        entry=tree.url(ENTRY),
        sheet=tree.url(static_tree.SHEET),
        preload=[tree.url(path) for path in tree.graph([ENTRY, *boot.MODULES])],
        boot={**boot.compose(_reader()), "modules": modules},
    )
    return make_response(html)
