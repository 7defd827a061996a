"""What leaves the app: headers that keep copies away, and secrets that are told once and found nowhere after."""

import logging
import re

import pytest

from hubbub.core import db
from hubbub.web import headers
from tests import access_table as table
from tests.access_workspace import KNOWN
from tests.running_app import HERE, PASSWORD, RunningApp

PAGE = table.PAGE.parent
FOREVER = "max-age=31536000, immutable"
OPENED = {"/s/<version>/<path:name>", "/tutorial", "/tutorial/socketio.js",
          "/tutorial/<any('page.js', 'page.css'):name>"}  # the same for everybody


@pytest.fixture
def lived_in(app):
    """A app with an owner, and something said."""
    app.set_up_owner()
    app.owner.post("/api/channels/room:1/entries", text="hello", key="k")
    return app


def everything_served(app):
    """Every route and method, with names that are there, asked by the owner and by a stranger."""
    for rule in app.flask.url_map.iter_rules():
        path = re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", lambda place: str(KNOWN.get(place[1], "x")), rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            for secret in (app.owner.token, ""):
                if not (rule.rule == "/api/sign-out" and secret):
                    yield rule.rule, app.flask.test_client().open(
                        path, method=method, json={} if method != "GET" else None, environ_overrides=HERE,
                        headers={"Authorization": f"Bearer {secret}"})


def test_nobody_keeps_a_copy_of_what_has_a_person_in_it(lived_in):
    answers = [(rule, answer) for rule, answer in everything_served(lived_in) if rule not in OPENED]

    assert len(answers) > 100
    kept = {(rule, answer.headers.get("Cache-Control")) for rule, answer in answers
            if answer.headers.get("Cache-Control") != "no-store"}
    assert kept == set()


def test_every_answer_says_what_a_browser_may_do_with_it(lived_in):
    for rule, answer in everything_served(lived_in):
        assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
        if answer.headers.get("Cache-Control") == FOREVER:
            continue
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], rule
        assert "unsafe" not in answer.headers["Content-Security-Policy"], rule
        for name in set(headers.PERSONAL) - {"Cache-Control", "Content-Security-Policy"}:
            assert answer.headers[name] == headers.PERSONAL[name], (rule, name)


def test_a_secret_once_told_is_found_nowhere(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        app = RunningApp(tmp_path)
        owner, (_, member) = app.set_up_owner(), app.create_account("mia")
        _, guest = app.create_guest("gus")
        invite = app.create_invite("member")
        token = owner.post("/api/tokens", name="script", scope="admin").json["secret"]
        link = owner.post("/api/people/2/reset").json["url"].partition("#")[2]
        app.request("/api/sign-in", handle="mia", password="a wrong battery")
        app.request("/api/sign-in", token="made up", handle="mia", password=PASSWORD)
        served = [answer.text for _, answer in everything_served(app)]
        kept = [str(db.execute(f"select * from {name}"))
                for name, in db.execute("select name from sqlite_master where type = 'table'")]
        app.close()

    told = [owner.token, member, guest, invite, token, link, PASSWORD, "a wrong battery", "made up"]
    assert len(kept) > 10 and all(len(secret) > 6 for secret in told)
    for place in [*served, *kept, caplog.text]:
        assert [secret for secret in told if secret in place] == []


def test_every_test_that_the_page_of_promises_names_is_there():
    files = [*PAGE.parent.glob("tests/**/test_*.py"), *PAGE.parent.glob("flask_fanout/tests/test_*.py")]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r"`(test_\w+)`", (PAGE / "security.md").read_text(encoding="utf-8")))

    assert len(named) > 40
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []
