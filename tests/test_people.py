"""Guests: coming in, names, being known again, who is here, and who may come in at all."""

import pytest

from hubbub.core import db
from hubbub.people import model, presence
from tests.club import until
from tests.house import HERE


def test_a_guest_comes_in_with_a_name_and_is_known_again_by_the_cookie(house):
    said = house.http.post("/api/guests", json={"name": "  Ann   Lee "}, environ_overrides=HERE)

    cookie = said.headers["Set-Cookie"]
    page = house.http.get("/", environ_overrides=HERE).text
    assert said.status_code == 201
    assert said.json["person"] == {"id": 1, "name": "Ann Lee", "role": "guest", "handle": "ann-lee", "status": "",
                                   "avatar": ""}
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and said.json["token"] in cookie
    assert '"name": "Ann Lee"' in page or '"name":"Ann Lee"' in page


def test_only_the_hash_of_a_secret_is_kept(house):
    _, token = house.come_in("ann")

    assert token not in str(db.execute("select * from sign_in"))
    assert model.known(token).person == 1
    assert model.known(token + "x") is None


def test_a_guest_without_a_wish_gets_a_friendly_name(house):
    said = house.http.post("/api/guests", json={}, environ_overrides=HERE).json

    assert len(said["person"]["name"].split()) == 2


@pytest.mark.parametrize("environ", [
    {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "127.0.0.1"},
    {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "chat.example"},
    {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
    {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
])
def test_who_is_not_on_this_machine_is_not_let_in_and_sees_nothing(house, environ):
    ann = house.sign_in("ann")
    ann.ask("post", channel="room:1", text="a private word", key="1")

    said = house.http.post("/api/guests", json={}, environ_overrides=environ)
    page = house.http.get("/", environ_overrides=environ)

    assert (said.status_code, said.json["code"]) == (401, "sign_in")
    assert page.status_code == 200
    assert "a private word" not in page.text


def test_a_foreign_page_cannot_make_a_guest(house):
    said = house.http.post("/api/guests", json={}, environ_overrides=HERE, headers={"Origin": "https://evil.example"})

    assert (said.status_code, said.json["code"]) == (403, "denied")


def test_everybody_hears_of_a_new_name(sign_in):
    ann, bob = sign_in("ann"), sign_in("bob")
    bob.ask("subscribe", channel="people:all")

    answer = ann.ask("rename", name="Anna")

    changed = {"id": ann.person, "name": "Anna", "role": "guest", "handle": "ann", "status": "", "avatar": ""}
    assert answer == {"ok": changed}
    assert bob.heard("person", 3)[-1]["data"] == changed
    assert bob.ask("people", ids=[ann.person, 999]) == {"ok": [changed]}


@pytest.mark.parametrize("name, words", [
    ("", "a name needs at least one letter"),
    (" \n ", "a name needs at least one letter"),
    ("x" * 41, "a name has at most 40 characters"),
    ("a\u202eb", "a name may only have characters that can be seen"),
    ("\u0301", "a name may only have characters that can be seen"),
    (7, "name must be text, not a whole number"),
])
def test_a_name_that_is_none_is_refused_in_words(sign_in, name, words):
    ann = sign_in("ann")

    assert ann.ask("rename", name=name) == {"error": words, "code": "bad_input"}
    assert ann.ask("people", ids=[ann.person])["ok"][0]["name"] == "ann"


def test_who_is_here_is_told_once_however_many_devices(house, sign_in, monkeypatch):
    monkeypatch.setattr(presence, "GRACE", 0.01)
    bob = sign_in("bob")
    bob.ask("subscribe", channel="people:all")
    person, token = house.come_in("ann")

    devices = [house.connect(person, token) for _ in range(2)]
    here = bob.ask("here")
    devices[0].client.disconnect()
    bob.ask("here")
    before = bob.heard("here")
    devices[1].client.disconnect()
    told = [signal["data"] for signal in bob.heard("here", 2)]

    assert here == {"ok": [bob.person, person]}
    assert [signal["data"] for signal in before] == [{"person": person, "here": True}]
    assert told == [{"person": person, "here": True}, {"person": person, "here": False}]


def test_a_reload_is_not_an_absence(house, sign_in, monkeypatch):
    bob = sign_in("bob")
    bob.ask("subscribe", channel="people:all")
    person, token = house.come_in("ann")

    house.connect(person, token).client.disconnect()
    until(lambda: not presence._connections[person])
    house.connect(person, token)

    assert bob.ask("here") == {"ok": [bob.person, person]}
    assert [signal["data"]["here"] for signal in bob.heard("here", 1)] == [True]
