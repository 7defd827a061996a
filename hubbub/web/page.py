"""The page: its stylesheets, its modules, and its first data, so that the first paint shows content."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from hubbub import limits, slices
from hubbub.core import node, strings
from hubbub.core.access import Refused
from hubbub.web import address, boot, client, credentials, static_tree, version

OFFLINE = [f"web/static/{name}.js" for name in ("offline-start", "open-menu", "kept", "kept-notice", "touch")]
LOADED = ["web/static/vendor/socketio.js", "web/static/vendor/icons.svg"]
THEMES = {"light", "dark"}


def browser_language() -> str:
    """Return the language that the sender of this request prefers of those that Hubbub speaks.

    Unlike Werkzeug's `best_match`, it takes German for `de-AT,en`.
    """
    known = {language.lower(): language for language in static_tree.tree().languages}
    wanted = [tag.lower() for tag, quality in request.accept_languages if quality > 0]
    found = (known[name] for tag in wanted for name in (tag, tag.partition("-")[0]) if name in known)
    return next(found, strings.ENGLISH)


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


def show_offline() -> ResponseReturnValue:
    """Return the page without data, which the service worker shows while the server cannot be reached; the same for
    everyone."""
    tree = static_tree.tree()
    views = [f"{slice.name}/static/{name}" for slice in slices.installed for name in slice.offline]
    words = [f"strings/{language}{part}.js" for language in tree.languages for part in ("", "-later")]
    modules = tree.graph([static_tree.ENTRY, *_modules(), *views, *OFFLINE])
    files = [*words, *modules, *LOADED, static_tree.SHEET]
    return _render({"workspace": boot.compose(None)["workspace"]}, offline=" ".join(map(_url, dict.fromkeys(files))))


def _modules() -> list[str]:
    """Return the modules of slices that the page's bundle does not run."""
    pages = [f"{slice.name}/static/{slice.page}" for slice in slices.installed if slice.page]
    return [path for path in pages if path not in static_tree.tree().bundled]


def _render(data: dict[str, object], offline: str = "") -> Response:
    """Render the page with its data; `offline` are the files of a page without it."""
    tree = static_tree.tree()
    look = _look(data)
    html = render_template(
        "page.html",
        **look,
        prefix=address.url(""),
        protocol=version.PROTOCOL,
        theme_cookie=_theme_cookie(),
        **_named(data),
        manifest=address.url("/manifest.json"),
        touch_icon=_touch_icon(data),
        entry=_url(OFFLINE[0] if offline else static_tree.ENTRY),
        offline=offline,
        strings=_url(f"strings/{look['language']}.js"),
        first_sheet=_url(static_tree.FIRST_SHEET),
        has_frame=not _is_bare(),
        preload=[_url(path) for path in tree.graph([static_tree.ENTRY, *_modules()])],
        boot={**data, "modules": [_url(path) for path in _modules()], "now": 0 if offline else round(node.now(), 3)},
    )
    return make_response(html)


def _is_bare() -> bool:
    """Return whether the view of this address has no sidebar and top bar."""
    return request.url_rule is not None and any(request.url_rule.rule in slice.bare for slice in slices.installed)


def _look(data: dict[str, object]) -> dict[str, object]:
    """Return what every page has in its head, for the reader's language and preferences."""
    tree = static_tree.tree()
    theme = request.cookies.get(_theme_cookie()) or request.cookies.get("theme")  # the old name
    chosen = _chosen(data)
    language = chosen["language"] if chosen.get("language") in tree.languages else browser_language()
    return {"base": address.url(tree.base), "language": language,
            "direction": strings.direction(language),
            "look": {"theme": theme if theme in THEMES else "system", **chosen},
            "texts": tree.catalogues[language]}


def _chosen(data: dict[str, object]) -> dict[str, str]:
    """Return the reader's preferences, which the page has as `data-` attributes at the first paint."""
    preferences: Any = data.get("preferences", {})
    return {name: value for name, (value, _) in preferences.items()}


def _named(data: dict[str, object]) -> dict[str, str]:
    """Return the server's name and the address of its icon; Hubbub's own if the data has none."""
    workspace: Any = data.get("workspace", {"name": "Hubbub", "icon": ""})
    icon = address.url(workspace["icon"]) if workspace["icon"] else _url("web/static/icon.svg")
    return {"name": workspace["name"], "icon": icon}


def _touch_icon(data: dict[str, object]) -> str:
    """Return the address of the icon for home screens: opaque, since iOS shows transparency as black."""
    icon = _named(data)["icon"]
    return _url("web/static/icon-180.png") if icon.endswith(".svg") else icon


def _theme_cookie() -> str:
    return f"theme-{credentials.instance()}"


def _url(file: str) -> str:
    return address.url(static_tree.tree().url(file))
