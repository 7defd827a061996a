"""Invites: what a link gives, how often and until when, and who may hand one out."""

import gevent
import pytest

from hubbub.core import access, db
from hubbub.people import accounts, model
from tests.running_app import PASSWORD


def join(app, secret, handle):
    return app.request("/api/join", secret=secret, name=handle, handle=handle, password=PASSWORD)


def test_twenty_who_use_the_last_use_at_once_are_one_success(any_app):
    secret = any_app.create_invite()

    racers = [gevent.spawn(join, any_app, secret, f"racer-{n}") for n in range(20)]
    gevent.joinall(racers, raise_error=True)

    assert sorted(racer.value.status_code for racer in racers) == [201] + [404] * 19
    assert db.execute("select count(*) from person where handle like 'racer%'") == [(1,)]


def test_an_invite_gives_its_role_as_often_as_it_says(any_app):
    secret = any_app.create_invite("admin", uses=2)

    said = [join(any_app, secret, f"adam-{n}") for n in range(3)]

    assert [answer.status_code for answer in said] == [201, 201, 404]
    assert [answer.json["person"]["role"] for answer in said[:2]] == ["admin", "admin"]


def test_before_one_joins_one_sees_who_invites_to_what_and_that_uses_nothing(any_app):
    secret = any_app.create_invite("guest")

    said = [any_app.request("/api/invites/check", secret=secret).json for _ in range(2)]

    assert said[0] == said[1]
    assert said[0] | {"by": said[0]["by"]["name"]} == {"role": "guest", "owner": False, "reset": False, "by": "olga",
                                                      "room": None}
    assert any_app.request("/api/invites/check", secret="x" + secret).status_code == 404


def test_an_invite_that_ran_out_or_was_revoked_is_good_for_nothing(any_app):
    old, revoked = any_app.create_invite(), any_app.create_invite()
    [newest, older, *_] = any_app.owner.get("/api/invites").json
    with db.transaction() as tx:
        tx.execute("update invite set until = 1 where id = :id", id=older["id"])

    gone = any_app.owner.request("DELETE", f"/api/invites/{newest['id']}")

    assert gone.status_code == 204
    assert [join(any_app, secret, "ann").status_code for secret in (old, revoked)] == [404, 404]
    assert {invite["id"] for invite in any_app.owner.get("/api/invites").json} & {newest["id"], older["id"]} == set()


def test_links_are_told_once_and_kept_as_hashes(any_app):
    secret = any_app.create_invite()

    assert secret not in any_app.owner.get("/api/invites").text
    assert secret not in str(db.execute("select * from invite"))


@pytest.mark.parametrize("role", ["member", "guest"])
def test_only_owners_and_admins_invite(any_app, role):
    ann = any_app.connect_member("ann", role)

    answers = [ann.post("/api/invites", role="guest"), ann.get("/api/invites"),
               ann.request("DELETE", "/api/invites/1")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "denied")}


@pytest.mark.parametrize("body, words", [
    ({"role": "owner"}, "guest, member or admin"),
    ({"role": "system"}, "guest, member or admin"),
    ({"role": "member", "uses": 0}, "uses"),
    ({"role": "member", "days": 9999}, "days"),
])
def test_an_invite_that_cannot_be_is_refused_in_words(app, body, words):
    said = app.set_up_owner().post("/api/invites", **body)

    assert said.json["code"] == "bad_input" and words in said.json["error"]


def test_nobody_becomes_an_owner_by_an_invite_even_one_that_says_so(any_app):
    any_app.set_up_owner()
    with db.transaction() as tx:
        tx.execute("insert into invite (secret, role, uses, maker, since) values (:secret, 'owner', 1, 1, 0)",
                   secret=model.hashed("s"))

    assert join(any_app, "s", "eve").status_code == 409
    assert model.by_handle(db, "eve") is None


def test_what_somebody_handed_out_is_void_once_they_may_not_any_more(any_app):
    adam = any_app.connect_member("adam", "admin")
    secret = adam.post("/api/invites", role="admin").json["url"].partition("#")[2]

    any_app.owner.request("PATCH", f"/api/people/{adam.person}", role="member")

    assert join(any_app, secret, "eve").status_code == 404


def test_a_guest_who_joins_stays_the_same_person_and_who_has_an_account_does_not_join_again(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")
    secret = any_app.create_invite(uses=5)

    became = any_app.request("/api/join", gus.token, secret=secret, name="Gus", handle="gus", password=PASSWORD).json
    again = any_app.request("/api/join", became["token"], secret=secret, name="Gus", handle="gus2", password=PASSWORD)

    assert (became["person"]["id"], became["person"]["role"]) == (gus.person, "member")
    assert (again.status_code, again.json["code"]) == (409, "taken")
    assert gus.get("/api/people").status_code == 401


def test_an_invite_leads_into_a_room_while_its_maker_may_still_invite_there(any_app, monkeypatch):
    may, led = {"invite"}, []
    monkeypatch.setattr(accounts, "_invited", [lambda tx, *who: led.append(who)])
    access.rule("room")(lambda reads, person, name, verb: verb in may)
    olga = any_app.set_up_owner()
    secret = any_app.create_invite(room=7, uses=2)

    ann = join(any_app, secret, "ann").json["person"]["id"]
    may.clear()
    bob = join(any_app, secret, "bob")

    assert led == [(ann, 7, olga.person)]
    assert bob.status_code == 201
    assert olga.post("/api/invites", role="member", room=7).json["code"] == "absent"
