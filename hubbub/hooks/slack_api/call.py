"""A call of a method: who calls, the arguments, and the methods by name."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec

from hubbub import limits
from hubbub.core.access import Visitor
from hubbub.hooks.slack_api.problems import Problem

IS_ON = {"1": True, "true": True, "0": False, "false": False, "": False}
WHOLE = re.compile(r"[0-9]{1,12}")
PAGE, MOST = 100, 200


class Arguments:
    """The arguments of a call, which come as JSON, or as text in a form or a query."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.all = found

    def text(self, *names: str, default: str = "") -> str:
        """Return the first of these arguments that is given, as text; refuse lists and objects."""
        for name in names:
            value = self.all.get(name)
            if isinstance(value, bool) or not isinstance(value, str | int | float | None):
                raise Problem("invalid_arguments")
            if value is not None and value != "":
                return str(value)
        return default

    def needed(self, *names: str) -> str:
        """Return the same; refuse if none is given."""
        found = self.text(*names)
        if not found:
            raise Problem("invalid_arguments")
        return found

    def is_on(self, name: str) -> bool:
        """Return whether a switch is on; it is off by default."""
        value = self.all.get(name)
        found = value if isinstance(value, bool) else IS_ON.get(self.text(name).lower())
        if found is None:
            raise Problem("invalid_arguments")
        return found

    def limit(self) -> int:
        """Return how many items are wanted, at most as many as a page has."""
        text = self.text("limit", "count", default=str(PAGE))
        if not WHOLE.fullmatch(text):
            raise Problem("invalid_arguments")
        return min(int(text) or PAGE, MOST)

    def after(self) -> int:
        """Return the number in the cursor of the page before this one; 0 for the first page."""
        text = self.text("cursor", default="0")
        if not WHOLE.fullmatch(text):
            raise Problem("invalid_cursor")
        return int(text)

    def list(self, name: str) -> list[str]:
        """Return an argument that is a list of texts, or a text with commas."""
        value = self.all.get(name) or ""
        found = value if isinstance(value, list) else self.text(name).split(",")
        if not all(isinstance(one, str) for one in found):
            raise Problem("invalid_arguments")
        return [one.strip() for one in found if one.strip()]

    def decoded(self, name: str) -> Any:
        """Return an argument of lists and objects, which a form has as JSON."""
        value = self.all.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise Problem("invalid_arguments") from None


class Call(NamedTuple):
    """A call of a method by a person: `here` are the people who are online, `server` is this server's address."""

    visitor: Visitor
    arguments: Arguments
    rate: limits.Class
    network: str = ""
    server: str = ""
    here: Callable[[], tuple[int, ...]] = tuple
    body: Any = None  # an uploaded file

    @property
    def person(self) -> int:
        """The person who calls."""
        return self.visitor.person

    def charge(self, channel: str) -> AbstractContextManager[None]:
        """Count the call for a room, once the person may write there."""
        return limits.charge_room(self.rate, channel, self.network)


class Method(NamedTuple):
    """A method: what it does, the scope that its token needs, and its rate limit."""

    run: Callable[[Call], dict[str, Any]]
    scope: str
    rate: limits.Class


METHODS: dict[str, Method] = {}


def method(name: str, scope: str = "read", rate: limits.Class | None = None) -> Callable[
        [Callable[[Call], dict[str, Any]]], Callable[[Call], dict[str, Any]]]:
    """Register a method under its name in Slack's API."""

    def register(run: Callable[[Call], dict[str, Any]]) -> Callable[[Call], dict[str, Any]]:
        METHODS[name] = Method(run, scope, rate or limits.USUAL[scope])
        return run

    return register


def page(next_cursor: int) -> dict[str, Any]:
    """Return the part of an answer that leads to the next page; 0 if there is none."""
    return {"response_metadata": {"next_cursor": str(next_cursor) if next_cursor else ""}}
