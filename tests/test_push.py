"""Web Push: browsers are told while nobody looks, once, and only of what is still news; a fake service decrypts it."""

import time

import pytest

from hubbub.core import db
from hubbub.notifications import attention, outgoing, push, subscriptions
from tests.club import until
from tests.push_service import PushService, encoded

LOBBY = "room:1"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody waits, and a loopback service may be spoken to."""
    monkeypatch.setattr(push, "grace", 0.0)
    monkeypatch.setattr(push, "FIRST", 0.01)
    monkeypatch.setattr(outgoing, "private", True)


@pytest.fixture
def ann(any_house, monkeypatch):
    any_house.found()
    monkeypatch.setattr(outgoing, "private", True)
    return any_house.join("ann")


@pytest.fixture
def bob(any_house, ann):
    return any_house.join("bob")


@pytest.fixture
def service(any_house):
    service = PushService(any_house)
    yield service
    service.stop()


def subscribe(who, service, name="laptop"):
    assert who.post("/api/push", **service.browser(name)).status_code == 200


def say(who, text, channel=LOBBY):
    return who.ask("post", channel=channel, text=text, key=text[:60])["ok"]


def cursor(name="laptop"):
    return db.execute("select seq, failures from push_subscription where endpoint like :name", name=f"%/{name}")


def settled_down(seq, name="laptop"):
    """Wait until the browser was served up to an entry."""
    until(lambda: cursor(name) == [(seq, 0)])


def told(service):
    return [(said["device"], said["title"], said["body"]) for said in service.pushed]


def test_a_mention_reaches_every_browser_of_its_person_encrypted_and_signed(any_house, ann, bob, service):
    subscribe(bob, service)
    subscribe(bob, service, "phone")
    seq = say(ann, "tea, @bob?")
    until(lambda: len(service.pushed) == 2)

    assert sorted(told(service)) == [("laptop", "ann in Lobby", "tea, @bob?"), ("phone", "ann in Lobby", "tea, @bob?")]
    assert {(said["url"], said["tag"]) for said in service.pushed} == {(f"/room/1/{seq}", LOBBY)}
    assert any_house.push_key_seen == bob.get("/api/push").json["key"]
    assert service.pushed[0]["headers"]["ttl"] == "86400" and len(service.pushed[0]["headers"]["topic"]) == 32


def test_the_key_of_a_place_stays_the_same(any_house, bob):
    before = bob.get("/api/push").json["key"]
    push.begin(any_house.config)

    assert bob.get("/api/push").json["key"] == before


def test_nothing_is_pushed_while_some_device_is_looked_at(ann, bob, service):
    subscribe(bob, service)
    bob.ask("looking", on=True)
    say(ann, "tea, @bob?")
    settled_down(1)
    bob.ask("looking", on=False)
    say(ann, "cake, @bob?")
    settled_down(2)

    assert told(service) == [("laptop", "ann in Lobby", "cake, @bob?")]


def test_a_device_that_was_looked_at_and_is_gone_looks_no_more(any_house, ann, bob, service):
    subscribe(bob, service)
    phone = any_house.connect(bob.person, bob.token)
    phone.ask("looking", on=True)
    phone.client.disconnect()
    until(lambda: not attention.is_looking(bob.person))
    say(ann, "tea, @bob?")
    settled_down(1)

    assert told(service) == [("laptop", "ann in Lobby", "tea, @bob?")]


def test_what_was_read_meanwhile_is_not_pushed(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "grace", 60.0)
    subscribe(bob, service)
    first = say(ann, "one, @bob?")
    bob.ask("read", channel=LOBBY, seq=first)
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    push._serve(bob.person)

    assert told(service) == [("laptop", "ann", "disk full")]
    assert cursor() == [(3, 0)]


def test_what_is_old_is_no_news(monkeypatch, ann, bob, service):
    subscribe(bob, service)
    monkeypatch.setattr(push, "OLD", -1.0)
    say(ann, "tea, @bob?")
    settled_down(1)

    assert service.pushed == []


def test_of_one_room_only_the_newest_is_told_with_how_many(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "grace", 60.0)
    subscribe(bob, service)
    direct = ann.ask("direct", people=[bob.person])["ok"]["channel"]
    for text in ("one, @bob", "two, @bob", "three, @bob"):
        say(ann, text)
    say(ann, "psst", direct)
    push._serve(bob.person)

    assert told(service) == [("laptop", "ann in Lobby (3)", "three, @bob"), ("laptop", "ann", "psst")]
    assert len({said["headers"]["topic"] for said in service.pushed}) == 2


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_browser_that_its_service_does_not_know_is_forgotten(ann, bob, service, status):
    subscribe(bob, service)
    service.answers = [(status,)]
    say(ann, "tea, @bob?")

    until(lambda: cursor() == [])


@pytest.mark.parametrize("status", ["503 Busy", "500 Oh", "429 Slow down"])
def test_a_service_that_fails_is_asked_again_and_tells_once(ann, bob, service, status):
    subscribe(bob, service)
    service.answers = [(status,), (status,)]
    say(ann, "tea, @bob?")
    settled_down(1)

    assert len(service.asked) == 3 and told(service) == [("laptop", "ann in Lobby", "tea, @bob?")]


def test_a_service_that_says_when_is_asked_then(monkeypatch, ann, bob, service):
    subscribe(bob, service)
    service.answers = [("429 Slow down", ("Retry-After", "600"))]
    say(ann, "tea, @bob?")
    until(lambda: cursor() == [(0, 1)])

    assert 500 < push._due[bob.person] - time.monotonic() <= 600


def test_a_service_that_never_answers_is_given_up(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "FAILURES", 3)
    monkeypatch.setattr(push, "LONGEST", 0.01)
    subscribe(bob, service)
    service.stop()
    say(ann, "tea, @bob?")

    until(lambda: cursor() == [])


def test_what_a_service_refuses_is_not_sent_for_ever(ann, bob, service, caplog):
    subscribe(bob, service)
    service.answers = [("400 Bad Request",)]
    say(ann, "the plan, @bob")
    settled_down(1)

    assert service.asked == ["/laptop"] and "the plan" not in caplog.text and service.origin not in caplog.text


def test_after_a_crash_what_was_left_is_sent(any_house, monkeypatch, ann, bob, service):
    subscribe(bob, service)
    push.stop()
    say(ann, "tea, @bob?")
    push.stop()

    push.begin(any_house.config)
    monkeypatch.setattr(outgoing, "private", True)
    settled_down(1)

    assert told(service) == [("laptop", "ann in Lobby", "tea, @bob?")]


def test_it_ends_with_the_sign_in(any_house, ann, bob, service):
    phone = any_house.connect(*[bob.person, any_house.ask("/api/sign-in", handle="bob",
                                                          password="correct horse battery").json["token"]])
    subscribe(phone, service, "phone")
    subscribe(bob, service)
    phone.post("/api/sign-out")
    say(ann, "tea, @bob?")
    settled_down(1)

    assert [device for device, *_ in told(service)] == ["laptop"]


def test_a_browser_that_another_person_used_before_is_this_ones_now(ann, bob, service):
    subscribe(ann, service)
    subscribe(bob, service)
    say(bob, "tea, @ann?")
    say(ann, "tea, @bob?")
    settled_down(1)

    assert [body for *_, body in told(service)] == ["tea, @bob?"]


def test_who_wants_no_more_is_told_no_more(ann, bob, service):
    subscribe(bob, service)
    bob.request("DELETE", "/api/push", endpoint=service.browser()["endpoint"])

    assert subscriptions.of(bob.person) == []


def test_a_person_has_twenty_browsers_and_the_oldest_go(bob, service):
    for n in range(22):
        subscribe(bob, service, f"b{n}")

    assert [each.endpoint.rsplit("/", 1)[1] for each in subscriptions.of(bob.person)] == [f"b{n}" for n in range(2, 22)]


def test_a_long_text_fits_what_services_take(ann, bob, service):
    subscribe(bob, service)
    say(ann, "@bob " + "🎉" * 4000)
    settled_down(1)

    assert service.pushed[0]["body"].startswith("@bob 🎉")


@pytest.mark.parametrize("wrong", [{"p256dh": "x"}, {"auth": ""}, {"auth": "*" * 22},
                                   {"endpoint": "javascript:alert(1)"},
                                   {"p256dh": encoded(b"\x04" * 64)}])
def test_what_is_no_browser_is_refused(bob, service, wrong):
    answer = bob.post("/api/push", **service.browser() | wrong)

    assert (answer.status_code, answer.json["code"]) == (400, "bad_input")


def test_keys_that_are_of_no_use_are_forgotten(ann, bob, service):
    answer = bob.post("/api/push", **service.browser() | {"p256dh": encoded(b"\x04" + b"\x01" * 64)})
    assert answer.status_code == 200
    say(ann, "tea, @bob?")

    until(lambda: cursor() == [])
    assert service.asked == []
