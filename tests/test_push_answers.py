"""Web Push: what push services answer, what they are asked, and what no push service is."""

import time

import pytest

from hubbub.core import consumers, db, log, node
from hubbub.core.access import Refused
from hubbub.notifications import push, push_message, sending, subscriptions, vapid, waiting
from tests.push_service import PushService, cursors, encoded, push_again, runner, served, subscribe, subscribed
from tests.waiting import until

LOBBY = "room:1"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody waits."""
    monkeypatch.setattr(push, "GRACE", 0.0)
    monkeypatch.setattr(push.consumer, "quiet", 0.0)
    monkeypatch.setattr(push.consumer, "patience", 0.0)
    monkeypatch.setattr(push, "BACKOFF", 0.0)
    monkeypatch.setattr(consumers, "BACKOFF", 0.0)


@pytest.fixture
def ann(app):
    app.set_up_owner()
    push_again(app.config)
    return app.connect_member("ann")


@pytest.fixture
def bob(app, ann):
    return app.connect_member("bob")


@pytest.fixture
def service():
    service = PushService()
    yield service
    service.stop()


def say(who, text, channel=LOBBY):
    return who.call("post", channel=channel, text=text, key=text[:60])["ok"]


@pytest.mark.parametrize("origin, contact", [
    ("https://hubbub.example.org", "https://hubbub.example.org"), ("https://Talk.Example.org:8443/", "https://talk.example.org"),
    ("http://hubbub.example.org", "https://localhost"), ("https://127.0.0.1", "https://localhost"),
    ("https://[::1]:5000", "https://localhost"), ("https://nas.local", "https://localhost"), ("", "https://localhost")])
def test_a_push_service_may_turn_to_the_place_where_it_has_a_name_on_the_internet(origin, contact):
    assert vapid.contact(origin) == contact


def test_what_is_read_while_another_message_is_on_its_way_is_not_pushed(ann, bob, service):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    subscribe(bob, service)
    service.open.clear()
    say(ann, "tea, @bob?")
    until(lambda: service.requested)
    bob.call("read", channel=direct, seq=say(ann, "psst", direct))
    service.open.set()
    served(3)

    assert service.texts() == ["tea, @bob?"]


@pytest.mark.parametrize("same_room", [True, False])
def test_the_grace_of_a_new_notification_does_not_hold_up_an_older_one(ann, bob, service, same_room):
    subscribe(bob, service)
    consumers.stop()
    say(ann, "tea, @bob?")
    say(ann, "cake, @bob?", LOBBY if same_room else ann.call("direct", people=[bob.person])["ok"]["channel"])
    with db.transaction() as tx:
        tx.execute("update entry set at = at - 100 where channel = :channel and seq = 1",
                   channel=f"inbox:{bob.person}")

    wait = waiting.of(db, subscribed(bob)[0], 60.0, set())

    assert (wait.seqs, wait.then, wait.up_to) == ([1], 1, 1) and 55 < wait.ripe_in <= 60


def test_a_push_says_where_it_comes_from(ann, bob, service):
    [(sign_in,)] = db.execute("select substr(token, 1, 16) from sign_in where person = :id and kind = 'browser'",
                              id=bob.person)
    subscriptions.add(bob.person, sign_in, *service.browser().values(), origin="https://hubbub.example.org/")
    say(ann, "tea, @bob?")
    served(1)

    assert service.signed[0]["sub"] == "https://hubbub.example.org"


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_browser_that_its_service_does_not_know_is_forgotten(ann, bob, service, status):
    subscribe(bob, service)
    service.answers = [status]
    say(ann, "tea, @bob?")

    until(lambda: cursors() == [])


@pytest.mark.parametrize("status", ["503 Busy", "500 Oh", "429 Slow down", "408 Timeout"])
def test_a_service_that_fails_is_asked_again_and_tells_once(ann, bob, service, status):
    subscribe(bob, service)
    service.answers = [status, status]
    say(ann, "tea, @bob?")
    served(1)

    assert len(service.requested) == 3 and service.texts() == ["tea, @bob?"]


def test_a_failure_does_not_repeat_what_was_told_before_it(app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    for text, channel in (("one, @bob", LOBBY), ("psst", direct), ("two, @bob", LOBBY)):
        say(ann, text, channel)
    service.answers = ["201 Created", "503 Busy"]
    push_again(app.config)
    served(3)

    assert service.texts() == ["two, @bob", "psst"] and len(service.requested) == 3


@pytest.mark.parametrize("asked, least, most", [("600", 500, 600), ("100000", 3500, 3600), ("soon", 0, 1), ("-5", 0, 1),
                                                ("Fri, 01 Jan 2100 00:00:00 GMT", 3500, 3600)])
def test_a_service_that_says_when_is_not_asked_before(ann, bob, service, asked, least, most):
    subscribe(bob, service)
    service.answers = [("429 Slow down", [("Retry-After", asked)])] + ["201 Created"]
    say(ann, "tea, @bob?")
    until(lambda: cursors() != [(0, 0)])
    say(ann, "cake, @bob?")
    if most == 1:
        served(2)
        return

    until(lambda: any(at > time.monotonic() + 1 for at in runner().paused.values()))
    assert least < max(runner().paused.values()) - time.monotonic() <= most
    assert service.requested == ["laptop"]


def test_each_failure_doubles_the_pause_up_to_a_quarter_of_an_hour(monkeypatch):
    monkeypatch.setattr(push, "BACKOFF", 15.0)

    pauses = [push.pause(failures, sending.Answer(503)) for failures in (0, 1, 2, 5, 6, 98)]

    assert pauses == [15, 30, 60, 480, 900, 900]


def test_a_service_that_never_answers_is_given_up(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "GIVE_UP", 3)
    subscribe(bob, service)
    service.stop()
    say(ann, "tea, @bob?")

    until(lambda: cursors() == [])


def test_a_service_that_was_away_is_forgiven(ann, bob, service):
    subscribe(bob, service)
    service.answers = ["503 Busy"] * 3
    say(ann, "tea, @bob?")
    until(lambda: cursors()[0][1] > 0)

    served(1)


def test_what_a_service_refuses_is_sent_once_and_logged_once_without_secrets(ann, bob, service, caplog):
    subscribe(bob, service)
    service.answers = ["400 Bad Request", ("307 Elsewhere", [("Location", "/secret/phone")]), "400 Bad Request"]
    for n in (1, 2, 3):
        say(ann, f"the plan {n}, @bob")
        served(n)

    assert service.requested == ["laptop"] * 3
    assert [record.args[-1] for record in caplog.records if "refused" in record.message] == [400, 307]
    browser = service.browser()
    assert all(secret not in caplog.text for secret in ("the plan", "/secret", browser["auth"], browser["p256dh"]))


def test_what_breaks_logs_no_secret_and_is_tried_again(monkeypatch, ann, bob, service, caplog):
    contact, tries = vapid.contact, []

    def broken(origin):
        tries.append(origin)
        if len(tries) == 1:
            raise ValueError(f"cannot send to {service.browser()['endpoint']}")
        return contact(origin)

    monkeypatch.setattr(vapid, "contact", broken)
    subscribe(bob, service)
    say(ann, "tea, @bob?")
    served(1)

    assert service.texts() == ["tea, @bob?"] and "ValueError" in caplog.text and "/secret" not in caplog.text


def test_a_database_that_was_away_is_asked_again(monkeypatch, ann, bob, service, caplog):
    find, tries = subscriptions.find, []

    def away(reads, id):
        tries.append(id)
        if len(tries) == 1:
            raise db.Unusable("gone")
        return find(reads, id)

    monkeypatch.setattr(subscriptions, "find", away)
    subscribe(bob, service)
    say(ann, "tea, @bob?")
    served(1)

    assert service.texts() == ["tea, @bob?"] and "Unusable" in caplog.text


def test_a_slow_service_holds_up_nobody_else_and_no_request(app, ann, bob, service):
    slow = PushService()
    slow.open.clear()
    subscribe(ann, slow)
    subscribe(bob, service)

    say(bob, "tea, @ann?")
    until(lambda: slow.requested)
    say(ann, "cake, @bob?")
    served_bob = lambda: service.texts() == ["cake, @bob?"]  # noqa: E731
    until(served_bob)

    assert slow.pushed == []
    slow.stop()


def test_what_comes_while_a_message_is_on_its_way_follows_it(ann, bob, service):
    subscribe(bob, service)
    service.open.clear()
    say(ann, "one, @bob")
    until(lambda: service.requested)
    say(ann, "two, @bob")
    until(lambda: any(runner().busy.values()))
    service.open.set()
    served(2)

    assert service.texts() == ["one, @bob", "two, @bob"]


def test_at_most_eight_are_sent_at_once(app, ann, bob, service):
    for n in range(12):
        subscribe(bob, service, f"b{n}")
    service.open.clear()
    say(ann, "tea, @bob?")
    until(lambda: len(service.requested) == 8)
    assert list(runner().busy.values()).count(False) >= 8 and len(service.requested) == 8
    service.open.set()

    served(1, browsers=12)
    assert len(service.requested) == 12


@pytest.mark.parametrize("told", [
    {"text": "@bob " + "🎉" * 295}, {"text": "\x01" * 300, "url": "/" + "é" * 499, "title": "🎉" * 300},
    {"text": "", "url": "/" + "🎉" * 2000}])
def test_whatever_is_said_fits_what_services_take(told):
    entry = log.Entry("inbox:1", 1, 1, "notification", 0, 0.0, "k",
                      {"cause": "script", "channel": "", "target": 0, "root": 0, "title": "", "url": ""} | told)
    one = subscriptions.Subscription(1, 1, "", "", "a", "", 0, 0)

    class Nobody:
        def execute(self, sql, **values):
            return []

    said = push_message.of(Nobody(), one, entry, 1)

    assert len(said.payload) <= 3000 and len(said.payload) > 40


@pytest.mark.parametrize("wrong", [
    {"p256dh": "x"}, {"p256dh": encoded(b"\x04" * 64)}, {"p256dh": encoded(b"\x04" + b"\x01" * 64)},
    {"p256dh": "é" * 87}, {"p256dh": encoded(b"\x02" + b"\x01" * 64)}, {"p256dh": encoded(b"\x04" + b"\xff" * 64)},
    {"auth": ""}, {"auth": "*" * 22}, {"auth": encoded(b"1" * 17)}, {"endpoint": "javascript:alert(1)"},
    {"endpoint": "http://[::1]:99/"}, {"endpoint": "http://169.254.169.254/"}, {"endpoint": "http://0.0.0.0:80/"}])
def test_what_is_no_browser_is_refused(bob, service, wrong):
    answer = bob.post("/api/push", **service.browser() | wrong)

    assert (answer.status_code, answer.json["code"]) == (400, "bad_input")
    assert cursors() == []


def test_a_service_in_ones_own_network_is_refused_unless_that_is_allowed(app, bob, service):
    node.current().config = app.config
    answer = bob.post("/api/push", **service.browser())

    assert answer.json == Refused("error.url_not_https", "bad_input").payload


def test_a_name_that_leads_into_the_own_network_at_the_time_of_sending_is_sent_nothing(
        monkeypatch, app, ann, bob, service, caplog):
    node.current().config = app.config
    browser = service.browser() | {"endpoint": "https://push.example.com/secret/laptop"}
    assert bob.post("/api/push", **browser).status_code == 200
    monkeypatch.setattr("socket.getaddrinfo", lambda host, port, *_: [(2, 1, 6, "", ("127.0.0.1", port))])
    say(ann, "tea, @bob?")
    served(1)

    assert service.requested == []
    assert "push.example.com" in caplog.text and "/secret" not in caplog.text
