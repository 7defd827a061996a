"""The routes that speak other programs' formats, as the OpenAPI document has them."""

from typing import Any

from hubbub.hooks.slack_api import METHODS
from hubbub.web import openapi

Part = dict[str, Any]

TEXT: Part = {"schema": {"type": "string"}}
WORD: Part = {"description": "The request was refused: a word of Slack's, such as `no_text`.",
              "content": {"text/plain": TEXT}}
OK: Part = {"description": "Done.", "content": {"text/html": {"schema": {"const": "ok"}}}}
PAYLOAD: Part = {"required": True, "content": {
    "application/json": {"schema": {"type": "object"}},
    "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"payload": {"type": "string"}}}},
    "text/plain": TEXT}}
SLACKS: Part = {"type": "object", "required": ["ok"],
                "properties": {"ok": {"type": "boolean"}, "error": {"type": "string"}}}
ANSWER: Part = {"description": "An object with `ok`, and with `error` if that is false.",
                "content": {"application/json": {"schema": SLACKS}}}
DISCORDS: Part = {"type": "object", "required": ["message", "code"],
                  "properties": {"message": {"type": "string"}, "code": {"type": "integer"}}}
QUERY = {
    "wait": "Whether the message is returned; else the response is empty, with the status 204.",
    "key": "The message of this key is changed in place.", "notify": "Whether that notifies again.",
    "resolve": "Whether it is the last change.", "withdraw": "Whether the message is deleted.",
    "thread": "The key of the message to answer.", "channel": "The name of another public room.",
    "feed": "The symbol of which the body is the value.", "title": "A title above a plain body.",
    "priority": "1 to 5, or a name of ntfy's.", "tags": "Words or names of emoji, with commas between them.",
    "click": "The address of the title.", "actions": "Addresses to open, as ntfy has them.",
    "attach": "The address of a file.", "markdown": "Whether a plain body is Markdown.",
}


OWN_QUERY = [name for name in QUERY if name != "wait"]


def _operation(id: str, summary: str, where: list[str], answer: Part, refusal: Part, **more: Any) -> Part:
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in where]
    return {"operationId": id, "summary": summary, "description": f"{summary}; see docs/integrations.md.",
            "tags": ["hooks"], "x-scope": "anyone", "security": [{}],
            "responses": {"200": answer, "default": refusal}, **more,
            "parameters": [*path, *more.get("parameters", [])]}


def _query(*names: str) -> list[Part]:
    return [{"name": name, "in": "query", "description": QUERY[name], "schema": {"type": "string"}} for name in names]


def _slack(id: str, **more: Any) -> Part:
    found = _operation(id, "Call a method of Slack's Web API", ["name"], ANSWER, ANSWER, **more)
    found["parameters"][0]["schema"] = {"enum": sorted(METHODS)}
    return {**found, "x-scope": "read", "security": [{"bearer": []}]}


openapi.foreign |= {
    "/hooks/{secret}": {
        "post": _operation("post_to_webhook", "Post a message as an incoming webhook", ["secret"], OK, WORD,
                           parameters=_query(*OWN_QUERY), requestBody=PAYLOAD),
        "put": _operation("put_to_webhook", "Post a message as an incoming webhook, as ntfy's clients do", ["secret"],
                          OK, WORD, parameters=_query(*OWN_QUERY), requestBody=PAYLOAD),
        "delete": _operation("delete_from_webhook", "Delete the message of a key", ["secret"], OK, WORD,
                             parameters=_query("key", "channel")),
    },
    "/hooks/{secret}/discord": {"post": _operation(
        "post_to_webhook_as_to_discord", "Post a message in Discord's format", ["secret"],
        {"description": "Posted: the message.", "content": {"application/json": {"schema": {"type": "object"}}}},
        {"description": "Refused, with a code of Discord's.", "content": {"application/json": {"schema": DISCORDS}}},
        parameters=_query("wait"), requestBody={"required": True, "content": {
            kind: {"schema": {"type": "object"}} for kind in ("application/json", "multipart/form-data")}})},
    "/hooks/responses/{call}/{secret}": {
        "post": _operation("reply_to_call", "Reply later to a call of an outgoing webhook", ["call", "secret"], OK,
                           WORD, requestBody=PAYLOAD),
    },
    "/api/slack/{name}": {"get": _slack("get_slack_method"), "post": _slack("call_slack_method", requestBody={
        "content": {kind: {"schema": {"type": "object"}} for kind in (
            "application/json", "application/x-www-form-urlencoded", "multipart/form-data")}})},
    "/api/slack/upload/{file}": {
        method: _operation(f"{method}_slack_upload", "Send the bytes of a file", ["file"],
                           {"description": "Received.", "content": {"text/plain": TEXT}}, ANSWER,
                           requestBody={"required": True, "content": {"application/octet-stream": {"schema": {}}}})
        for method in ("post", "put")},
}
