"""Channels over HTTP: entries, windows, posting, health and errors."""

import pytest

from hubbub.core.access import Refused
from hubbub.web import credentials
from tests.running_app import HERE
from tests.waiting import until


@pytest.fixture
def ann(app):
    return app.connect_guest("ann")


def test_entries_are_paged_and_each_page_has_the_head(ann):
    for n in range(5):
        ann.call("post", channel="room:1", text=str(n), key=str(n))

    first = ann.get("/api/channels/room:1/entries?limit=3").json
    rest = ann.get(f"/api/channels/room:1/entries?after={first['entries'][-1]['seq']}").json

    assert [entry["data"]["text"] for page in (first, rest) for entry in page["entries"]] == list("01234")
    assert (first["head"], rest["head"]) == (5, 5)


def test_a_message_posted_over_http_is_pushed_to_subscribers(app, ann):
    bob = app.connect_guest("bob")
    bob.call("subscribe", channel="room:1")

    answer = ann.post("/api/channels/room:1/entries", text="hello", key="h1")

    assert answer.status_code == 201
    assert bob.received("message", 1) == [answer.json]


def test_a_repeated_key_returns_the_first_entry_over_http_and_the_socket(ann):
    first = ann.post("/api/channels/room:1/entries", text="hello", key="k").json

    again = ann.post("/api/channels/room:1/entries", text="hello again", key="k").json
    over_the_socket = ann.call("post", channel="room:1", text="hello", key="k")

    assert again == first
    assert over_the_socket == {"ok": first["seq"]}


def test_an_invalid_request_is_refused_with_a_reason(ann):
    for path, status, code in [
        ("/api/channels/room:1/entries?after=x", 400, "bad_input"),
        ("/api/channels/room:1/entries?after=-1", 400, "bad_input"),
        ("/api/channels/room:1/entries?limit=99999999999999999999", 400, "bad_input"),
        ("/api/channels/room:2/entries", 404, "not_found"),
        ("/api/channels/nonsense/window", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
    ]:
        answer = ann.get(path)
        assert (answer.status_code, answer.json.get("code")) == (status, code), path
        assert answer.json["error"]


def test_a_request_without_a_token_is_told_how_to_authenticate(app):
    for method, path in [("get", "/api/channels/room:1/entries"), ("get", "/api/channels/room:1/window"),
                         ("post", "/api/channels/room:1/entries")]:
        answer = getattr(app.flask.test_client(), method)(path, json={"text": "x", "key": "k"}, environ_overrides=HERE)

        assert (answer.status_code, answer.json.get("code")) == (401, "sign_in"), (method, path)
        assert "bearer" in answer.json["error"]


def test_an_invalid_body_is_refused_with_a_reason(app, ann):
    for body, content_type, (id, params) in [
        (b'{"text": "x"}', "application/json", ("error.field_missing", {"field": "key"})),
        (b'{"text": "x", "key": "k", "seq": 4}', "application/json", ("error.field_unknown", {"field": "seq"})),
        (b"[]", "application/json", ("error.not_one_object", {})),
        (b"{", "application/json", ("error.not_json", {})),
        (b'{"text": "\\ud800", "key": "k"}', "application/json", ("error.not_json", {})),
        (b"[" * 100_000, "application/json", ("error.not_json", {})),
        (b"\xff\xfe", "application/json", ("error.not_json", {})),
        (b"text=x&key=k", "application/x-www-form-urlencoded", ("error.not_json_type", {})),
    ]:
        answer = app.http.post("/api/channels/room:1/entries", data=body, content_type=content_type,
                               headers={"Authorization": f"Bearer {ann.token}"}, environ_overrides=HERE)
        refusal = Refused(id, "bad_input", **params).payload
        assert (answer.status_code, answer.json) == (400, refusal), body[:100]


def test_a_body_over_the_limit_is_refused(app, ann):
    answer = ann.post("/api/channels/room:1/entries", text="x" * 2_000_000, key="k")

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_cookie_is_accepted_only_from_pages_of_this_server(app):
    _, token = app.create_guest("ann")
    browser = app.flask.test_client()
    browser.set_cookie(credentials.cookie_name({}), token, domain="127.0.0.1")

    def post(key, **headers):
        return browser.post("/api/channels/room:1/entries", json={"text": "x", "key": key}, headers=headers,
                            environ_overrides=HERE).status_code

    assert post("own", Origin="http://127.0.0.1") == 201
    assert post("foreign", Origin="http://evil.example") == 403
    assert post("null", Origin="null") == 403
    assert post("script") == 401


def test_health_reports_the_number_of_connections(app, ann):
    until(lambda: app.http.get("/healthz", environ_overrides=HERE).json["connections"] == 1)


def test_a_failed_commit_is_an_error_over_http(ann, monkeypatch):
    from hubbub.core import db

    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        answer = ann.post("/api/channels/room:1/entries", text="lost", key="k")

    assert (answer.status_code, answer.json["code"]) == (503, "not_saved")
    assert ann.get("/api/channels/room:1/entries").json["entries"] == []
