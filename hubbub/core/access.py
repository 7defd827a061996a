"""Who may do what in a channel: each slice answers for its own kind, and a no is a `Refused`."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol


class Refused(Exception):
    """The one exception that callers see: a message for the person, and a short code for programs.

    `retry_after` is in how many seconds the same call may succeed, where waiting helps.
    """

    def __init__(self, message: str, code: str = "refused", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.retry_after = retry_after

    @property
    def payload(self) -> dict[str, str | float]:
        """The shape of a refusal in every transport."""
        wait = {} if self.retry_after is None else {"retry_after": round(self.retry_after, 3)}
        return {"error": self.message, "code": self.code, **wait}


SCOPES = ("read", "write", "admin")  # each is good for what the ones before it are


class Visitor(NamedTuple):
    """Who sent a request or opened a connection, by which sign-in or token, and what that is good for."""

    person: int
    sign_in: str
    scope: str
    is_guest: bool = False

    def may(self, scope: str) -> bool:
        """Whether what they came with is good for `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Reads(Protocol):
    """Where a rule may look: a transaction, a snapshot, or the module `db` itself for a single read."""

    def execute(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]: ...


Rule = Callable[[Reads, int, str, str], bool]
RuleForMany = Callable[[Reads, int, list[str], str], list[str]]
_rules: dict[str, Rule] = {}
_rules_for_many: dict[str, RuleForMany] = {}


def rule(kind: str) -> Callable[[Rule], Rule]:
    """Register a slice's answer to "may this person do `verb` in channel kind:name now?"."""

    def register(answer: Rule) -> Rule:
        _rules[kind] = answer
        return answer

    return register


def rule_for_many(kind: str) -> Callable[[RuleForMany], RuleForMany]:
    """Register the same for many channels of a kind, in one look: those of the names in which the person may."""

    def register(answer: RuleForMany) -> RuleForMany:
        _rules_for_many[kind] = answer
        return answer

    return register


on_write: ContextVar[Callable[[str], None] | None] = ContextVar("on_write", default=None)  # see `check`


def allows(reads: Reads, person: int, channel: str, verb: str) -> bool:
    """Whether `person` may `verb` in `channel` now."""
    kind, _, name = channel.partition(":")
    may = _rules.get(kind)
    return may is not None and may(reads, person, name, verb)


def allowed(reads: Reads, person: int, channels: Iterable[str], verb: str) -> list[str]:
    """Those of these channels in which `person` may `verb` now."""
    named: dict[str, list[str]] = {}
    for channel in channels:
        kind, _, name = channel.partition(":")
        named.setdefault(kind, []).append(name)
    return [f"{kind}:{name}" for kind, names in named.items() for name in _allowed(reads, person, kind, names, verb)]


def _allowed(reads: Reads, person: int, kind: str, names: list[str], verb: str) -> list[str]:
    if kind in _rules_for_many:
        return _rules_for_many[kind](reads, person, names, verb)
    return [name for name in names if allows(reads, person, f"{kind}:{name}", verb)]


def check(reads: Reads, person: int, channel: str, verb: str) -> None:
    """Refuse unless `person` may `verb` in `channel` now; what is private answers exactly like what is absent.

    Whoever set `on_write` is called with the channel where the right to more than reading holds.
    """
    if allows(reads, person, channel, verb):
        if verb != "read" and (call := on_write.get()):
            call(channel)
        return
    if verb != "read" and allows(reads, person, channel, "read"):
        raise Refused(f"you may read here, but not {verb}", "denied")
    raise absent()


def absent() -> Refused:
    """What is answered about a channel that is not there, or that one may not read."""
    return Refused("there is no such channel", "absent")
