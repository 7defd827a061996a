"""Every failure over HTTP as `{"error": words, "code": short}`; a refusal keeps its words, a bug is only logged."""

from __future__ import annotations

import math

import gevent
from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug import exceptions

from hubbub.core import access

PAUSE = 0.05  # seconds that who is too fast waits for the answer
STATUS = {
    "bad_input": 400,
    "sign_in": 401,
    "denied": 403,
    "absent": 404,
    "taken": 409,
    "too_large": 413,
    "too_fast": 429,
    "busy": 503,
    "not_kept": 503,
    "outdated": 409,
}
CODES = {status: code for code, status in reversed(STATUS.items())} | {405: "bad_input"}


def answer(problem: Exception) -> ResponseReturnValue:
    """The one shape of an error; a redirect that travels as an exception goes its way."""
    if isinstance(problem, access.Refused):
        if problem.code == "too_fast":
            gevent.sleep(PAUSE)
        wait = problem.retry_after
        headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
        return jsonify(problem.payload), STATUS.get(problem.code, 400), headers
    if isinstance(problem, exceptions.HTTPException):
        return _http(problem)
    current_app.logger.exception("%s %s broke", request.method, request.url_rule or "an unknown route")
    return jsonify(error="something broke", code="broken"), 500


def _http(problem: exceptions.HTTPException) -> ResponseReturnValue:
    response = problem.get_response()
    if response.status_code < 400:
        return problem
    words = (problem.description or problem.name).split(". ")[0].rstrip(".")
    said = jsonify(error=words[:1].lower() + words[1:], code=CODES.get(response.status_code, "refused"))
    said.status_code = response.status_code
    for name in {"Allow", "Content-Range"} & set(response.headers.keys()):
        said.headers[name] = response.headers[name]
    return said
