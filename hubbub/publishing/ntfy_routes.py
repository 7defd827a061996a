"""The routes that ntfy's clients speak: /notify/<topic> publishes, and answers in ntfy's words.

Only what a request itself carries identifies its sender, never a cookie: a link or a form of another site could make a
browser publish.  Clients that cannot be given an address with a path publish at the root of this server.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from hubbub import limits
from hubbub.core import db, node
from hubbub.core.access import Refused, Visitor
from hubbub.files import uploads
from hubbub.hooks import ntfy, payloads
from hubbub.hooks.message import Rejected
from hubbub.hooks.slack_api import files
from hubbub.people import model as people
from hubbub.publishing import message, model, routes, wire
from hubbub.publishing.message import Attachment, Message, Options
from hubbub.web import boot, client

blueprint = Blueprint("ntfy", __name__)

TEXT = 16 * 1024  # bytes of a body that may be a text
AT_ROOT = re.compile(r"/([^/]{1,500}(/(publish|send|trigger|json|sse|raw|ws|auth))?)?\Z")
NOTHING: dict[str, str] = {}


@blueprint.before_app_request
def find_at_root() -> None:
    """Take a request that no route is for as one below /notify, if it carries a token."""
    problem, path = request.routing_exception, request.path
    is_unknown = isinstance(problem, NotFound) or path == "/" and isinstance(problem, MethodNotAllowed)
    if is_unknown and AT_ROOT.match(path) and secret() and (request.method in ("POST", "PUT") or path.count("/") == 2):
        adapter = current_app.url_map.bind_to_environ(request.environ)
        try:
            rule, arguments = adapter.match(f"/notify{path.rstrip('/')}", return_rule=True)
        except HTTPException:
            return
        request.url_rule, request.view_args, request.routing_exception = rule, dict(arguments), None


@blueprint.route("/notify", methods=["POST", "PUT"], endpoint="publish_json", strict_slashes=False)
def publish_json() -> Response:
    """Publish a notification of ntfy's JSON, which names its topic."""
    return answer(lambda visitor: _publish_json(visitor, _json()), "write")


@blueprint.route("/notify/<topic>", methods=["POST", "PUT"])
@blueprint.route("/notify/<topic>/<sequence>", methods=["POST", "PUT"])
def publish(topic: str, sequence: str = "") -> Response:
    """Publish a body, or a file if it has a name; under the sequence of an earlier notification, change it."""
    return answer(lambda visitor: _publish(visitor, topic, sequence), "write")


@blueprint.route("/notify/<topic>/publish", methods=["GET"])
@blueprint.route("/notify/<topic>/send", methods=["GET"])
@blueprint.route("/notify/<topic>/trigger", methods=["GET"])
def publish_by_get(topic: str) -> Response:
    """Publish the parameters of an address."""
    return answer(lambda visitor: _publish(visitor, topic, ""), "write")


@blueprint.route("/notify/<topic>/<sequence>", methods=["DELETE"])
def withdraw(topic: str, sequence: str) -> Response:
    """Withdraw a notification everywhere."""
    return answer(lambda visitor: _ended("message_delete", model.withdraw(visitor.person, topic, sequence)), "write")


@blueprint.route("/notify/<topic>/<sequence>/clear", methods=["PUT", "POST"])
@blueprint.route("/notify/<topic>/<sequence>/read", methods=["PUT", "POST"])
def clear(topic: str, sequence: str) -> Response:
    """Mark a notification as read in all inboxes."""
    return answer(lambda visitor: _ended("message_clear", model.clear(visitor.person, topic, sequence)), "write")


@blueprint.route("/notify/v1/health", methods=["GET"])
def health() -> Response:
    """Tell ntfy's clients that this server is here."""
    return show({"healthy": True})


def answer(call: Callable[[Visitor], dict[str, Any]], scope: str) -> Response:
    """Return what a call returns for the sender of the request, or its refusal as ntfy's error."""
    try:
        with db.committed():
            found = call(identified(scope))
        return show(found)
    except db.Conflict:
        raise
    except (Refused, Rejected, RequestEntityTooLarge) as problem:
        return refused(problem)


def refused(problem: Exception) -> Response:
    """Return an error in ntfy's shape."""
    if isinstance(problem, RequestEntityTooLarge):
        problem = Refused("error.request_too_large", "too_large")
    if not isinstance(problem, Refused):
        problem = Refused("error.publish_json", "bad_input")
    body, status, headers = wire.refusal(problem)
    response = show(body, status)
    response.headers.update(headers)
    return response


def show(body: dict[str, Any], status: int = 200) -> Response:
    """Return a response of JSON."""
    return Response(msgspec.json.encode(body) + b"\n", status, mimetype="application/json")


def identified(scope: str) -> Visitor:
    """Return the sender of this request by its token: Bearer, the password of Basic, or the parameter `auth`."""
    handle, token = secret() or ("", "")
    visitor = boot.identify({**request.environ, "HTTP_AUTHORIZATION": f"Bearer {token}"}) if token else None
    rate = limits.READ if scope == "read" else limits.POST
    limits.take(rate, visitor.person if visitor else None, client.network(request.environ))
    if visitor is None:
        raise Refused("error.not_signed_in", "sign_in")
    if not visitor.may(scope):
        raise Refused("error.scope_needed", "denied", scope=scope)
    if handle and [one.handle for one in people.directory(db, [visitor.person])] != [handle.lower()]:
        raise Refused("error.not_signed_in", "sign_in")
    return visitor


def secret() -> tuple[str, str] | None:
    """Return the handle, which may be empty, and the token that the request carries."""
    header = request.environ.get("HTTP_AUTHORIZATION", "")
    if not header and (given := request.args.get("auth") or request.args.get("authorization")):
        header = _decoded(given)
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return "", value.strip()
    if scheme.lower() == "basic":
        handle, _, token = _decoded(value).partition(":")
        return (handle, token) if token else None
    return None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), altchars=b"-_").decode()
    except (binascii.Error, ValueError):
        return ""


def _json() -> dict[str, Any]:
    try:
        found = payloads.decode(request.get_data().decode())
    except UnicodeDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Refused("error.publish_json", "bad_input")
    return found


def _publish_json(visitor: Visitor, payload: dict[str, Any]) -> dict[str, Any]:
    topic = payload.pop("topic", "")
    if not isinstance(topic, str) or not topic:
        raise Refused("error.publish_topics", "bad_input", limit=20)
    get = ntfy.parameters(payloads.texts(payload), _headers(), without=())
    text = str(payload.get("message") or "")
    return _send(visitor, topic, *message.read(get, text, node.now(), routes.zone(visitor.person)))


def _publish(visitor: Visitor, topic: str, sequence: str) -> dict[str, Any]:
    get = ntfy.parameters({name.lower(): value for name, value in request.args.items()}, _headers(), without=())
    is_markdown = request.mimetype == "text/markdown"
    if request.method == "GET":
        body, file = "", None
    else:
        body, file = _body(visitor, get)
    read = lambda name: "" if name == "filename" and file else get(name)  # noqa: E731
    found, options = message.read(read, body, node.now(), routes.zone(visitor.person), is_markdown)
    if file:
        text = f"You received a file: {file.name}" if found.message == message.TRIGGERED else found.message
        found = message.checked(msgspec.structs.replace(found, message=text, attachment=file))
    return _send(visitor, topic, found, options._replace(sequence=message.sequence(sequence) or options.sequence))


def _send(visitor: Visitor, topic: str, found: Message, options: Options) -> dict[str, Any]:
    one = routes.send(visitor.person, topic, found, options)
    return wire.message(one, request.root_url.rstrip("/"))


def _ended(kind: str, one: model.Publication) -> dict[str, Any]:
    return wire.event(kind, one.topics) | {"sequence_id": one.sequence}


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}


def _body(visitor: Visitor, get: ntfy.Get) -> tuple[str, Attachment | None]:
    """Return the body as text, or the file that was stored of it: it has a name, is long, or is no text."""
    length = request.content_length or 0
    name = get("filename")
    if get("attach") or length <= TEXT and not name:
        request.max_content_length = TEXT
        try:
            text = request.get_data().decode()
        except UnicodeDecodeError:
            if get("attach"):
                raise Refused("error.publish_not_text", "bad_input") from None
            return "", _store(visitor, "attachment.bin", request.get_data())
        if len(text) <= message.MESSAGE or get("attach"):
            return text, None
        return "", _store(visitor, "attachment.txt", request.get_data())
    request.max_content_length = node.current().config.file_limit
    upload = uploads.begin(visitor.person, uploads.UNDECIDED, unquote(name) or "attachment.bin", length)
    files.receive(upload.id, length, request.stream.read)
    return "", _attachment(uploads.progress(visitor.person, upload.id))


def _store(visitor: Visitor, name: str, data: bytes) -> Attachment:
    upload = uploads.begin(visitor.person, uploads.UNDECIDED, name, len(data))
    return _attachment(uploads.add(visitor.person, upload.id, 0, data))


def _attachment(upload: uploads.Upload) -> Attachment:
    if upload.file is None:
        raise Refused("error.file_not_found", "not_found")
    file = upload.file
    return Attachment(file.name, id=file.id, type=file.type, size=file.size)
