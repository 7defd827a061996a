"""Invites: the role they give, how often and how long they work, and who may create them."""

import gevent
import pytest

from hubbub.core import access, db
from hubbub.people import accounts, model
from tests.running_app import PASSWORD


def join(app, secret, handle):
    return app.request("/api/join", secret=secret, name=handle, handle=handle, password=PASSWORD)


def test_the_last_use_of_an_invite_succeeds_once_for_twenty_at_once(any_app):
    secret = any_app.create_invite()

    racers = [gevent.spawn(join, any_app, secret, f"racer-{n}") for n in range(20)]
    gevent.joinall(racers, raise_error=True)

    assert sorted(racer.value.status_code for racer in racers) == [201] + [404] * 19
    assert db.execute("select count(*) from person where handle like 'racer%'") == [(1,)]


def test_an_invite_gives_its_role_as_often_as_allowed(any_app):
    secret = any_app.create_invite("admin", uses=2)

    answers = [join(any_app, secret, f"adam-{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 404]
    assert [answer.json["person"]["role"] for answer in answers[:2]] == ["admin", "admin"]


def test_checking_an_invite_shows_its_details_without_using_it(any_app):
    secret = any_app.create_invite("guest")

    checks = [any_app.request("/api/invites/check", secret=secret).json for _ in range(2)]

    assert checks[0] == checks[1]
    assert checks[0] | {"by": checks[0]["by"]["name"]} == {
        "role": "guest", "owner": False, "reset": False, "by": "olga", "room": None}
    assert any_app.request("/api/invites/check", secret="x" + secret).status_code == 404


def test_an_expired_or_revoked_invite_does_not_work(any_app):
    old, revoked = any_app.create_invite(), any_app.create_invite()
    [newest, older, *_] = any_app.owner.get("/api/invites").json
    with db.transaction() as tx:
        tx.execute("update invite set until = 1 where id = :id", id=older["id"])

    deletion = any_app.owner.request("DELETE", f"/api/invites/{newest['id']}")

    assert deletion.status_code == 204
    assert [join(any_app, secret, "ann").status_code for secret in (old, revoked)] == [404, 404]
    assert {invite["id"] for invite in any_app.owner.get("/api/invites").json} & {newest["id"], older["id"]} == set()


def test_the_secret_of_an_invite_is_shown_once_and_stored_as_a_hash(any_app):
    secret = any_app.create_invite()

    assert secret not in any_app.owner.get("/api/invites").text
    assert secret not in str(db.execute("select * from invite"))


@pytest.mark.parametrize("role", ["member", "guest"])
def test_only_owners_and_admins_manage_invites(any_app, role):
    ann = any_app.connect_member("ann", role)

    answers = [ann.post("/api/invites", role="guest"), ann.get("/api/invites"),
               ann.request("DELETE", "/api/invites/1")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "denied")}


@pytest.mark.parametrize("body, reason", [
    ({"role": "owner"}, "guest, member or admin"),
    ({"role": "system"}, "guest, member or admin"),
    ({"role": "member", "uses": 0}, "uses"),
    ({"role": "member", "days": 9999}, "days"),
])
def test_an_invalid_invite_is_refused_with_a_reason(app, body, reason):
    answer = app.set_up_owner().post("/api/invites", **body)

    assert answer.json["code"] == "bad_input" and reason in answer.json["error"]


def test_no_invite_makes_an_owner_of_a_claimed_server(any_app):
    any_app.set_up_owner()
    with db.transaction() as tx:
        tx.execute("insert into invite (secret, role, uses, created_by, since) values (:secret, 'owner', 1, 1, 0)",
                   secret=model.hashed("s"))

    assert join(any_app, "s", "eve").status_code == 409
    assert model.by_handle(db, "eve") is None


def test_invites_of_a_demoted_admin_stop_working(any_app):
    adam = any_app.connect_member("adam", "admin")
    secret = adam.post("/api/invites", role="admin").json["url"].partition("#")[2]

    any_app.owner.request("PATCH", f"/api/people/{adam.person}", role="member")

    assert join(any_app, secret, "eve").status_code == 404


def test_a_guest_who_joins_keeps_the_person_and_a_member_cannot_join_again(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")
    secret = any_app.create_invite(uses=5)

    joined = any_app.request("/api/join", gus.token, secret=secret, name="Gus", handle="gus", password=PASSWORD).json
    again = any_app.request("/api/join", joined["token"], secret=secret, name="Gus", handle="gus2", password=PASSWORD)

    assert (joined["person"]["id"], joined["person"]["role"]) == (gus.person, "member")
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    assert gus.get("/api/people").status_code == 401


def test_an_invite_adds_to_its_room_while_the_inviter_may_invite_there(any_app, monkeypatch):
    allowed, added = {"invite"}, []
    monkeypatch.setattr(accounts, "_invited", [lambda tx, *arguments: added.append(arguments)])
    access.rule("room")(lambda reads, person, name, verb: verb in allowed)
    olga = any_app.set_up_owner()
    secret = any_app.create_invite(room=7, uses=2)

    ann = join(any_app, secret, "ann").json["person"]["id"]
    allowed.clear()
    bob = join(any_app, secret, "bob")

    assert added == [(ann, 7, olga.person)]
    assert bob.status_code == 201
    assert olga.post("/api/invites", role="member", room=7).json["code"] == "not_found"
