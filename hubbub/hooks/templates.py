"""Templates: Markdown with `{{ path.of.a.field }}`, for programs that always send JSON in a format unknown to us.

There is nothing else in them, no conditions and no code.  A field that is missing is empty.  Markdown and mentions in a
value have no effect: it is shown as it is.
"""

import re
from typing import Any

import msgspec

from hubbub.core.access import Refused
from hubbub.hooks.message import clean, text_of
from hubbub.hooks.mrkdwn import plain

LIMIT = 4000  # characters
FIELD = re.compile(r"\{\{\s*([^{}\s]{1,200})\s*\}\}")
VALUE = 2000  # characters of a field


def checked(template: str) -> str:
    """Return a template as it is stored; refuse a long one, and braces that are no field."""
    if len(template) > LIMIT:
        raise Refused("error.template_too_long", "too_large", limit=LIMIT)
    rest = FIELD.sub("", template)
    if "{{" in rest or "}}" in rest:
        raise Refused("error.template_invalid", "bad_input", example="{{ alert.title }}")
    return clean(template)


def render(template: str, payload: Any) -> str:
    """Return the Markdown of a payload."""
    return clean(FIELD.sub(lambda field: plain(_value(payload, field[1])), template))


def _value(payload: Any, path: str) -> str:
    found = payload
    for name in path.split("."):
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and re.fullmatch(r"\d{1,6}", name):
            found = found[int(name)] if int(name) < len(found) else None
        else:
            return ""
    if isinstance(found, dict | list):
        return msgspec.json.encode(found).decode()[:VALUE]
    return str(found).lower() if isinstance(found, bool) else text_of(found)[:VALUE]
