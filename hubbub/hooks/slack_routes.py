"""Slack's Web API over HTTP: any method by its name, a token, and answers that are always Slack's JSON."""

import math
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from hubbub import limits
from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.hooks.slack_api import METHODS, Call, files
from hubbub.hooks.slack_api.call import Arguments
from hubbub.hooks.slack_api.problems import Problem, problem
from hubbub.people import presence
from hubbub.web import boot, client, schema

blueprint = Blueprint("slack", __name__)

FORM_ROOM = 64 * 1024  # bytes of an upload's request besides the file


@blueprint.route("/api/slack/<name>", methods=["GET", "POST"])
def call(name: str) -> Response:
    """Call a method of Slack's Web API."""
    try:
        with db.committed():
            found = db.retry(lambda: _call(name))
        return _json({"ok": True, **found})
    except Refused as refused:
        return _refusal(problem(refused))
    except Problem as refusal:
        return _refusal(refusal)


@blueprint.route("/api/slack/upload/<file>", methods=["POST", "PUT"])
def receive(file: str) -> Response:
    """Receive the bytes of an upload that `files.getUploadURLExternal` began."""
    try:
        limits.take(limits.STREAM, None, client.network(request.environ))
        schema.check(file)
        if (request.content_length or 0) > files.expected(file) + FORM_ROOM:
            raise Problem("invalid_arguments", 400)
        _allow_files()
        with db.committed():
            size = _receive(file)
        return Response(f"OK - {size}", mimetype="text/plain")
    except Refused as refused:
        found = problem(refused)
        return _refusal(Problem(found.word, max(found.status, 400), retry_after=found.retry_after))
    except Problem as refusal:
        return _refusal(refusal)


def _call(name: str) -> dict[str, Any]:
    network = client.network(request.environ)
    bearer = request.headers.get("Authorization", "").partition(" ")[2].strip()
    arguments = {} if bearer else _arguments()
    token = bearer or arguments.pop("token", None)
    visitor = _identify(token) if isinstance(token, str) and token else None
    found = METHODS.get(name)
    limits.take(found.rate if found else limits.READ, visitor.person if visitor else None, network)
    if not found:
        raise Problem("unknown_method")
    if not visitor:
        raise Problem("invalid_auth" if token else "not_authed")
    if not visitor.may(found.scope):
        raise Problem("missing_scope", needed=found.scope, provided=visitor.scope)
    if bearer:
        if name == "files.upload":
            _allow_files()
        arguments = _arguments()
    schema.check(arguments)
    return found.run(Call(visitor, Arguments(arguments), found.rate, network, request.root_url.rstrip("/"),
                          lambda: tuple(presence.online()), request.files.get("file")))


def _identify(token: str) -> Any:
    """Return the owner of a token; without one, no cookie counts: a foreign page's form would bring it along."""
    return boot.identify({**request.environ, "HTTP_AUTHORIZATION": f"Bearer {token}"})


def _arguments() -> dict[str, Any]:
    """Return the arguments: those of the query except a token, then those of a form or of a JSON object."""
    found: dict[str, Any] = {name: value for name, value in request.args.items() if name != "token"}
    try:
        if "json" not in request.mimetype:
            return found | request.form.to_dict()
        body = msgspec.json.decode(request.get_data() or b"{}")
    except RequestEntityTooLarge:
        raise Problem("request_too_large") from None
    except (BadRequest, msgspec.DecodeError, RecursionError, UnicodeError):
        raise Problem("invalid_json" if "json" in request.mimetype else "invalid_form_data") from None
    if not isinstance(body, dict):
        raise Problem("json_not_object")
    return found | body


def _allow_files() -> None:
    """Allow this request, whose sender is known, to be as long as a file may be; it is read in parts."""
    request.max_content_length = node.current().config.file_limit + FORM_ROOM


def _receive(file: str) -> int:
    try:
        part = next(iter(request.files.values()), None) if request.mimetype == "multipart/form-data" else None
        if part is None:
            return files.receive(file, request.content_length or 0, request.stream.read)
        length = part.stream.seek(0, 2)
        part.stream.seek(0)
        return files.receive(file, length, part.stream.read)
    except RequestEntityTooLarge:
        raise Problem("request_too_large", 413) from None
    except BadRequest:
        raise Problem("invalid_form_data", 400) from None


def _refusal(found: Problem) -> Response:
    answer = _json({"ok": False, "error": found.word, **found.more}, found.status)
    if found.retry_after is not None:
        answer.headers["Retry-After"] = str(math.ceil(found.retry_after))
    return answer


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, mimetype="application/json")
