"""Error responses: the payload of a refusal, in the page for people; details of an internal error are only logged."""

from __future__ import annotations

import math

import gevent
from flask import current_app, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug import exceptions

from hubbub.core import access
from hubbub.web import page

PAUSE = 0.05  # seconds by which the answer to a rate-limited client is delayed
STATUS = {
    "bad_input": 400,
    "sign_in": 401,
    "denied": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "too_fast": 429,
    "busy": 503,
    "not_saved": 503,
    "outdated": 409,
}
FOR_PROGRAMS = ("/api/", "/s/", "/socket.io", "/healthz", "/metrics")
KEPT = {"Allow", "Content-Range", "Retry-After"}  # headers
STRINGS = {400: "error.request_invalid", 404: "error.address_not_found", 405: "error.method_not_allowed",
           413: "error.request_too_large"}  # of what Flask refuses
CODES = {status: code for code, status in reversed(STATUS.items())} | {405: "bad_input"}


def answer(problem: Exception) -> ResponseReturnValue:
    """Return the response for an exception; a redirect raised as an exception passes unchanged."""
    response = make_response(_answer(problem))
    problem.__traceback__ = problem.__context__ = None  # the request of an unknown path keeps its error in memory
    if response.status_code < 400 or not _is_for_a_browser():
        return response
    shown = page.show_problem({**response.get_json(), "status": response.status_code})
    shown.status_code = response.status_code
    for name in KEPT & set(response.headers.keys()):
        shown.headers[name] = response.headers[name]
    return shown


def _is_for_a_browser() -> bool:
    """Return whether a browser will show the response as a page."""
    is_document = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    return is_document and not request.path.startswith(FOR_PROGRAMS)


def _answer(problem: Exception) -> ResponseReturnValue:
    if isinstance(problem, access.Refused):
        if problem.code == "too_fast":
            gevent.sleep(PAUSE)
        wait = problem.retry_after
        headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
        return jsonify(problem.payload), STATUS.get(problem.code, 400), headers
    if isinstance(problem, exceptions.HTTPException):
        return _http(problem)
    current_app.logger.exception("%s %s failed", request.method, request.url_rule or "an unknown route")
    return jsonify(access.Refused("error.internal", "broken").payload), 500


def _http(problem: exceptions.HTTPException) -> ResponseReturnValue:
    response = problem.get_response()
    if response.status_code < 400:
        return problem
    code = CODES.get(response.status_code, "refused")
    id = STRINGS.get(response.status_code, "error.request_refused")
    error = jsonify(access.Refused(id, code).payload)
    error.status_code = response.status_code
    for name in KEPT & set(response.headers.keys()):
        error.headers[name] = response.headers[name]
    return error
