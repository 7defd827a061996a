"""Action buttons of a notification, in ntfy's two forms: `view, Open, https://…; http, Restart, https://…`, or JSON.

A part may be quoted, and named: `label="Yes, do it"`.  Parts without a name are the action, the label and the address.
"""

import re
from typing import Any

import msgspec

MOST = 3  # of one notification
LABEL, URL, BODY, PAIRS = 100, 2000, 4000, 20  # characters, and the most headers or extras
KINDS = ("view", "http", "broadcast")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ADDRESS = re.compile(r"(?:(?:https?|mailto|tel|geo):|/(?![/\\]))[^\s\\]+\Z", re.IGNORECASE)  # or a path of this server
SECTION = re.compile(r"""\s*+(?:([-.\w]+)\s*=\s*)?(?:
    "((?:[^"\\]|\\.)*)"\s*|'((?:[^'\\]|\\.)*)'\s*|(?!["'])([^,;]*))([,;]|\Z)""", re.VERBOSE)
SWITCHES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
PLACES = ("action", "label", "url")


class Invalid(ValueError):
    """Actions that cannot be used; the text says why."""


class Action(msgspec.Struct, omit_defaults=True):
    """One button; `clear` marks the notification as read when the action succeeded."""

    action: str
    label: str
    clear: bool = False
    url: str = ""
    method: str = ""
    headers: dict[str, str] = {}
    body: str = ""
    intent: str = ""
    extras: dict[str, str] = {}


def parse(text: str) -> list[Action]:
    """Return the actions of a text; raise Invalid."""
    found = _of_json(text) if text.lstrip().startswith("[") else _of_short(text)
    if len(found) > MOST:
        raise Invalid(f"only {MOST} actions are allowed")
    return [_checked(one) for one in found]


def _of_json(text: str) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(text, type=list[dict[str, Any]])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise Invalid("they are not a JSON list of objects") from None


def _of_short(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    parts: dict[str, Any] = {}
    place = at = 0
    while at < len(text):
        section = SECTION.match(text, at)
        if section is None:
            raise Invalid(f"a quote is not closed, or something follows it, at character {at + 1}")
        at = section.end()
        quoted = re.sub(r"\\(.)", r"\1", section[2] or section[3] or "")
        value = quoted if section[4] is None else section[4].strip()
        name = (section[1] or (PLACES[place] if place < len(PLACES) else "")).lower()
        if not section[1] and place == 2 and parts.get("action") == "broadcast" or not name:
            raise Invalid(f"nothing is known by the name {value[:40]!r}")
        group, dot, key = name.partition(".")
        if dot:
            parts.setdefault(group, {})[(section[1] or "").partition(".")[2]] = value
        else:
            parts[name] = value
        place += 1
        if section[5] != "," and (len(parts) > 1 or any(parts.values())):
            found.append(parts)
        if section[5] != ",":
            parts, place = {}, 0
    if parts and any(parts.values()):
        found.append(parts)
    return found


def _checked(parts: dict[str, Any]) -> Action:
    clear = parts.get("clear", False)
    if isinstance(clear, str):
        if clear.lower() not in SWITCHES:
            raise Invalid(f"clear is true or false, not {clear[:40]!r}")
        parts = {**parts, "clear": SWITCHES[clear.lower()]}
    known = {name: value for name, value in parts.items() if name != "id" and value is not None}
    try:
        action = msgspec.convert(known, Action)
    except msgspec.ValidationError as problem:
        raise Invalid(str(problem)) from None
    if unknown := known.keys() - set(Action.__struct_fields__):
        raise Invalid(f"the key {min(unknown)[:40]!r} is unknown")
    action.action, action.method = action.action.lower(), action.method.upper()
    _check(action)
    return action


def _check(one: Action) -> None:
    if one.action not in KINDS:
        raise Invalid(f"an action is view, http or broadcast, not {one.action[:40]!r}")
    if not one.label.strip():
        raise Invalid("an action needs a label")
    if one.action == "broadcast":
        one.url = ""  # ntfy ignores it, and a client sends none that is one
    elif not ADDRESS.match(one.url) or one.action == "http" and not one.url.lower().startswith("http"):
        raise Invalid(f"{one.url[:100]!r} is not an address")
    if one.action == "http" and one.method and one.method not in METHODS:
        raise Invalid(f"{one.method[:20]!r} is not a method")
    if one.body and one.method in ("GET", "HEAD"):
        raise Invalid(f"{one.method} has no body")
    if any(size > most for size, most in ((len(one.label), LABEL), (len(one.url), URL), (len(one.body), BODY),
                                          (len(one.headers), PAIRS), (len(one.extras), PAIRS))):
        raise Invalid("an action is too long")
    if any(re.search(r"[^\x21-\x7e]", name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
           for name, value in one.headers.items()):
        raise Invalid("a header is invalid")
