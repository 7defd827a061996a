"""docs/protocol.md, written from the handlers' signatures, so that it cannot be wrong about them."""

import inspect
from typing import Any

import msgspec
from flask import Flask
from msgspec import inspect as types

from hubbub import limits, live, slices
from hubbub.live import connection_limits, subscriptions
from hubbub.web import api, errors

HEAD = """# Protocol

Written by `bin/docs` from the code; a test compares.

A client of the product connects with any Socket.IO v4/v5 client to namespace `/live`, with `auth: {"token": …}`
(or, from a page of the same origin, the cookie). It sends events with one object and an acknowledgement, which is
`{"ok": value}` or `{"error": words, "code": short}`. An acknowledgement of something written comes after it is
committed to disk; events of one connection are handled in order, and one that waits for its commit does not hold up
the next. At most 64 may wait.

## Channels and entries
A channel is `kind:name`: the Lobby is `room:1`, names of people are told in `people:all`. Its entries are numbered
1, 2, 3 … without holes, and have one shape everywhere (pushed, over HTTP, stored): `{"channel", "seq", "n", "kind",
"author", "at", "key", "data"}`; `at` is UTC seconds, `n` counts what is unread to others, `key` is the sender's own
and is unique for its author in that channel: what is sent again under the same key is not kept again, and is
answered like the first. Keys that begin with `!` are the server's, no client can send one. An entry is pushed as an
event named by its kind.

A cursor is `[seq, key]` of the last entry a client has; `[0, ""]` is the beginning. What comes after it is sent
first, by the same events, in order, once; then every new entry. A client drops what it has, and resumes a channel
with a hole.
"""

SIGNALS = """
A signal is sent and never stored; it is pushed as an event named by its kind, `{"channel", "data"}`.
"""

OTHER = """
| other event | payload |
| --- | --- |
| `latest` | `{"version", "values": {symbol: {"value", "at", "open", "high", "low"}}}`: see below |
| `heads` | `{"heads": {channel: seq}}`: each 20 s, of what one reads and moved lately; who has less resumes it |
| `bye` | `{"after": seconds}`: this process ends and closes the connection; come back after so long |
| `updated` | `{}`: the page's static files (`auth: {"assets": …}`) are not this server's: offer to reload |
| `reset` | a window (below): the cursor was too far behind (1,000 entries) or of another history |

A page also sends in `auth` the `protocol` that it was loaded with. The server refuses the connection of a page with
another one (`outdated`): it sends nothing, so nothing is refused for good; it keeps its outbox, and the page that is
loaded next brings the messages in it up to date and sends them. Other clients need not send either.

## Latest values
Symbols are no logs: only the newest value of each counts. `watch` answers how they are; what changes comes as `latest`,
with the newest value of each, not oftener than the rate. One frame is on its way at a time: say `took` with its version
(no acknowledgement is needed), and the next may come; who does not say so gets one every five seconds.

## Windows
A window is how a channel looks now: `{"channel", "items", "people", "as_of"}`, items oldest first, true at cursor
`as_of`.
"""

LIMITS = f"""
## How often
Each class allows so many events a second, and so many at once after a quiet time: per person over all connections, or
per address where the person is unknown. All people behind one address (IPv6: a /64) may send {limits.PER_ADDRESS} times
as much together, and all people in one channel {limits.PER_ROOM} times as many of `post` and `stream`. Beyond that the
answer is `too_fast` with `retry_after`; a connection that ignores this again and again is closed. A page counts as
`heavy`, an event on the tutorial's namespace as `post`. One address may send {limits.REQUEST.per_second} requests
a second ({limits.REQUEST.burst} at once) and
{limits.CONNECT.per_second} handshakes and CONNECTs ({limits.CONNECT.burst}).
A person may have {connection_limits.PER_PERSON} connections open, the guests of one address
{connection_limits.PER_ADDRESS}; one connection may read {subscriptions.CHANNELS} channels.

| class | a second | at once | |
| --- | --- | --- | --- |
"""

CODES = """
## Codes of refusals
| code | over HTTP | when |
| --- | --- | --- |
"""

MEANING = {
    "bad_input": "what was sent does not fit; the words name the field",
    "sign_in": "say who you are first",
    "denied": "you may see this, but not do that",
    "absent": "there is no such thing, or none that you may see",
    "taken": "somebody or something else has it, or it is so already",
    "too_large": "it is over a limit, which the words name",
    "too_fast": "too often; `retry_after` (over HTTP also `Retry-After`) says in how many seconds again",
    "busy": "not now; try again, after `retry_after` seconds where it is given",
    "not_kept": "it may not be written, and nobody heard of it; try again under the same key",
    "outdated": "the page is of a version that this server does not understand: reload it (at connect only)",
}

TUTORIAL = """
## The tutorial's namespace
On `/`, for any Socket.IO client: a `message` by `send()` welcomes whoever connects; `message` (one text) is heard by
everyone as plain text, and acknowledged with the seq it has in the Lobby; `custom_event` is answered with
`custom_response` `{"data", "online", "at"}`; what cannot be done is answered with `refused` `{"error", "code"}` and the
same as acknowledgement. A guest exists as a person from the first message on.
"""


def page(app: Flask) -> str:
    """The whole page."""
    kinds = _kinds("entry") + SIGNALS + _kinds("signal") + OTHER
    return HEAD + kinds + _events() + TUTORIAL + _routes(app) + _limits() + _codes()


def _kinds(title: str) -> str:
    """What the slices declare, one row for each kind or for several of the same shape."""
    rows = [f"| {', '.join(f'`{kind}`' for kind in kinds.split())} | `{channel}` | {data} |"
            for slice in slices.installed
            for kinds, (channel, data) in (slice.entries if title == "entry" else slice.signals).items()]
    return "\n".join(["", f"| {title} | channel | data |", "| --- | --- | --- |", *rows, ""])


def _events() -> str:
    rows = [f"| `{event}` | {_fields(schema)} | {_answer(handler)} | {_summary(handler)} |"
            for event, (handler, schema, _) in sorted(live.registry.handlers.items())]
    head = ["", "## Events a client sends", "| event | payload | ok | |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _fields(schema: type[msgspec.Struct]) -> str:
    found = [f"{field.name}{'' if field.required else '?'}: {_type(field.type)}"
             for field in types.type_info(schema).fields]  # type: ignore[attr-defined]
    return f"`{{{', '.join(found)}}}`"


def _type(said: types.Type) -> str:
    if isinstance(said, types.StrType):
        return f"text{f' ≤ {said.max_length}' if said.max_length else ''}"
    if isinstance(said, types.ListType):
        return f"[{_type(said.item_type)}]{f' ≤ {said.max_length}' if said.max_length else ''}"
    if isinstance(said, types.TupleType):
        return f"[{', '.join(map(_type, said.item_types))}]"
    if isinstance(said, types.DictType):
        return f"{{{_type(said.key_type)}: {_type(said.value_type)}}}"
    if isinstance(said, types.UnionType):
        return " or ".join(map(_type, said.types))
    if isinstance(said, types.StructType):
        return f"{{{', '.join(field.name for field in said.fields)}}}"
    return {types.IntType: "integer", types.NoneType: "null"}.get(type(said), "value")


def _answer(handler: Any) -> str:
    said = inspect.signature(handler).return_annotation
    return f"`{_type(types.type_info(said))}`"


def _routes(app: Flask) -> str:
    rows = [f"| `{method} {rule.rule}` | {_summary(app.view_functions[rule.endpoint])} |"
            for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})]
    head = ["", "## HTTP", "What each takes and answers: `/api/openapi.json`; examples: [http.md](http.md). Errors are "
            "`{\"error\": words, \"code\": short}`.", "", "| route | |", "| --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _limits() -> str:
    """What one person may do how often, with the events and routes of each class but the usual two."""
    def declared(rate: limits.Class) -> str:
        found = [f"`{event}`" for event, said in sorted(live.registry.rates.items()) if said is rate]
        found += [f"`{method} {rule}`" for (method, rule), said in api.operations.items() if said.rate is rate]
        usual = {limits.READ: "what only reads, unless it stands below", limits.WRITE: "what else changes something"}
        return usual.get(rate) or ", ".join(found)

    rows = [f"| {rate.name} | {rate.per_second} | {rate.burst} | {declared(rate)} |" for rate in limits.CLASSES]
    return LIMITS + "\n".join([*rows, ""])


def _codes() -> str:
    return CODES + "".join(f"| `{code}` | {errors.STATUS[code]} | {MEANING[code]} |\n" for code in errors.STATUS)


def _summary(handler: Any) -> str:
    return " ".join((inspect.getdoc(handler) or "").split())
