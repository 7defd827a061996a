"""Bearer tokens: shown once, good for their scope, revocable within a second, and never a way to more."""

import pytest

from hubbub.core import db
from tests.waiting import until


@pytest.fixture
def ann(any_app):
    return any_app.connect_member("ann")


def make(ann, scope, **more):
    return ann.post("/api/tokens", name="script", scope=scope, **more).json


def test_a_token_is_shown_once_kept_as_a_hash_and_speaks_for_its_owner(any_app, ann):
    token = make(ann, "write")

    said = any_app.request("/api/me", token["secret"], "PATCH", status="from a script")

    assert (said.json["id"], said.json["status"]) == (ann.person, "from a script")
    [listed] = ann.get("/api/tokens").json
    assert listed == {name: token[name] for name in token if name != "secret"}
    assert token["secret"] not in str(db.execute("select * from sign_in"))


@pytest.mark.parametrize("scope, allowed", [
    ("read", [200, 403, 403, 403]), ("write", [200, 200, 403, 403]), ("admin", [200, 200, 200, 201])])
def test_a_token_is_good_for_its_scope_over_http(any_app, ann, scope, allowed):
    secret = make(ann, scope)["secret"]

    answers = [any_app.request("/api/people", secret, "GET"), any_app.request("/api/me", secret, "PATCH", name="Anna"),
               any_app.request("/api/tokens", secret, "GET"),
               any_app.request("/api/tokens", secret, name="x", scope="read")]

    assert [answer.status_code for answer in answers] == allowed


def test_a_token_is_good_for_its_scope_over_a_connection(any_app, ann):
    reader = any_app.connect(ann.person, make(ann, "read")["secret"])

    assert "ok" in reader.call("people", ids=[ann.person])
    assert reader.call("rename", name="Eve")["code"] == "denied"


def test_a_revoked_token_ends_at_once_also_over_an_open_connection(any_app, ann):
    token = make(ann, "write")
    there = any_app.connect(ann.person, token["secret"])

    said = ann.request("DELETE", f"/api/tokens/{token['id']}")

    assert said.status_code == 204
    until(lambda: not there.client.connected)
    assert any_app.request("/api/people", token["secret"], "GET").status_code == 401
    assert ann.client.connected


def test_a_token_ends_when_it_says(any_app, ann):
    token = make(ann, "read", days=1)
    with db.transaction() as tx:
        tx.execute("update sign_in set until = until - 2 * 24 * 3600 where kind = 'token'")

    assert any_app.request("/api/people", token["secret"], "GET").status_code == 401


def test_nobody_sees_or_revokes_the_token_of_another(any_app, ann):
    token, eve = make(ann, "read"), any_app.connect_member("eve", "admin")

    assert eve.request("DELETE", f"/api/tokens/{token['id']}").status_code == 404
    assert eve.get("/api/tokens").json == []
    assert any_app.request("/api/people", token["secret"], "GET").status_code == 200


def test_guests_without_an_account_have_no_tokens(any_app):
    gus = any_app.connect_guest("gus")

    assert gus.post("/api/tokens", name="script", scope="read").json["code"] == "denied"


@pytest.mark.parametrize("body", [{"scope": "owner"}, {"scope": ""}, {"scope": "read", "days": 0}])
def test_a_token_that_cannot_be_is_refused(ann, body):
    assert ann.post("/api/tokens", name="script", **body).json["code"] == "bad_input"


def test_tokens_of_one_person_are_so_many(any_app, ann, monkeypatch):
    monkeypatch.setattr("hubbub.people.tokens.MOST", 2)

    assert [ann.post("/api/tokens", name="n", scope="read").status_code for _ in range(3)] == [201, 201, 409]
