"""Bearer tokens: shown once, limited to their scope, and revocable."""

import pytest

from hubbub.core import db
from tests.waiting import until


@pytest.fixture
def ann(any_app):
    return any_app.connect_member("ann")


def create_token(ann, scope, **more):
    return ann.post("/api/tokens", name="script", scope=scope, **more).json


def test_a_token_is_shown_once_stored_as_a_hash_and_acts_for_its_owner(any_app, ann):
    token = create_token(ann, "write")

    answer = any_app.request("/api/me", token["secret"], "PATCH", status="from a script")

    assert (answer.json["id"], answer.json["status"]) == (ann.person, "from a script")
    [listed] = ann.get("/api/tokens").json
    assert listed == {name: token[name] for name in token if name != "secret"}
    assert token["secret"] not in str(db.execute("select * from sign_in"))


def test_a_token_is_limited_to_its_scope_over_http(any_app, ann):
    for scope, allowed in [("read", [200, 403, 403, 403]), ("write", [200, 200, 403, 403]),
                           ("admin", [200, 200, 200, 201])]:
        secret = create_token(ann, scope)["secret"]
        answers = [any_app.request("/api/people", secret, "GET"),
                   any_app.request("/api/me", secret, "PATCH", name="Anna"),
                   any_app.request("/api/tokens", secret, "GET"),
                   any_app.request("/api/tokens", secret, name="x", scope="read")]

        assert [answer.status_code for answer in answers] == allowed, scope


def test_a_token_is_limited_to_its_scope_over_a_connection(any_app, ann):
    reader = any_app.connect(ann.person, create_token(ann, "read")["secret"])

    assert "ok" in reader.call("people", ids=[ann.person])
    assert reader.call("set_name", name="Eve")["code"] == "denied"


def test_revoking_a_token_closes_its_connection_at_once(any_app, ann):
    token = create_token(ann, "write")
    connection = any_app.connect(ann.person, token["secret"])

    answer = ann.request("DELETE", f"/api/tokens/{token['id']}")

    assert answer.status_code == 204
    until(lambda: not connection.client.connected)
    assert any_app.request("/api/people", token["secret"], "GET").status_code == 401
    assert ann.client.connected


def test_a_token_expires(any_app, ann):
    token = create_token(ann, "read", days=1)
    with db.transaction() as tx:
        tx.execute("update sign_in set until = until - 2 * 24 * 3600 where kind = 'token'")

    assert any_app.request("/api/people", token["secret"], "GET").status_code == 401


def test_a_token_is_visible_and_revocable_only_by_its_owner(any_app, ann):
    token, eve = create_token(ann, "read"), any_app.connect_member("eve", "admin")

    assert eve.request("DELETE", f"/api/tokens/{token['id']}").status_code == 404
    assert eve.get("/api/tokens").json == []
    assert any_app.request("/api/people", token["secret"], "GET").status_code == 200


def test_guests_without_an_account_cannot_create_tokens(any_app):
    gus = any_app.connect_guest("gus")

    assert gus.post("/api/tokens", name="script", scope="read").json["code"] == "denied"


def test_an_invalid_token_request_is_refused(ann):
    for body in ({"scope": "owner"}, {"scope": ""}, {"scope": "read", "days": 0}):
        assert ann.post("/api/tokens", name="script", **body).json.get("code") == "bad_input", body


def test_a_person_has_a_limited_number_of_tokens(any_app, ann, monkeypatch):
    monkeypatch.setattr("hubbub.people.tokens.MOST", 2)

    assert [ann.post("/api/tokens", name="n", scope="read").status_code for _ in range(3)] == [201, 201, 409]
