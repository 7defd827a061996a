"""Roles and bans: who may change them, and that open connections are closed."""



from hubbub.core import db, log
from hubbub.core.db import migrate
from hubbub.people import model
from tests.running_app import PASSWORD
from tests.waiting import until


def change_role(user, person, role):
    return user.request("PATCH", f"/api/people/{person}", role=role)


def test_only_an_owner_can_appoint_owners(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")
    ann, bob = any_app.create_account("ann")[0], any_app.create_account("bob")[0]

    answers = [change_role(adam, ann, "admin"), change_role(adam, bob, "owner"),
               change_role(adam, adam.person, "owner"), change_role(olga, bob, "owner")]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 200]
    assert [model.role(db, person) for person in (ann, bob, adam.person)] == ["admin", "owner", "admin"]


def test_an_admin_cannot_change_an_owner(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")

    answers = [change_role(adam, olga.person, "member"), adam.post(f"/api/people/{olga.person}/ban"),
               adam.post(f"/api/people/{olga.person}/unban"), adam.post(f"/api/people/{olga.person}/reset")]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "denied")}
    assert olga.client.connected


def test_the_last_owner_cannot_step_down(any_app):
    olga, ann = any_app.set_up_owner(), any_app.create_account("ann")[0]

    as_last_owner = change_role(olga, olga.person, "member")
    change_role(olga, ann, "owner")
    as_one_of_two = change_role(olga, olga.person, "member")

    assert (as_last_owner.status_code, as_one_of_two.status_code) == (403, 200)
    assert [model.role(db, person) for person in (olga.person, ann)] == ["member", "owner"]


def test_members_and_guests_cannot_manage_people(any_app):
    any_app.set_up_owner()
    bob, _ = any_app.create_account("bob")

    for role in ("member", "guest"):
        ann = any_app.connect_member(f"ann-{role}", role)
        answers = [change_role(ann, bob, "guest"), change_role(ann, ann.person, "admin"),
                   *(ann.post(f"/api/people/{bob}/{action}") for action in ("ban", "unban", "reset")),
                   ann.get("/api/settings"), ann.request("PATCH", "/api/settings", guests=True)]

        assert {(answer.status_code, answer.json.get("code")) for answer in answers} == {(403, "denied")}, role


def test_a_new_role_is_sent_to_all_members(any_app):
    adam, bob = any_app.connect_member("adam", "admin"), any_app.connect_member("bob")
    bob.call("subscribe", channel="people:all")
    before = len(bob.received("person"))

    change_role(any_app.owner, adam.person, "member")

    assert bob.received("person", before + 1)[-1]["data"]["role"] == "member"
    assert adam.post("/api/invites", role="member").status_code == 403


def test_a_ban_ends_connections_and_sign_ins_and_can_be_lifted(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    bob.call("subscribe", channel="people:all")
    token = ann.post("/api/tokens", name="t", scope="read").json["secret"]

    card = any_app.owner.post(f"/api/people/{ann.person}/ban").json
    until(lambda: not ann.client.connected)
    statuses = [any_app.request("/api/people", secret, "GET").status_code for secret in (ann.token, token)]
    while_banned = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code
    any_app.owner.post(f"/api/people/{ann.person}/unban")
    after_unban = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code

    assert (card["role"], card["banned"]) == ("member", True)
    assert (statuses, while_banned, after_unban) == ([401, 401], 403, 200)
    until(lambda: "banned" not in bob.received("person")[-1]["data"])
    assert [entry["data"].get("banned") for entry in bob.received("person")[-2:]] == [True, None]


def test_a_banned_guest_is_disconnected_and_has_no_permissions(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")

    any_app.owner.post(f"/api/people/{gus.person}/ban")

    until(lambda: not gus.client.connected)
    assert model.role(db, gus.person) == ""
    assert not model.may(db, gus.person, "all", "read")


def test_a_stored_token_of_a_banned_person_does_not_work(any_app):
    ann = any_app.create_account("ann")
    with db.transaction() as tx:
        tx.execute("update person set banned = 1 where id = :id", id=ann[0])

    assert any_app.request("/api/people", ann[1], "GET").status_code == 401


def test_nobody_can_ban_an_owner_or_themselves(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")

    answers = [olga.post(f"/api/people/{olga.person}/ban"), adam.post(f"/api/people/{adam.person}/ban")]

    assert {answer.json["code"] for answer in answers} == {"denied"}
    assert olga.client.connected and adam.client.connected


def test_a_guest_without_an_account_gets_no_role_and_no_reset_link(any_app):
    any_app.set_up_owner()
    gus = any_app.connect_guest("gus")

    answers = [change_role(any_app.owner, gus.person, "admin"), any_app.owner.post(f"/api/people/{gus.person}/reset")]

    assert {answer.json["code"] for answer in answers} == {"denied"}
    assert gus.client.connected


def test_an_invalid_role_change_is_refused(app):
    olga = app.set_up_owner()

    for person, role, code in [(999, "member", "not_found"), (0, "owner", "not_found"), (1, "king", "bad_input"),
                               (1, "system", "bad_input")]:
        assert change_role(olga, person, role).json.get("code") == code, (person, role)


def test_actions_of_admins_are_audited(any_app):
    adam, ann = any_app.connect_member("adam", "admin"), any_app.create_account("ann")[0]
    change_role(adam, ann, "guest")
    adam.post(f"/api/people/{ann}/ban")
    adam.post(f"/api/people/{ann}/unban")
    adam.post(f"/api/people/{ann}/reset")
    adam.request("PATCH", "/api/settings", guests=True)

    items = adam.get("/api/channels/audit:all/window").json["items"]

    assert [(item["author"], item["action"], item.get("subject")) for item in items[-5:]] == [
        (adam.person, "role_changed", ann), (adam.person, "banned", ann), (adam.person, "unbanned", ann),
        (adam.person, "reset_link", ann), (adam.person, "settings_changed", None)]


def test_owners_find_what_a_person_did_and_what_was_done_to_them_page_by_page(any_app):
    olga, adam = any_app.set_up_owner(), any_app.connect_member("adam", "admin")
    people = [any_app.create_account(name)[0] for name in ("ann", "bo")]
    for _ in range(3):
        adam.post(f"/api/people/{people[0]}/ban")
        olga.post(f"/api/people/{people[0]}/unban")
    change_role(adam, people[1], "guest")

    def found(**wanted):
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        answer = olga.get(f"/api/audit?{query}").json
        return [(item["action"], item.get("subject")) for item in answer["items"]], answer["before"]

    ann, bo = people
    bans, before = found(person="@ann", action="banned", limit=2)
    assert bans == [("banned", ann)] * 2 and before > 0
    assert found(person="ann", action="banned", limit=2, before=before) == ([("banned", ann)], 0)
    assert found(person="adam")[0][:4] == [("role_changed", bo), *[("banned", ann)] * 3]
    assert found(person="bo")[0][0] == ("role_changed", bo) and found(action="nothing_such") == ([], 0)
    assert olga.get("/api/audit?limit=1").json["people"][str(bo)]["name"] == "bo"
    assert olga.get("/api/audit?person=nobody").json["code"] == "not_found"
    assert olga.get("/api/audit?action=%25").json["code"] == "bad_input"
    assert adam.get("/api/audit").json["code"] == "denied"


def test_older_audit_entries_get_the_names_of_today(any_app):
    olga = any_app.set_up_owner()
    [update] = [step.sql for step in migrate.steps(db.dialect()) if step.id == ("people", 3)]
    with db.transaction() as tx:
        log.append(tx, "audit:all", "noted", {"what": "role", "about": 5, "role": "guest", "was": "member"},
                   author=olga.person, key="role")
    with db.transaction():
        db.state().engine.script(update)

    item = olga.get("/api/channels/audit:all/window").json["items"][-1]

    assert {"action": "role_changed", "subject": 5, "role": "guest", "previous_role": "member"}.items() <= item.items()


def test_nobody_can_post_to_the_audit_log(any_app):
    olga = any_app.set_up_owner()

    answer = olga.post("/api/channels/audit:all/entries", text="nothing happened", key="k")

    assert answer.status_code in (403, 404)


def test_a_reset_link_stops_working_once_the_member_is_an_owner(any_app):
    adam, ann = any_app.connect_member("adam", "admin"), any_app.create_account("ann")[0]
    secret = adam.post(f"/api/people/{ann}/reset").json["url"].partition("#")[2]

    change_role(any_app.owner, ann, "owner")

    assert any_app.request("/api/join", secret=secret, password="adams own password").status_code == 404
