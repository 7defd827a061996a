"""The routes of ntfy's clients, as the OpenAPI document has them."""

from typing import Any

from hubbub.web import openapi

Part = dict[str, Any]

TEXT: Part = {"schema": {"type": "string"}}
MESSAGE: Part = {"type": "object", "required": ["id", "time", "event", "topic"], "properties": {
    "id": {"type": "string"}, "time": {"type": "integer"}, "expires": {"type": "integer"},
    "event": {"enum": ["open", "keepalive", "message", "message_delete", "message_clear"]}, "topic": {"type": "string"},
    "message": {"type": "string"}, "title": {"type": "string"}, "sequence_id": {"type": "string"},
    "priority": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}}}
ERROR: Part = {"type": "object", "required": ["code", "http", "error"], "properties": {
    "code": {"type": "integer"}, "http": {"type": "integer"}, "error": {"type": "string"}}}
REFUSED: Part = {"description": "The request was refused: ntfy's error, with its code.",
                 "content": {"application/json": {"schema": ERROR}}}
PUBLISHED: Part = {"description": "The notification, in ntfy's shape.",
                   "content": {"application/json": {"schema": MESSAGE}}}
QUERY = {
    "title": "A title.", "message": "The text, where the body is empty or a file.", "priority": "1 to 5, or a name.",
    "tags": "Words or names of emoji, with commas between them.", "click": "The address that a click opens.",
    "icon": "The address of a picture.", "actions": "Buttons, in ntfy's short form or as JSON.",
    "attach": "The address of a file.", "filename": "The name of the file that the body is.",
    "delay": "A duration or a time.", "markdown": "Whether the text is Markdown.", "auth": "The token, as in ntfy.",
    "sequence-id": "The same one changes the notification.", "notify": "1: a change notifies again.",
    "create": "0: refuse a name that nothing has, instead of creating a topic.",
    "acknowledge": "1: it is urgent and rings until somebody acknowledges it.",
}
FORMATS = {"json": "application/x-ndjson", "sse": "text/event-stream", "raw": "text/plain", "ws": "application/json"}
FILTERS = {
    "since": "all, latest, a duration, a Unix time or the id of a message.", "poll": "1: end after what is there.",
    "scheduled": "1: also what is still to be published.", "id": "Only this message.",
    "message": "Only with this text.", "title": "Only with this title.", "priority": "Only with one of these.",
    "tags": "Only with all of these.", "auth": "The token, as in ntfy.",
}
BODY: Part = {"content": {"text/plain": TEXT, "application/octet-stream": {"schema": {}}}}


def _query(*names: str) -> list[Part]:
    return [{"name": name, "in": "query", "description": QUERY[name], "schema": {"type": "string"}} for name in names]


def _operation(id: str, summary: str, path: list[str], scope: str = "write", **more: Any) -> Part:
    where = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in path]
    return {"operationId": id, "summary": summary, "description": f"{summary}; see docs/integrations.md.",
            "tags": ["publishing"], "x-scope": scope, "security": [{"bearer": []}],
            "responses": {"200": PUBLISHED, "default": REFUSED}, **more,
            "parameters": [*where, *more.get("parameters", [])]}


def _methods(id: str, summary: str, path: list[str], *methods: str, **more: Any) -> dict[str, Part]:
    return {method: _operation(f"{method}_{id}", summary, path, **more) for method in methods}


def _stream(how: str, kind: str) -> Part:
    filters = [{"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
               for name, text in FILTERS.items()]
    sent = {"description": "Messages in ntfy's shape, then each as it is published.",
            "content": {kind: {"schema": {"type": "string"}}}}
    return _operation(f"get_ntfy_{how}", "Follow topics, with commas between them", ["topic"], "read",
                      parameters=filters, responses={"101" if how == "ws" else "200": sent, "default": REFUSED})


openapi.foreign |= {
    "/notify": _methods("ntfy_json", "Publish a notification of ntfy's JSON", [], "post", "put", requestBody={
        "required": True, "content": {"application/json": {"schema": {
            "type": "object", "required": ["topic"], "properties": {"topic": {"type": "string"}}}}}}),
    "/notify/{topic}": _methods("ntfy", "Publish a notification", ["topic"], "post", "put",
                                parameters=_query(*QUERY), requestBody=BODY),
    "/notify/{topic}/{sequence}": {
        **_methods("ntfy_sequence", "Publish or change the notification of a sequence", ["topic", "sequence"], "post",
                   "put", parameters=_query(*QUERY), requestBody=BODY),
        **_methods("ntfy_sequence", "Withdraw a notification", ["topic", "sequence"], "delete",
                   parameters=_query("auth"))},
    **{f"/notify/{{topic}}/{{sequence}}/{how}": _methods(
        f"ntfy_{how}", "Mark a notification as read for everybody", ["topic", "sequence"], "post", "put",
        parameters=_query("auth")) for how in ("clear", "read")},
    **{f"/notify/{{topic}}/{how}": {"get": _stream(how, kind)} for how, kind in FORMATS.items()},
    "/notify/{topic}/auth": _methods("ntfy_auth", "Check that topics may be read", ["topic"], "get", scope="read",
                                     parameters=_query("auth"), responses={"200": {
                                         "description": "They may.", "content": {"application/json": {
                                             "schema": {"type": "object"}}}}, "default": REFUSED}),
    "/notify/v1/health": {"get": {
        **_operation("get_ntfy_health", "Tell clients that this server is here", [], "anyone"), "security": [{}]}},
    **{f"/notify/{{topic}}/{how}": _methods(f"ntfy_{how}", "Publish the parameters of an address", ["topic"], "get",
                                            parameters=_query(*QUERY)) for how in ("publish", "send", "trigger")},
}
