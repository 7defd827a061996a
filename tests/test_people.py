"""Guests and members: signing in as a guest, names, profiles, presence and the directory."""


from hubbub.core import db
from hubbub.people import model, presence
from tests.running_app import HERE
from tests.waiting import until


def test_a_guest_signs_in_with_a_name_and_is_recognised_by_the_cookie(app):
    answer = app.http.post("/api/guests", json={"name": "  Ann   Lee "}, environ_overrides=HERE)

    cookie = answer.headers["Set-Cookie"]
    page = app.http.get("/", environ_overrides=HERE).text
    assert answer.status_code == 201
    assert answer.json["person"] == {"id": 1, "name": "Ann Lee", "role": "guest", "handle": "ann-lee", "status": "",
                                   "avatar": ""}
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and answer.json["token"] in cookie
    assert '"name": "Ann Lee"' in page or '"name":"Ann Lee"' in page


def test_only_the_hash_of_a_secret_is_stored(app):
    _, token = app.create_guest("ann")

    assert token not in str(db.execute("select * from sign_in"))
    assert model.authenticate(token).person == 1
    assert model.authenticate(token + "x") is None


def test_a_guest_without_a_name_gets_a_generated_one(app):
    answer = app.http.post("/api/guests", json={}, environ_overrides=HERE).json

    assert len(answer["person"]["name"].split()) == 2


def test_a_guest_from_another_machine_is_refused_and_sees_nothing(app):
    ann = app.connect_guest("ann")
    ann.call("post", channel="room:1", text="a private word", key="1")

    for environ in (
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "chat.example"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
    ):
        answer = app.http.post("/api/guests", json={}, environ_overrides=environ)
        page = app.http.get("/", environ_overrides=environ)

        assert (answer.status_code, answer.json.get("code")) == (401, "sign_in"), environ
        assert page.status_code == 200, environ
        assert "a private word" not in page.text, environ


def test_a_page_of_another_origin_cannot_create_a_guest(app):
    answer = app.http.post("/api/guests", json={}, environ_overrides=HERE, headers={"Origin": "https://evil.example"})

    assert (answer.status_code, answer.json["code"]) == (403, "denied")


def test_a_new_name_is_sent_to_everyone(connect_guest):
    ann, bob = connect_guest("ann"), connect_guest("bob")
    bob.call("subscribe", channel="people:all")

    answer = ann.call("set_name", name="Anna")

    changed = {"id": ann.person, "name": "Anna", "role": "guest", "handle": "ann", "status": "", "avatar": ""}
    assert answer == {"ok": changed}
    assert bob.received("person", 3)[-1]["data"] == changed
    assert bob.call("people", ids=[ann.person, 999]) == {"ok": [changed]}


def test_an_unfit_name_is_refused(connect_guest):
    ann = connect_guest("ann")

    for name, id in [
        ("", "error.name_missing"), (" \n ", "error.name_missing"), ("x" * 41, "error.name_too_long"),
        ("a\u202eb", "error.name_invisible"), ("\u0301", "error.name_invisible"), (7, "error.field_type"),
    ]:
        answer = ann.call("set_name", name=name)
        assert (answer.get("id"), answer.get("code")) == (id, "bad_input"), name

    assert ann.call("people", ids=[ann.person])["ok"][0]["name"] == "ann"


def test_presence_is_announced_once_for_several_devices(app, connect_guest, monkeypatch):
    monkeypatch.setattr(presence, "ABSENCE", 0.01)
    bob = connect_guest("bob")
    bob.call("subscribe", channel="people:all")
    person, token = app.create_guest("ann")

    devices = [app.connect(person, token) for _ in range(2)]
    here = bob.call("online")
    devices[0].client.disconnect()
    bob.call("online")
    before = [signal["data"] for signal in bob.received("presence", 1)]
    devices[1].client.disconnect()
    signals = [signal["data"] for signal in bob.received("presence", 2)]

    assert here == {"ok": [bob.person, person]}
    assert [person in signal["online"] for signal in before] == [True]
    assert signals[1:] == [{"online": [], "offline": [person]}]


def test_a_reload_is_not_announced_as_an_absence(app, connect_guest, monkeypatch):
    bob = connect_guest("bob")
    bob.call("subscribe", channel="people:all")
    person, token = app.create_guest("ann")

    app.connect(person, token).client.disconnect()
    until(lambda: not presence.state().connections[person])
    app.connect(person, token)

    assert bob.call("online") == {"ok": [bob.person, person]}
    assert [person in signal["data"]["online"] for signal in bob.received("presence", 1)] == [True]


def test_guests_get_unique_handles_made_from_their_names(any_app):
    names = ["Amber Fox", "Amber Fox", "Zoë  Müller-Ångström", "你好", "all", "-._"]

    people = [any_app.request("/api/guests", name=name).json["person"]["handle"] for name in names]

    assert people == ["amber-fox", "amber-fox-2", "zoe-muller-angstrom", "guest", "all-2", "guest-2"]


def test_a_profile_change_is_sent_to_everyone_and_keeps_other_fields(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    bob.call("subscribe", channel="people:all")
    before = len(bob.received("person"))

    over_the_socket = ann.call("profile", status="on holiday", handle="Anna")
    over_http = ann.request("PATCH", "/api/me", name="Anna").json

    expected = {"id": ann.person, "name": "Anna", "role": "member", "handle": "anna", "status": "on holiday",
              "avatar": ""}
    assert over_the_socket["ok"] == expected | {"name": "ann"}
    assert over_http == expected
    assert bob.received("person", before + 2)[-1]["data"] == expected


def test_an_invalid_profile_changes_nothing(any_app):
    ann = any_app.connect_member("ann")
    any_app.create_account("bob")
    before = ann.call("people", ids=[ann.person])

    for change, code in [
        ({"handle": "bob"}, "conflict"), ({"handle": "room"}, "conflict"), ({"handle": "a b"}, "bad_input"),
        ({"handle": "a" * 33}, "bad_input"), ({"handle": "<b>"}, "bad_input"), ({"status": "x" * 101}, "bad_input"),
        ({"status": "a\u202eb"}, "bad_input"), ({"name": ""}, "bad_input"), ({"role": "owner"}, "bad_input"),
    ]:
        answers = [ann.call("profile", **{"name": "Anna", **change}), ann.request("PATCH", "/api/me", **change).json]
        assert [answer.get("code") for answer in answers] == [code, code], change

    assert ann.call("people", ids=[ann.person]) == before


def test_people_are_found_by_part_of_their_name_or_handle(any_app):
    ann = any_app.connect_member("ann")
    for name in ("Anna_B", "Bob"):
        any_app.create_account(name)

    def find(query):
        return [person["handle"] for person in ann.get(f"/api/people?q={query}").json]

    assert find("AN") == ["ann", "anna_b"]
    assert (find("@bo"), find("_"), find("%25"), find("~"), find("nobody")) == (["bob"], ["anna_b"], [], [], [])
    assert len(ann.get("/api/people?limit=2").json) == 2


def test_a_persons_card_has_profile_join_time_and_presence(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.create_account("bob")[0]

    cards = [ann.get(f"/api/people/{person}").json for person in (ann.person, bob)]

    assert [(card["person"]["name"], card["online"]) for card in cards] == [("ann", True), ("bob", False)]
    assert cards[0]["since"] <= cards[1]["since"]
    assert [ann.get(f"/api/people/{person}").status_code for person in (0, 999)] == [404, 404]


def test_guests_are_off_by_default_on_a_claimed_server(any_app):
    olga = any_app.set_up_owner()
    away = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}

    def try_as_guest():
        return [any_app.flask.test_client().post("/api/guests", json={}, environ_overrides=where).status_code
                for where in (HERE, away)]

    off = try_as_guest()
    olga.request("PATCH", "/api/settings", guests=True)
    on = try_as_guest()
    olga.request("PATCH", "/api/settings", guests=False)

    assert (off, on, try_as_guest()) == ([401, 401], [201, 201], [401, 401])
    assert olga.get("/api/settings").json["guests"] is False


def test_every_address_of_the_page_serves_it_without_caching(app):
    addresses = ["/", "/room/1", "/room/1/7", "/join", "/sign-in", "/settings", "/settings/tokens", "/rooms",
                 "/people", "/search"]

    pages = [app.http.get(address, environ_overrides=HERE) for address in addresses]

    assert {(page.status_code, page.mimetype, page.headers["Cache-Control"]) for page in pages} == {
        (200, "text/html", "no-store")}
    assert all('id="boot"' in page.text for page in pages)
    assert app.http.get("/room/x", environ_overrides=HERE).status_code == 404


def test_the_signed_out_page_offers_claiming_and_guest_sign_in_where_allowed(app):
    def boot(where=HERE):
        page = app.flask.test_client().get("/", environ_overrides=where).text
        return {name: f'"{name}": true' in page for name in ("setup", "guests")}

    away = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}
    before = boot(), boot(away)
    app.set_up_owner()

    assert before == ({"setup": True, "guests": True}, {"setup": False, "guests": False})
    assert boot() == {"setup": False, "guests": False}


def test_a_card_has_the_time_zone_that_a_device_told_last(any_app):
    olga = any_app.set_up_owner()
    ann = any_app.connect_member("Ann")
    card = lambda: olga.get(f"/api/people/{ann.person}").json  # noqa: E731
    before = card()["zone"]

    ann.call("set_zone", zone="Asia/Tokyo")
    ann.call("set_zone", zone="America/Sao_Paulo")
    refused = [ann.call("set_zone", zone=zone)["code"] for zone in ("Mars/Olympus", "../../etc/passwd", "", "x" * 65)]

    assert (before, card()["zone"], set(refused)) == ("", "America/Sao_Paulo", {"bad_input"})
