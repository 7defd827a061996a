"""Errors are pages for people in a browser, and JSON for programs."""

import json
import re

from hubbub.core import access

HERE = {"REMOTE_ADDR": "127.0.0.1"}
BROWSER, PROGRAM = "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"


def problem_of(answer):
    return json.loads(re.search(r'id="boot">(.*?)</script>', answer.text, re.S)[1])["problem"]


def test_an_error_is_a_page_in_a_browser_and_json_for_a_program(app):
    app.flask.add_url_rule("/fails", "fails", lambda: 1 / 0)

    for path, accept, status, is_page in [
        ("/nowhere", BROWSER, 404, True), ("/room/abc", BROWSER, 404, True), ("/files/zz/x.png", BROWSER, 401, True),
        ("/avatars/nobody", BROWSER, 401, True), ("/join/%00", BROWSER, 404, True), ("/fails", BROWSER, 500, True),
        ("/nowhere", PROGRAM, 404, False), ("/fails", PROGRAM, 500, False), ("/files/zz/x.png", "image/*", 401, False),
        ("/nowhere", "application/json", 404, False), ("/nowhere", "", 404, False),
        ("/api/nothing", BROWSER, 404, False), ("/s/x/y.js", BROWSER, 404, False),
    ]:
        answer = app.flask.test_client().get(path, headers={"Accept": accept}, environ_base=HERE)

        kind = "text/html" if is_page else "application/json"
        assert (answer.status_code, answer.mimetype) == (status, kind), (path, accept)
        problem = problem_of(answer) if is_page else answer.json
        assert problem["error"] and problem.get("status", status) == status, (path, accept)
        assert "ZeroDivision" not in answer.text


def test_a_refused_page_keeps_the_headers_of_its_refusal(app):
    def busy():
        raise access.Refused("error.not_json", "busy", retry_after=2)

    app.flask.add_url_rule("/busy", "busy", busy)
    answer = app.flask.test_client().get("/busy", headers={"Accept": BROWSER}, environ_base=HERE)

    assert (answer.status_code, answer.headers["Retry-After"], problem_of(answer)["code"]) == (503, "2", "busy")
