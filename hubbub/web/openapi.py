"""The OpenAPI 3.1 document of everything under /api, generated from the operations' signatures, types and docstrings.

It contains only what is in the code, and nothing about this server or its people, so anyone may read it.
"""

import inspect
import re
from typing import Any

import msgspec
from flask import Response
from msgspec import NODEFAULT

from hubbub import __version__, slices
from hubbub.core import node
from hubbub.core.access import SCOPES, Visitor
from hubbub.web import api, credentials, errors
from hubbub.web.address import url
from hubbub.web.api import Operation

ABOUT = """Everything a person can do in Hubbub, for scripts. Send a token as `Authorization: Bearer …`; each operation
names the scope that it needs as `x-scope`. A write that is repeated with the same `key` (idempotency key) returns the
first result. The real-time API is Socket.IO: see docs/protocol.md; there are examples in docs/http.md."""

REFUSED = {
    "description": "The request was refused: a message for people, its id, and a code for programs.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}},
}

Part = dict[str, Any]


foreign: dict[str, Part] = {}  # by path: routes that speak other programs' formats, which `api.route` cannot declare


def _build() -> Part:
    """Return the document, when everything is declared."""
    operations = [api.operations[at] for at in sorted(api.operations, key=lambda at: (at[1], at[0]))]
    wanted = [kind for operation in operations for kind in _types(operation)]
    found, schemas = msgspec.json.schema_components(wanted, ref_template="#/components/schemas/{name}")
    types = iter(found)
    paths: dict[str, Part] = {}
    for operation in operations:
        known = [next(types) for _ in _types(operation)]
        paths.setdefault(address(operation.rule), {})[operation.method.lower()] = _operation(operation, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hubbub", "version": __version__, "description": " ".join(ABOUT.split())},
        "servers": [{"url": url("") or "/"}],
        "paths": dict(sorted((paths | foreign).items())),
        "components": {"schemas": schemas | {"Refused": _refused()}, "responses": {"Refused": REFUSED},
                       "securitySchemes": _security()},
    }


document = node.state(_build)


def show(visitor: Visitor | None) -> dict[str, Any]:
    """Return this document: all operations with their parameters, bodies and responses."""
    return document()


def address(rule: str) -> str:
    """Return the path of a route in OpenAPI's notation."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _types(operation: Operation) -> list[Any]:
    fields = [*msgspec.structs.fields(operation.path), *msgspec.structs.fields(operation.fields)]
    is_json = operation.answer is not Response and not isinstance(operation.answer, str)
    return [*(field.type for field in fields), *([operation.answer] if is_json else [])]


def _operation(operation: Operation, known: list[Part]) -> Part:
    doc = inspect.getdoc(operation.handler) or ""
    in_path, others = (msgspec.structs.fields(one) for one in (operation.path, operation.fields))
    types = iter(known)
    parameters = [_parameter(field, next(types), "path") for field in in_path]
    fields = [(field, next(types)) for field in others]
    found: Part = {
        "operationId": _name(operation),
        "summary": doc.split("\n")[0].rstrip("."),
        "description": " ".join(doc.split()),
        "tags": [_tag(operation)],
        "x-scope": operation.scope,
        "security": _needed(operation.scope),
        "responses": {str(operation.status): _answer(operation, list(types)),
                      "default": {"$ref": "#/components/responses/Refused"}},
    }
    if operation.lax:
        parameters += [_parameter(field, schema, "query") for field, schema in fields]
    elif fields:
        found["requestBody"] = _body(fields)
    if operation.raw:
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": {}}}}
    return {**found, "parameters": parameters} if parameters else found


def _name(operation: Operation) -> str:
    parts = re.findall(r"\w+", re.sub(r"<\w+:", "<", operation.rule.removeprefix("/api")))
    return "_".join([operation.method.lower(), *parts])


def _tag(operation: Operation) -> str:
    module = operation.handler.__module__
    return next((slice.name for slice in slices.installed if module.startswith(slice.package)), "channels")


def _parameter(field: Any, schema: Part, where: str) -> Part:
    return {"name": field.name, "in": where, "required": field.required, "schema": _with_default(field, schema)}


def _with_default(field: Any, schema: Part) -> Part:
    return schema if field.default in (NODEFAULT, None) or "$ref" in schema else {**schema, "default": field.default}


def _body(fields: list[tuple[Any, Part]]) -> Part:
    schema: Part = {
        "type": "object",
        "properties": {field.name: _with_default(field, schema) for field, schema in fields},
        "additionalProperties": False,
    }
    if required := [field.name for field, _ in fields if field.required]:
        schema["required"] = required
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _answer(operation: Operation, schemas: list[Part]) -> Part:
    found: Part = {"description": "Done." if operation.method != "GET" else "The result."}
    if isinstance(operation.answer, str):
        found["content"] = {operation.answer: {"schema": {"type": "string"}}}
    elif operation.answer is bytes:
        found["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    elif schemas and operation.status != 204:
        found["content"] = {"application/json": {"schema": schemas[0]}}
    return found


def _needed(scope: str) -> list[dict[str, list[str]]]:
    named: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
    return [{}, *named] if scope == "anyone" else named


def _security() -> Part:
    return {
        "bearer": {"type": "http", "scheme": "bearer",
                   "description": f"A token; its scope is one of {', '.join(SCOPES)}, each includes those before it."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": credentials.cookie_name({}),
                   "description": "A browser's sign-in; only for requests from this server's own pages.  Over HTTPS, "
                                  "the name begins with __Host-."},
    }


def _refused() -> Part:
    return {
        "type": "object",
        "required": ["error", "code", "id"],
        "properties": {
            "error": {"type": "string", "description": "The message in English."},
            "code": {"enum": [*errors.STATUS, "refused", "broken"]},
            "id": {"type": "string", "description": "The id of the message, which begins with `error.`."},
            "params": {"type": "object", "additionalProperties": {"type": ["string", "integer"]},
                       "description": "The values in the message: texts and numbers."},
            "retry_after": {"type": "number", "description": "Seconds after which the same request may succeed."},
        },
    }
