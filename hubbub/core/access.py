"""Access rules of channels: each slice registers the rule of its kind of channel; a denial raises `Refused`."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from hubbub.core import strings


class Refused(Exception):
    """The one exception that callers see: the id of a string for the person, and a short code for programs.

    The string is in a catalogue (see `strings`), and `params` are its parameters: texts and numbers.
    `retry_after` is in how many seconds the same call may succeed, where waiting helps.
    """

    def __init__(self, id: str, code: str = "refused", /, *, retry_after: float | None = None,
                 **params: str | int) -> None:
        self.message = strings.english(id, **params)
        super().__init__(self.message)
        self.id = id
        self.code = code
        self.params = params
        self.retry_after = retry_after

    @property
    def payload(self) -> dict[str, Any]:
        """The shape of a refusal in every transport."""
        wait = {} if self.retry_after is None else {"retry_after": round(self.retry_after, 3)}
        params = {"params": self.params} if self.params else {}
        return {"error": self.message, "code": self.code, "id": self.id, **params, **wait}


SCOPES = ("read", "write", "admin")  # each includes the ones before it


class Visitor(NamedTuple):
    """The sender of a request or owner of a connection, with the id, scope and expiry of the sign-in or token.

    A guest is a person without an account: someone who joined with an invite as a guest has one.  Guests may be allowed
    from everywhere, from this machine ("here"), or from nowhere.  The requests of an audited one are in the audit log.
    """

    person: int
    sign_in: str
    scope: str
    is_guest: bool = False
    until: float | None = None
    allowed_from: str = "everywhere"
    is_audited: bool = False

    def may(self, scope: str) -> bool:
        """Return whether the sign-in or token includes `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Reads(Protocol):
    """Where a rule may read: a transaction, a snapshot, or the module `db` itself for a single read."""

    def execute(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]: ...


Rule = Callable[[Reads, int, str, str], bool]
RuleForMany = Callable[[Reads, int, list[str], str], list[str]]
RuleForReaders = Callable[[Reads, list[int], str], list[int]]
_rules: dict[str, Rule] = {}
_rules_for_many: dict[str, RuleForMany] = {}
_rules_for_readers: dict[str, RuleForReaders] = {}


def rule(kind: str) -> Callable[[Rule], Rule]:
    """Register the rule that answers "may this person do `verb` in channel kind:name now?"."""

    def register(answer: Rule) -> Rule:
        _rules[kind] = answer
        return answer

    return register


def rule_for_many(kind: str) -> Callable[[RuleForMany], RuleForMany]:
    """Register a rule for many channels of a kind in one query, which returns the names that it allows."""

    def register(answer: RuleForMany) -> RuleForMany:
        _rules_for_many[kind] = answer
        return answer

    return register


def rule_for_readers(kind: str) -> Callable[[RuleForReaders], RuleForReaders]:
    """Register a rule for many people and one channel in one query, which returns the people who may read it."""

    def register(answer: RuleForReaders) -> RuleForReaders:
        _rules_for_readers[kind] = answer
        return answer

    return register


on_write: ContextVar[Callable[[str], None] | None] = ContextVar("on_write", default=None)  # see `check`


def allows(reads: Reads, person: int, channel: str, verb: str) -> bool:
    """Return whether `person` may `verb` in `channel` now."""
    kind, _, name = channel.partition(":")
    may = _rules.get(kind)
    return may is not None and may(reads, person, name, verb)


def allowed(reads: Reads, person: int, channels: Iterable[str], verb: str) -> list[str]:
    """Return the channels in which `person` may `verb` now."""
    by_kind: dict[str, list[str]] = {}
    for channel in channels:
        kind, _, name = channel.partition(":")
        by_kind.setdefault(kind, []).append(name)
    return [f"{kind}:{name}" for kind, names in by_kind.items() for name in _allowed(reads, person, kind, names, verb)]


def _allowed(reads: Reads, person: int, kind: str, names: list[str], verb: str) -> list[str]:
    if kind in _rules_for_many:
        return _rules_for_many[kind](reads, person, names, verb)
    return [name for name in names if allows(reads, person, f"{kind}:{name}", verb)]


def readers(reads: Reads, people: Iterable[int], channel: str) -> list[int]:
    """Return those of these people who may read `channel` now, in their order."""
    asked, (kind, _, name) = list(people), channel.partition(":")
    if asked and kind in _rules_for_readers:
        found = {*_rules_for_readers[kind](reads, asked, name)}
        return [person for person in asked if person in found]
    return [person for person in asked if allows(reads, person, channel, "read")]


def check(reads: Reads, person: int, channel: str, verb: str) -> None:
    """Refuse unless `person` may `verb` in `channel` now; a private channel is refused like one that does not exist.

    The callback in `on_write`, if set, is called with the channel when anything beyond reading is allowed.
    """
    decide(lambda wanted: allows(reads, person, channel, wanted), channel, verb, on_write.get())


def decide(may: Callable[[str], bool], channel: str, verb: str, call: Callable[[str], None] | None) -> None:
    """Do the same, given `may(verb)`, what the person may do, and the callback for anything beyond reading."""
    if may(verb):
        if verb != "read" and call:
            call(channel)
    elif verb != "read" and may("read"):
        raise Refused("error.not_allowed", "denied")
    else:
        raise not_found()


def not_found() -> Refused:
    """Return the refusal for a channel that does not exist or that the person may not read."""
    return Refused("error.channel_not_found", "not_found")
