"""Setting the place up and getting an account: who may, what it ends, and what it leaves as it was."""

import re

import pytest

from hubbub.core import db
from hubbub.people import invites, model
from tests.running_app import HERE, PASSWORD
from tests.waiting import until

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}


def set_up(app, where=HERE, **body):
    said = {"name": "Olga", "handle": "olga", "password": PASSWORD} | body
    return app.flask.test_client().post("/api/join", json=said, environ_overrides=where)


def test_on_this_machine_the_first_one_sets_it_up_and_gets_an_invite_for_the_team(any_app):
    said = set_up(any_app).json

    ann = any_app.request("/api/join", secret=said["invite"]["url"].partition("#")[2], name="Ann", handle="Ann",
                        password=PASSWORD).json
    assert said["person"] | {"id": 0} == {"id": 0, "name": "Olga", "role": "owner", "handle": "olga", "status": "",
                                          "avatar": ""}
    assert said["invite"]["qr"].startswith("data:image/svg+xml")
    assert (ann["person"]["handle"], ann["person"]["role"]) == ("ann", "member")


def test_from_elsewhere_it_takes_the_link_of_the_console_and_that_works_once(any_app):
    old, secret = invites.for_owner(), invites.for_owner()

    without = set_up(any_app, AWAY)
    outdated = set_up(any_app, AWAY, secret=old)
    first = set_up(any_app, AWAY, secret=secret)
    second = set_up(any_app, AWAY, secret=secret, handle="eve")

    assert (without.status_code, without.json["code"]) == (401, "sign_in")
    assert (outdated.status_code, first.status_code, second.status_code) == (404, 201, 404)
    assert invites.for_owner() == ""
    assert db.execute("select handle from person where role = 'owner'") == [("olga",)]


def test_a_second_owner_does_not_set_it_up_again(any_app):
    any_app.set_up_owner()

    said = set_up(any_app, handle="eve")

    assert (said.status_code, said.json["code"]) == (409, "taken")
    assert model.by_handle(db, "eve") is None


def test_a_guest_who_sets_it_up_stays_the_same_person_under_a_new_sign_in(any_app):
    gus = any_app.connect_guest("gus")

    said = any_app.request("/api/join", gus.token, name="Gus", handle="gus", password=PASSWORD).json

    assert (said["person"]["id"], said["person"]["role"]) == (gus.person, "owner")
    assert said["token"] != gus.token
    assert gus.get("/api/people").status_code == 401
    until(lambda: not gus.client.connected)


def test_a_browser_gets_a_cookie_that_no_script_reads_and_no_token(app):
    browser = app.flask.test_client()

    said = browser.post("/api/join", json={"name": "Olga", "handle": "olga", "password": PASSWORD},
                        headers={"Origin": "http://127.0.0.1"}, environ_overrides=HERE)

    cookies = said.headers.getlist("Set-Cookie")
    assert "token" not in said.json
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["hubbub", "hubbub-device"]
    assert all("HttpOnly" in cookie and "SameSite=" in cookie and "Path=/" in cookie for cookie in cookies)
    assert browser.get("/api/people", environ_overrides=HERE).status_code == 200


@pytest.mark.parametrize("body, code, words", [
    ({"handle": "o"}, "bad_input", "2 to 32"),
    ({"handle": "Ol ga"}, "bad_input", "2 to 32"),
    ({"handle": "here"}, "taken", "is reserved"),
    ({"handle": "hubbub"}, "taken", "is reserved"),
    ({"password": "short"}, "bad_input", "at least 10"),
    ({"password": "x" * 257}, "bad_input", "at most 256"),
    ({"password": "1234567890"}, "bad_input", "too common"),
    ({"password": "aaaaaaaaaaaaaaa"}, "bad_input", "too common"),
    ({"handle": "olga-petrova", "password": "olga-petrova1"}, "bad_input", "too similar to your name"),
    ({"name": " "}, "bad_input", "at least one letter"),
])
def test_what_does_not_make_an_account_is_said_in_words_and_leaves_the_link_usable(app, body, code, words):
    secret = app.create_invite()
    fit = {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD}

    said = app.request("/api/join", **fit | body)

    assert said.json["code"] == code and words in said.json["error"]
    assert app.request("/api/join", **fit).status_code == 201


def test_a_handle_belongs_to_one_person_in_whatever_case(any_app):
    any_app.create_account("ann")

    secret = any_app.create_invite()
    again = any_app.request("/api/join", secret=secret, name="Another", handle="ANN", password=PASSWORD)
    bob = any_app.connect_member("bob")
    renamed = bob.request("PATCH", "/api/me", handle="Ann")

    assert (again.status_code, again.json["code"]) == (409, "taken")
    assert (renamed.status_code, renamed.json["code"]) == (409, "taken")
    assert bob.request("PATCH", "/api/me", handle="bob").status_code == 200


def test_a_new_password_ends_the_other_sign_ins_and_not_this_one(any_app):
    ann = any_app.connect_member("ann")
    phone = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]
    there = any_app.connect(ann.person, phone)

    wrong = ann.post("/api/password", old="not this one", new="another fine password")
    said = ann.post("/api/password", old=PASSWORD, new="another fine password")

    assert (wrong.status_code, wrong.json["error"]) == (403, "the old password is wrong")
    assert said.json == {"ended": 1}
    until(lambda: not there.client.connected)
    assert any_app.request("/api/people", phone, "GET").status_code == 401
    assert ann.client.connected and ann.get("/api/people").status_code == 200
    assert any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code == 403
    assert any_app.request("/api/sign-in", handle="ann", password="another fine password").status_code == 200


def test_a_link_for_a_new_password_is_for_one_person_works_once_and_ends_everything(any_app):
    ann = any_app.connect_member("ann")
    token = ann.post("/api/tokens", name="script", scope="read").json["secret"]
    older = any_app.owner.post(f"/api/people/{ann.person}/reset").json["url"].partition("#")[2]
    secret = any_app.owner.post(f"/api/people/{ann.person}/reset").json["url"].partition("#")[2]
    leads_to = any_app.request("/api/invites/check", secret=secret).json

    said = any_app.request("/api/join", secret=secret, password="another fine password")
    again = any_app.request("/api/join", secret=secret, password="a third fine password")

    assert leads_to["reset"] and not leads_to["owner"]
    assert (said.status_code, said.json["person"]["id"]) == (200, ann.person)
    assert [again.status_code, any_app.request("/api/invites/check", secret=older).status_code] == [404, 404]
    until(lambda: not ann.client.connected)
    assert [any_app.request("/api/people", secret, "GET").status_code for secret in (ann.token, token)] == [401, 401]
    assert any_app.request("/api/sign-in", handle="ann", password="another fine password").status_code == 200


def test_a_password_is_kept_as_argon2id_with_at_least_19_mib_and_two_passes(any_app, real_hasher):
    any_app.create_account("ann")

    [(kept,)] = db.execute("select password from person where handle = 'ann'")

    memory, passes = map(int, re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", kept).groups())
    assert memory >= 19 * 1024 and passes >= 2
    assert PASSWORD not in str(db.execute("select * from person"))
