"""Invites: the role they give, how often and how long they work, and who may create them."""

from dataclasses import replace

import gevent

from hubbub.core import access, db
from hubbub.people import accounts, links, model
from hubbub.web import address
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
        "role": "guest", "owner": False, "reset": False, "by": "olga", "room": None,
        "channel": None, "account": None}
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


def test_only_owners_and_admins_manage_invites(any_app):
    for role in ("member", "guest"):
        ann = any_app.connect_member(f"ann-{role}", role)

        answers = [ann.post("/api/invites", role="guest"), ann.get("/api/invites"),
                   ann.request("DELETE", "/api/invites/1")]

        assert {(answer.status_code, answer.json.get("code")) for answer in answers} == {(403, "denied")}, role


def test_an_invalid_invite_is_refused_with_a_reason(app):
    olga = app.set_up_owner()

    for body, reason in [
        ({"role": "owner"}, "guest, member or admin"),
        ({"role": "system"}, "guest, member or admin"),
        ({"role": "member", "uses": 0}, "uses"),
        ({"role": "member", "days": 9999}, "days"),
    ]:
        answer = olga.post("/api/invites", **body)
        assert answer.json.get("code") == "bad_input" and reason in answer.json["error"], body


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


def test_an_invite_into_a_room_leads_there_and_lets_a_member_join_it(app):
    owner = app.set_up_owner()
    room = owner.call("create_room", name="plans", kind="private", key="k")["ok"]["channel"]
    secret = app.create_invite(room=int(room.partition(":")[2]), uses=2)
    ann = app.connect_member("ann")

    checked = app.request("/api/invites/check", secret=secret).json
    accepted = ann.post("/api/invites/accept", secret=secret)
    joined = app.request("/api/join", secret=secret, name="bob", handle="bob", password=PASSWORD)
    used = ann.post("/api/invites/accept", secret=secret)
    members = [member["person"] for member in owner.call("members", channel=room)["ok"]]

    assert (checked["room"], checked["channel"]) == ("plans", room)
    assert (accepted.json, joined.json["channel"]) == ({"channel": room}, room)
    assert sorted(members) == [owner.person, ann.person, joined.json["person"]["id"]]
    assert used.status_code == 404


def test_a_link_works_for_others_or_says_that_it_does_not(app, monkeypatch):
    for listens, asked, network, expected in [
        ("127.0.0.1", "127.0.0.1:5000", "192.168.1.7", ("http://127.0.0.1:5000/join", True)),
        ("127.0.0.1", "localhost:5000", "", ("http://localhost:5000/join", True)),
        ("0.0.0.0", "localhost:5000", "192.168.1.7", ("http://192.168.1.7:5000/join", False)),
        ("::", "[::1]:5000", "fd00::7", ("http://[fd00::7]:5000/join", False)),
        ("0.0.0.0", "localhost", "192.168.1.7", ("http://192.168.1.7:80/join", False)),
        ("0.0.0.0", "127.0.0.1:5000", "", ("http://127.0.0.1:5000/join", True)),
        ("0.0.0.0", "192.168.1.7:5000", "192.168.1.7", ("http://192.168.1.7:5000/join", False)),
    ]:
        monkeypatch.setattr(app.flask.node, "config", replace(app.config, host=listens))
        monkeypatch.setattr(address, "network_address", lambda network=network: network)

        with app.flask.node.active(), app.flask.test_request_context("/", base_url=f"http://{asked}"):
            link = links.invite("s")

        assert (link.url.removesuffix("#s"), link.is_local) == expected, (listens, asked, network)


def test_a_new_person_joins_the_rooms_that_are_set_for_new_people(any_app):
    olga = any_app.set_up_owner()
    new = lambda name, kind: olga.call("create_room", name=name, kind=kind, key=name)["ok"]["channel"]  # noqa: E731
    news, tea, secret, old = (new("News", "announcement"), new("Tea", "public"), new("Plot", "private"),
                              new("Old", "public"))
    ids = [int(channel[5:]) for channel in (news, tea, secret, old)]
    olga.request("PATCH", "/api/settings", rooms=[*ids, ids[0], 999])
    olga.call("archive", channel=old, on=True, key="a")
    link = any_app.create_invite(room=ids[1])

    body = {"secret": link, "name": "Ann", "handle": "ann", "password": PASSWORD}
    person = any_app.request("/api/join", **body).json["person"]["id"]
    guest = any_app.connect(*any_app.create_account("gus", role="guest"))

    def rooms_of(person):
        return {name for name, in db.execute("select room.name from member join room on room.id = member.room "
                                             "where member.person = :person", person=person)}

    assert rooms_of(person) == {"News", "Tea"} and rooms_of(guest.person) == set()
    assert db.execute("select name from channel where name = :name", name="room:999") == []
    assert olga.get("/api/settings").json["rooms"] == [*ids, 999]
