"""The headers of every response, whichever part of the server gives it."""

import pytest

from hubbub import limits
from hubbub.application import create_app
from hubbub.config import Config
from hubbub.core import db
from hubbub.web import headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker"
)
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def app(tmp_path):
    yield create_app(Config(data=tmp_path))
    db.close()


@pytest.fixture
def browser(app):
    return app.test_client()


def test_every_response_has_security_headers_and_is_not_cached(app, browser):
    answers = [browser.get(rule.rule.replace("<channel>", "room:1")) for rule in app.url_map.iter_rules()
               if "GET" in rule.methods and not rule.rule.startswith("/s/")]
    answers += [browser.get("/nowhere"), browser.post("/"), browser.get("/s/0123456789ab/web/static/app.js")]

    assert len(answers) > 5
    for answer in answers:
        is_tutorial = answer.request.path.startswith("/tutorial")
        assert is_tutorial or answer.headers["Content-Security-Policy"] == POLICY
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Permissions-Policy" in answer.headers
        assert is_tutorial or answer.headers["Cache-Control"] == "no-store"


OUTSIDE_FLASK = {
    "a poll": ("/socket.io/?EIO=4&transport=polling", {}, 200),
    "an invalid poll": ("/socket.io/?EIO=4&transport=polling&sid=nobody", {}, 400),
    "an invalid handshake": ("/socket.io/?EIO=4&transport=websocket", {"Upgrade": "websocket"}, 426),
    "another site's poll": ("/socket.io/?EIO=4&transport=polling", {"Origin": "https://evil.example"}, 403),
    "an unknown host": ("/", {"Host": "evil.example"}, 421),
    "a rate limit": ("/", {}, 429),
}


@pytest.mark.parametrize("case", OUTSIDE_FLASK)
def test_a_response_from_outside_flask_has_the_same_headers(browser, monkeypatch, case):
    path, sent, status = OUTSIDE_FLASK[case]
    if status == 429:
        monkeypatch.setattr(limits.REQUEST, "interval", 1e3)
        monkeypatch.setattr(limits.REQUEST, "slack", 0)
        browser.get(path, environ_base=HERE)

    answer = browser.get(path, environ_base=HERE, headers=sent)

    assert answer.status_code == status
    for name, value in {**headers.ALWAYS, **headers.PERSONAL}.items():
        assert answer.headers.getlist(name) == [value]
