"""The page: its stylesheets, its modules, and its first data, so that the first paint shows content."""

from __future__ import annotations

import contextlib

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from hubbub import limits, slices
from hubbub.core import node, strings
from hubbub.core.access import Refused
from hubbub.web import address, boot, client, credentials, static_tree, version

ENTRY = "web/static/app.js"
THEMES = {"light", "dark"}


def _reader() -> int | None:
    visitor = boot.identify(request.environ)
    person = visitor.person if visitor else None
    limits.take(limits.HEAVY, person, client.network(request.environ))
    return person


def show(**at: object) -> ResponseReturnValue:
    """Return the page for its reader, at any of its addresses; this changes nothing on the server."""
    reader = _reader()
    answer = _render(boot.compose(reader))
    if reader is not None:
        credentials.rename_cookies(answer)
    return answer


def show_problem(problem: dict[str, object]) -> Response:
    """Return the page with a refusal in place of a view; its reader's data is only there if nothing else is wrong."""
    with contextlib.suppress(Refused):
        if problem["status"] == 404:
            return _render({**boot.compose(_reader()), "problem": problem})
    return _render({"problem": problem})


def _render(data: dict[str, object]) -> Response:
    tree = static_tree.tree()
    modules = [f"{slice.name}/static/{slice.page}" for slice in slices.installed if slice.page]
    theme_cookie = f"theme-{credentials.instance()}"
    theme = request.cookies.get(theme_cookie) or request.cookies.get("theme")  # the old name
    language = request.accept_languages.best_match(tree.languages, strings.ENGLISH)

    def url(file: str) -> str:
        return address.url(tree.url(file))

    html = render_template(
        "page.html",
        base=address.url(tree.base),
        prefix=address.url(""),
        language=language,
        protocol=version.PROTOCOL,
        theme=theme if theme in THEMES else "system",
        theme_cookie=theme_cookie,
        texts=tree.catalogues[language],
        entry=url(ENTRY),
        sheet=url(static_tree.SHEET),
        preload=[url(path) for path in [f"strings/{language}.js", *tree.graph([ENTRY, *modules])]],
        boot={**data, "modules": [url(path) for path in modules],
              "now": round(node.now(), 3)},
    )
    return make_response(html)
