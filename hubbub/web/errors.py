"""Error responses: the payload of a refusal; the details of an internal error are only logged."""

from __future__ import annotations

import math

import gevent
from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug import exceptions

from hubbub.core import access

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
CODES = {status: code for code, status in reversed(STATUS.items())} | {405: "bad_input"}


def answer(problem: Exception) -> ResponseReturnValue:
    """Return the response for an exception; a redirect raised as an exception passes unchanged."""
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
    message = (problem.description or problem.name).split(". ")[0].rstrip(".")
    code = CODES.get(response.status_code, "refused")
    error = jsonify(access.Refused("error.http", code, problem=message).payload)
    error.status_code = response.status_code
    for name in {"Allow", "Content-Range"} & set(response.headers.keys()):
        error.headers[name] = response.headers[name]
    return error
