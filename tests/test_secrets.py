"""Responses: headers against caching and embedding, and secrets that are shown once and stored only as hashes."""

import logging
import re

import pytest

from hubbub.core import db
from hubbub.web import headers
from tests import access_table as table
from tests.access_workspace import KNOWN
from tests.running_app import HERE, PASSWORD, RunningApp

PAGE = table.PAGE.parent
ENDLESS = ("/tail", "/json", "/sse", "/raw")  # responses that go on
FOREVER = "max-age=31536000, immutable"
ENDLESS = ("/tail", "/json", "/sse", "/raw")  # responses that go on
PUBLIC = {"/s/<version>/<path:name>", "/tutorial", "/tutorial/socketio.js",
          "/tutorial/<any('page.js', 'page.css'):name>"}  # the same for everyone


@pytest.fixture
def claimed_app(app):
    """An app with an owner and a message."""
    app.set_up_owner()
    app.owner.post("/api/channels/room:1/entries", text="hello", key="k")
    return app


def all_responses(app):
    """Yield the response of every route and method with existing names, for the owner and for a stranger."""
    for rule in app.flask.url_map.iter_rules():
        path = re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", lambda name: str(KNOWN.get(name[1], "x")), rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            for secret in (app.owner.token, ""):
                if not (rule.rule == "/api/sign-out" and secret):
                    yield rule.rule, app.flask.test_client().open(
                        path, method=method, json={} if method != "GET" else None, environ_overrides=HERE,
                        headers={"Authorization": f"Bearer {secret}"})


def test_personal_responses_are_not_cached(claimed_app):
    answers = [(rule, answer) for rule, answer in all_responses(claimed_app) if rule not in PUBLIC]

    assert len(answers) > 100
    cached = {(rule, answer.headers.get("Cache-Control")) for rule, answer in answers
            if answer.headers.get("Cache-Control") != "no-store"}
    assert cached == set()


def test_every_response_has_security_headers(claimed_app):
    for rule, answer in all_responses(claimed_app):
        assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
        if answer.headers.get("Cache-Control") == FOREVER:
            continue
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], rule
        assert "unsafe" not in answer.headers["Content-Security-Policy"], rule
        for name in set(headers.PERSONAL) - {"Cache-Control", "Content-Security-Policy"}:
            assert answer.headers[name] == headers.PERSONAL[name], (rule, name)


def test_secrets_are_in_no_response_log_or_table(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        app = RunningApp(tmp_path)
        owner, (_, member) = app.set_up_owner(), app.create_account("mia")
        _, guest = app.create_guest("gus")
        invite = app.create_invite("member")
        token = owner.post("/api/tokens", name="script", scope="admin").json["secret"]
        link = owner.post("/api/people/2/reset").json["url"].partition("#")[2]
        app.request("/api/sign-in", handle="mia", password="a wrong battery")
        app.request("/api/sign-in", token="made up", handle="mia", password=PASSWORD)
        served = [next(answer.iter_encoded(), b"").decode() if rule.endswith(ENDLESS) else answer.text
                  for rule, answer in all_responses(app)]
        stored = [str(db.execute(f"select * from {name}"))
                for name, in db.execute("select name from sqlite_master where type = 'table'")]
        app.close()

    secrets = [owner.token, member, guest, invite, token, link, PASSWORD, "a wrong battery", "made up"]
    assert len(stored) > 10 and all(len(secret) > 6 for secret in secrets)
    for text in [*served, *stored, caplog.text]:
        assert [secret for secret in secrets if secret in text] == []


def test_every_test_named_in_the_security_page_exists():
    files = [*PAGE.parent.glob("tests/**/test_*.py"), *PAGE.parent.glob("*/tests/test_*.py")]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r"`(test_\w+)`", (PAGE / "security.md").read_text(encoding="utf-8")))

    assert len(named) > 40
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []
