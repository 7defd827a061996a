"""Roles and bans: who may do what to whom, and that it reaches open connections within a second."""


import pytest

from hubbub.core import db, log
from hubbub.core.db import migrate
from hubbub.people import model
from tests.running_app import PASSWORD
from tests.waiting import until


def change(by, person, role):
    return by.request("PATCH", f"/api/people/{person}", role=role)


def test_an_owner_makes_owners_and_an_admin_does_not(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")
    ann, bob = any_app.create_account("ann")[0], any_app.create_account("bob")[0]

    answers = [change(adam, ann, "admin"), change(adam, bob, "owner"), change(adam, adam.person, "owner"),
               change(olga, bob, "owner")]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 200]
    assert [model.role(db, person) for person in (ann, bob, adam.person)] == ["admin", "owner", "admin"]


def test_nobody_below_an_owner_touches_one(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")

    answers = [change(adam, olga.person, "member"), adam.post(f"/api/people/{olga.person}/ban"),
               adam.post(f"/api/people/{olga.person}/unban"), adam.post(f"/api/people/{olga.person}/reset")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "denied")}
    assert olga.client.connected


def test_the_last_owner_cannot_step_down_and_one_of_two_can(any_app):
    olga, ann = any_app.set_up_owner(), any_app.create_account("ann")[0]

    alone = change(olga, olga.person, "member")
    change(olga, ann, "owner")
    of_two = change(olga, olga.person, "member")

    assert (alone.status_code, of_two.status_code) == (403, 200)
    assert [model.role(db, person) for person in (olga.person, ann)] == ["member", "owner"]


@pytest.mark.parametrize("role", ["member", "guest"])
def test_members_and_guests_change_nobody(any_app, role):
    any_app.set_up_owner()
    ann, bob = any_app.connect_member("ann", role), any_app.create_account("bob")[0]

    answers = [change(ann, bob, "guest"), change(ann, ann.person, "admin"), ann.post(f"/api/people/{bob}/ban"),
               ann.post(f"/api/people/{bob}/unban"), ann.post(f"/api/people/{bob}/reset"), ann.get("/api/settings"),
               ann.request("PATCH", "/api/settings", guests=True)]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "denied")}


def test_a_demotion_closes_open_connections_and_is_sent_to_all_members(any_app):
    adam, bob = any_app.connect_member("adam", "admin"), any_app.connect_member("bob")
    bob.call("subscribe", channel="people:all")
    before = len(bob.received("person"))

    change(any_app.owner, adam.person, "member")
    until(lambda: not adam.client.connected)

    assert bob.received("person", before + 1)[-1]["data"]["role"] == "member"
    assert any_app.connect(adam.person, adam.token).post("/api/invites", role="member").status_code == 403


def test_who_becomes_an_admin_signs_in_anew_and_tokens_for_everything_end(any_app):
    ann = any_app.connect_member("ann")
    tokens = [ann.post("/api/tokens", name="t", scope=scope).json["secret"] for scope in ("write", "admin")]

    change(any_app.owner, ann.person, "admin")

    until(lambda: not ann.client.connected)
    known = [any_app.request("/api/people", token, "GET").status_code for token in (ann.token, *tokens)]
    assert known == [401, 200, 401]
    again = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]
    assert any_app.request("/api/settings", again, "GET").status_code == 200


def test_who_is_banned_is_out_within_a_second_everywhere_and_can_be_let_in_again(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    bob.call("subscribe", channel="people:all")
    token = ann.post("/api/tokens", name="t", scope="read").json["secret"]

    said = any_app.owner.post(f"/api/people/{ann.person}/ban").json
    until(lambda: not ann.client.connected)
    known = [any_app.request("/api/people", secret, "GET").status_code for secret in (ann.token, token)]
    shut = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code
    any_app.owner.post(f"/api/people/{ann.person}/unban")
    back = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code

    assert (said["role"], said["banned"]) == ("member", True)
    assert (known, shut, back) == ([401, 401], 403, 200)
    until(lambda: "banned" not in bob.received("person")[-1]["data"])
    assert [entry["data"].get("banned") for entry in bob.received("person")[-2:]] == [True, None]


def test_a_banned_guest_is_out_too_and_may_nothing_by_what_is_left_open(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")

    any_app.owner.post(f"/api/people/{gus.person}/ban")

    until(lambda: not gus.client.connected)
    assert model.role(db, gus.person) == ""
    assert not model.may(db, gus.person, "all", "read")


def test_a_secret_of_somebody_banned_is_worth_nothing_even_if_it_is_still_kept(any_app):
    ann = any_app.create_account("ann")
    with db.transaction() as tx:
        tx.execute("update person set banned = 1 where id = :id", id=ann[0])

    assert any_app.request("/api/people", ann[1], "GET").status_code == 401


def test_an_owner_and_oneself_are_banned_by_nobody(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")

    answers = [olga.post(f"/api/people/{olga.person}/ban"), adam.post(f"/api/people/{adam.person}/ban")]

    assert {answer.json["code"] for answer in answers} == {"denied"}
    assert olga.client.connected and adam.client.connected


def test_a_guest_without_an_account_gets_no_role_and_no_link(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")

    answers = [change(any_app.owner, gus.person, "admin"), any_app.owner.post(f"/api/people/{gus.person}/reset")]

    assert {answer.json["code"] for answer in answers} == {"denied"}
    assert gus.client.connected


@pytest.mark.parametrize("person, role, code", [(999, "member", "absent"), (0, "owner", "absent"),
                                                (1, "king", "bad_input"), (1, "system", "bad_input")])
def test_what_cannot_be_is_refused(app, person, role, code):
    assert change(app.set_up_owner(), person, role).json["code"] == code


def test_what_admins_do_is_audited_with_who_to_whom(any_app):
    adam, ann = any_app.connect_member("adam", "admin"), any_app.create_account("ann")[0]
    change(adam, ann, "guest")
    adam.post(f"/api/people/{ann}/ban")
    adam.post(f"/api/people/{ann}/unban")
    adam.post(f"/api/people/{ann}/reset")
    adam.request("PATCH", "/api/settings", guests=True)

    items = adam.get("/api/channels/audit:all/window").json["items"]

    assert [(item["author"], item["action"], item.get("subject")) for item in items[-5:]] == [
        (adam.person, "role_changed", ann), (adam.person, "banned", ann), (adam.person, "unbanned", ann),
        (adam.person, "reset_link", ann), (adam.person, "settings_changed", None)]


def test_older_audit_entries_get_the_names_of_today(any_app):
    olga = any_app.set_up_owner()
    [update] = [step.sql for step in migrate.steps(db.dialect()) if step.id == ("people", 3)]
    with db.transaction() as tx:
        log.append(tx, "audit:all", "noted", {"what": "role", "about": 5, "role": "guest", "was": "member"},
                   author=olga.person, key="role")
    with db.transaction():
        db.state().writer.engine.script(update)

    item = olga.get("/api/channels/audit:all/window").json["items"][-1]

    assert {"action": "role_changed", "subject": 5, "role": "guest", "previous_role": "member"}.items() <= item.items()


def test_nobody_writes_into_the_audit(any_app):
    olga = any_app.set_up_owner()

    said = olga.post("/api/channels/audit:all/entries", text="nothing happened", key="k")

    assert said.status_code in (403, 404)


def test_a_link_to_the_password_of_a_member_is_void_once_they_are_an_owner(any_app):
    adam, ann = any_app.connect_member("adam", "admin"), any_app.create_account("ann")[0]
    secret = adam.post(f"/api/people/{ann}/reset").json["url"].partition("#")[2]

    change(any_app.owner, ann, "owner")

    assert any_app.request("/api/join", secret=secret, password="adams own password").status_code == 404
