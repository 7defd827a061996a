"""Feed quotes: a message with `$ACME` stores the value of the symbol at the time it was sent."""

import re
from typing import Any

from hubbub.core import latest
from hubbub.people import handles

SYMBOL = re.compile(r"(?<![A-Za-z0-9/&\\])\$([A-Za-z0-9^][A-Za-z0-9._/^=:-]{0,63})(?![A-Za-z0-9$])")
MOST = 20  # symbols of one message


def quotes_in(text: str) -> dict[str, Any]:
    """Return the current value and its time of each known symbol that a text names outside of code."""
    if "$" not in text:
        return {}
    named = dict.fromkeys(name.rstrip("._/^=:-") for name in SYMBOL.findall(handles.prose(text)))
    known = {name: latest.value(name) for name in list(named)[:MOST]}
    return {name: {"value": quote["value"], "at": quote["at"]} for name, quote in known.items() if quote}
