"""Feed quotes: a message with `$ACME` stores the value of the symbol at the time it was sent."""

import re
from typing import Any

from hubbub.core import latest
from hubbub.people import handles

SYMBOL = re.compile(r"(?<![\w$])\$([A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)*)(?![\w$])")
MOST = 20  # symbols of one message


def quotes_in(text: str) -> dict[str, Any]:
    """Return the current value and its time of each known symbol that a text names outside of code."""
    if "$" not in text:
        return {}
    named = dict.fromkeys(SYMBOL.findall(handles.prose(text)))
    known = {name: latest.value(name) for name in list(named)[:MOST]}
    return {name: {"value": quote["value"], "at": quote["at"]} for name, quote in known.items() if quote}
