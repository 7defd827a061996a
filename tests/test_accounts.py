"""Claiming the server and creating accounts: who may do it, and which sign-ins it ends."""

import re

from hubbub.core import db
from hubbub.people import invites, links, model
from hubbub.web import credentials
from tests.running_app import HERE, PASSWORD
from tests.waiting import until

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}


def claim(app, where=HERE, **body):
    fields = {"name": "Olga", "handle": "olga", "password": PASSWORD} | body
    return app.flask.test_client().post("/api/join", json=fields, environ_overrides=where)


def test_the_first_person_on_this_machine_claims_the_server_and_gets_a_team_invite(any_app, real_qr_code):
    answer = claim(any_app).json

    ann = any_app.request("/api/join", secret=answer["invite"]["url"].partition("#")[2], name="Ann", handle="Ann",
                        password=PASSWORD).json
    assert answer["person"] | {"id": 0} == {"id": 0, "name": "Olga", "role": "owner", "handle": "olga", "status": "",
                                          "avatar": ""}
    assert answer["invite"]["qr"] == links.qr_code(answer["invite"]["url"])
    assert answer["invite"]["qr"].startswith("data:image/svg+xml")
    assert (ann["person"]["handle"], ann["person"]["role"]) == ("ann", "member")


def test_claiming_from_another_machine_needs_the_console_link_which_works_once(any_app):
    secret, after_a_restart = invites.for_owner(), invites.for_owner()

    without = claim(any_app, AWAY)
    wrong = claim(any_app, AWAY, secret="made up")
    first = claim(any_app, AWAY, secret=secret)
    second = claim(any_app, AWAY, secret=secret, handle="eve")

    assert (without.status_code, without.json["code"]) == (401, "sign_in")
    assert (wrong.status_code, first.status_code, second.status_code) == (404, 201, 404)
    assert after_a_restart == secret
    assert invites.for_owner() == ""
    assert db.execute("select handle from person where role = 'owner'") == [("olga",)]
    assert db.execute("select value from setting where name = 'set_up_link'") == []


def test_a_claimed_server_cannot_be_claimed_again(any_app):
    any_app.set_up_owner()

    answer = claim(any_app, handle="eve")

    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert model.by_handle(db, "eve") is None


def test_a_guest_who_claims_the_server_keeps_the_person_and_gets_a_new_sign_in(any_app):
    gus = any_app.connect_guest("gus")

    answer = any_app.request("/api/join", gus.token, name="Gus", handle="gus", password=PASSWORD).json

    assert (answer["person"]["id"], answer["person"]["role"]) == (gus.person, "owner")
    assert answer["token"] != gus.token
    assert gus.get("/api/people").status_code == 401
    until(lambda: not gus.client.connected)


def test_a_browser_gets_an_httponly_cookie_and_no_token(app):
    browser = app.flask.test_client()

    answer = browser.post("/api/join", json={"name": "Olga", "handle": "olga", "password": PASSWORD},
                        headers={"Origin": "http://127.0.0.1"}, environ_overrides=HERE)

    cookies = answer.headers.getlist("Set-Cookie")
    assert "token" not in answer.json
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        credentials.cookie_name({}), credentials.cookie_name({}, credentials.DEVICE_COOKIE)}
    assert all("HttpOnly" in cookie and "SameSite=" in cookie and "Path=/" in cookie for cookie in cookies)
    assert browser.get("/api/people", environ_overrides=HERE).status_code == 200


def test_an_invalid_account_is_refused_with_a_reason_and_the_invite_stays_usable(app):
    secret = app.create_invite()
    valid = {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD}

    for body, code, reason in [
        ({"handle": "o"}, "bad_input", "2 to 32"),
        ({"handle": "Ol ga"}, "bad_input", "2 to 32"),
        ({"handle": "here"}, "conflict", "is reserved"),
        ({"handle": "hubbub"}, "conflict", "is reserved"),
        ({"password": "short"}, "bad_input", "at least 10"),
        ({"password": "x" * 257}, "bad_input", "256 characters at most"),
        ({"password": "1234567890"}, "bad_input", "too common"),
        ({"password": "aaaaaaaaaaaaaaa"}, "bad_input", "too common"),
        ({"handle": "olga-petrova", "password": "olga-petrova1"}, "bad_input", "too similar to your name"),
        ({"name": " "}, "bad_input", "at least one letter"),
    ]:
        answer = app.request("/api/join", **valid | body)
        assert answer.json.get("code") == code and reason in answer.json["error"], body

    assert app.request("/api/join", **valid).status_code == 201


def test_a_handle_is_unique_regardless_of_case(any_app):
    any_app.create_account("ann")

    secret = any_app.create_invite()
    again = any_app.request("/api/join", secret=secret, name="Another", handle="ANN", password=PASSWORD)
    bob = any_app.connect_member("bob")
    renamed = bob.request("PATCH", "/api/me", handle="Ann")

    assert (again.status_code, again.json["code"]) == (409, "conflict")
    assert (renamed.status_code, renamed.json["code"]) == (409, "conflict")
    assert bob.request("PATCH", "/api/me", handle="bob").status_code == 200


def test_changing_the_password_ends_all_other_sign_ins(any_app):
    ann = any_app.connect_member("ann")
    phone = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]
    other_device = any_app.connect(ann.person, phone)

    wrong = ann.post("/api/password", old="not this one", new="another fine password")
    answer = ann.post("/api/password", old=PASSWORD, new="another fine password")

    assert (wrong.status_code, wrong.json["id"]) == (403, "error.old_password_wrong")
    assert answer.json == {"ended": 1}
    until(lambda: not other_device.client.connected)
    assert any_app.request("/api/people", phone, "GET").status_code == 401
    assert ann.client.connected and ann.get("/api/people").status_code == 200
    assert any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code == 403
    assert any_app.request("/api/sign-in", handle="ann", password="another fine password").status_code == 200


def test_a_reset_link_is_for_one_person_works_once_and_ends_all_sign_ins(any_app):
    ann = any_app.connect_member("ann")
    token = ann.post("/api/tokens", name="script", scope="read").json["secret"]
    older = any_app.owner.post(f"/api/people/{ann.person}/reset").json["url"].partition("#")[2]
    secret = any_app.owner.post(f"/api/people/{ann.person}/reset").json["url"].partition("#")[2]
    checked = any_app.request("/api/invites/check", secret=secret).json

    answer = any_app.request("/api/join", secret=secret, password="another fine password")
    again = any_app.request("/api/join", secret=secret, password="a third fine password")

    assert checked["reset"] and not checked["owner"]
    assert (answer.status_code, answer.json["person"]["id"]) == (200, ann.person)
    assert [again.status_code, any_app.request("/api/invites/check", secret=older).status_code] == [404, 404]
    until(lambda: not ann.client.connected)
    assert [any_app.request("/api/people", secret, "GET").status_code for secret in (ann.token, token)] == [401, 401]
    assert any_app.request("/api/sign-in", handle="ann", password="another fine password").status_code == 200


def test_a_password_is_stored_as_argon2id_with_at_least_19_mib_and_two_passes(any_app, real_hasher):
    any_app.create_account("ann")

    [(stored,)] = db.execute("select password from person where handle = 'ann'")

    memory, passes = map(int, re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", stored).groups())
    assert memory >= 19 * 1024 and passes >= 2
    assert PASSWORD not in str(db.execute("select * from person"))
