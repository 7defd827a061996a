"""HTTP operations: a handler's signature is the schema of the request, and its return type that of the response.

Parameters named in the rule come from the path; the others from the query of a GET, else from a JSON body.  A parameter
`body: bytes` is the raw body, and the others then come from the query.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, get_type_hints

import msgspec
from flask import Blueprint, Response, request

from hubbub import limits
from hubbub.core.access import Refused, Visitor
from hubbub.web import boot, client, schema

Handler = Callable[..., Any]


class Operation(NamedTuple):
    """One declared route, from which the documentation and the tests are generated."""

    method: str
    rule: str
    scope: str
    rate: limits.Class
    status: int
    handler: Handler
    path: type[msgspec.Struct]
    fields: type[msgspec.Struct]
    raw: bool
    answer: Any

    @property
    def lax(self) -> bool:
        """Return whether the fields come from the query, where a number is text."""
        return self.raw or self.method == "GET"


operations: dict[tuple[str, str], Operation] = {}


def route(blueprint: Blueprint, method: str, rule: str, *, scope: str = "", status: int = 200,
          rate: limits.Class | None = None, returns: Any = None) -> Callable[[Handler], Handler]:
    """Register the handler of a route; its first argument is the visitor.

    `scope` is the scope that a token needs (read for GET, else write); "anyone" lets strangers in, as None.
    `rate` is the rate limit; the default depends on the scope.
    `returns` describes what a handler that returns a Response sends: the type of the JSON, a media type in text
    ("text/event-stream"), or bytes.
    """
    needed = scope or ("read" if method == "GET" else "write")

    def register(handler: Handler) -> Handler:
        operation = _operation(method, rule, needed, rate or limits.USUAL[needed], status, handler, returns)
        operations[method, rule] = operation
        endpoint = f"{handler.__name__}_{method.lower()}"
        view = lambda **path: _answer(operation, path)  # noqa: E731
        view.__doc__ = handler.__doc__
        blueprint.add_url_rule(rule, endpoint, view, methods=[method])
        return handler

    return register


def _operation(method: str, rule: str, scope: str, rate: limits.Class, status: int, handler: Handler,
               returns: Any) -> Operation:
    names = set(re.findall(r"<(?:\w+:)?(\w+)>", rule))
    hints = get_type_hints(handler, include_extras=True)
    raw = hints.get("body") is bytes
    path = schema.of(f"{handler.__name__}_path", handler, given=1, only=names)
    fields = schema.of(handler.__name__, handler, given=1, without=names | ({"body"} if raw else set()))
    return Operation(method, rule, scope, rate, status, handler, path, fields, raw, returns or hints["return"])


def _answer(operation: Operation, path: dict[str, Any]) -> Response:
    visitor = boot.identify(request.environ)
    network = client.network(request.environ)
    limits.take(operation.rate, visitor.person if visitor else None, network)
    admit(visitor, operation.scope)
    arguments = schema.parse(operation.path, path, lax=True)
    if operation.lax:
        arguments |= schema.parse(operation.fields, request.args.to_dict(), lax=True)
    else:
        arguments |= _body(operation)
    if operation.raw:
        arguments["body"] = request.get_data()
    with limits.charge_room(operation.rate, arguments.get("channel"), network):
        answer = operation.handler(visitor, **arguments)
    if isinstance(answer, Response):
        return answer
    return Response(msgspec.json.encode(answer), operation.status, mimetype="application/json")


def _body(operation: Operation) -> dict[str, Any]:
    if not request.get_data() and not operation.fields.__struct_fields__:
        return {}
    return schema.body(operation.fields, request.get_data(), request.content_type or "")


def admit(visitor: Visitor | None, scope: str) -> None:
    """Refuse a stranger, and a token without the needed scope."""
    if scope == "anyone":
        return
    if visitor is None:
        raise Refused("error.not_signed_in", "sign_in")
    if not visitor.may(scope):
        raise Refused("error.scope_needed", "denied", scope=scope)
