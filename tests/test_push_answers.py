"""Web Push: responses of push services, the requests they get, and invalid subscriptions."""

import time

import msgspec
import pytest

from hubbub.core import db, log, node
from hubbub.core.access import Refused
from hubbub.notifications import outgoing, push, push_message, sending, subscriptions, vapid, waiting
from tests.mail_server import certificate
from tests.push_service import (
    PushService,
    cursors,
    encoded,
    remove_delays,
    restart_push,
    runner,
    stop_push,
    subscribe,
    subscriptions_of,
    wait_for_cursor,
)
from tests.running_app import LOBBY, post, post_and_notify
from tests.waiting import until, until_notified


@pytest.fixture(autouse=True)
def push_at_once(monkeypatch):
    remove_delays(monkeypatch)


@pytest.fixture
def ann(app):
    app.set_up_owner()
    restart_push(app.config)
    return app.connect_member("ann")


@pytest.fixture
def bob(app, ann):
    return app.connect_member("bob")


@pytest.mark.parametrize("origin, contact", [
    ("https://hubbub.example.org", "https://hubbub.example.org"), ("https://Talk.Example.org:8443/", "https://talk.example.org"),
    ("http://hubbub.example.org", "https://localhost"), ("https://127.0.0.1", "https://localhost"),
    ("https://[::1]:5000", "https://localhost"), ("https://nas.local", "https://localhost"), ("", "https://localhost")])
def test_the_contact_address_is_the_public_origin_of_the_server(origin, contact):
    assert vapid.contact(origin) == contact


def test_a_notification_read_during_another_push_is_not_pushed(ann, bob, service):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    subscribe(bob, service)
    service.open.clear()
    post(ann, "tea, @bob?")
    until(lambda: service.requested)
    seq = post(ann, "psst", direct)
    until_notified()
    bob.call("read", channel=direct, seq=seq)
    service.open.set()
    wait_for_cursor(3)

    assert service.texts() == ["tea, @bob?"]


@pytest.mark.parametrize("same_room", [True, False])
def test_the_grace_period_of_a_new_notification_does_not_delay_an_older_one(ann, bob, service, same_room):
    subscribe(bob, service)
    stop_push()
    post(ann, "tea, @bob?")
    post(ann, "cake, @bob?", LOBBY if same_room else ann.call("open_direct", people=[bob.person])["ok"]["channel"])
    until_notified()
    with db.transaction() as tx:
        tx.execute("update entry set at = at - 100 where channel = :channel and seq = 1",
                   channel=f"inbox:{bob.person}")

    wait = waiting.of(db, subscriptions_of(bob)[0], 60.0, set())

    assert (wait.seqs, wait.then, wait.up_to) == ([1], 1, 1) and 55 < wait.ripe_in <= 60


def test_a_push_is_signed_with_the_origin_as_contact(ann, bob, service):
    [(sign_in,)] = db.execute("select substr(token, 1, 16) from sign_in where person = :id and kind = 'browser'",
                              id=bob.person)
    subscriptions.add(bob.person, sign_in, *service.browser().values(), origin="https://hubbub.example.org/")
    post(ann, "tea, @bob?")
    wait_for_cursor(1)

    assert service.signed[0]["sub"] == "https://hubbub.example.org"


def test_a_person_tests_whether_pushes_reach_a_device(bob, service):
    subscribe(bob, service)
    endpoint = service.browser()["endpoint"]

    for status, result in [
        ("201 Created", "accepted"), ("403 Forbidden", "refused"), ("413 Too Large", "refused"),
        ("429 Later", "refused"), ("500 Broken", "refused"), ("410 Gone", "gone"),
    ]:
        service.answers = [status]
        answer = bob.post("/api/push/check", endpoint=endpoint)

        assert answer.json == {"result": result, "status": int(status[:3])}
        assert (service.checks, len(service.pushed), service.answers) == (1, 1, []), status
        assert len(subscriptions_of(bob)) == (0 if result == "gone" else 1), status


def test_a_test_says_when_the_push_service_cannot_be_reached_or_is_in_a_private_network(app, ann, bob, service):
    subscribe(bob, service)
    endpoint = service.browser()["endpoint"]
    service.stop()
    assert bob.post("/api/push/check", endpoint=endpoint).json == {"result": "unreachable", "status": 0}
    push.stop()
    node.current().config = app.config

    assert bob.post("/api/push/check", endpoint=endpoint).json == {"result": "forbidden", "status": 0}
    assert ann.post("/api/push/check", endpoint=endpoint).json["id"] == "error.not_subscribed"


def test_a_subscription_unknown_to_its_service_is_deleted(ann, bob, service):
    for status in ("404 Not Found", "410 Gone"):
        subscribe(bob, service)
        assert cursors() != []
        service.answers = [status]
        post(ann, f"tea at {status}, @bob?")

        until(lambda: cursors() == [])


def test_a_failed_push_is_retried_and_shown_once(ann, bob, service):
    subscribe(bob, service)
    texts = []

    for status in ("503 Busy", "500 Oh", "429 Slow down", "408 Timeout"):
        service.answers = [status, status]
        post(ann, f"tea at {status}, @bob?")
        texts.append(f"tea at {status}, @bob?")
        wait_for_cursor(len(texts))

        assert len(service.requested) == 3 * len(texts) and service.texts() == texts


def test_a_failure_does_not_repeat_earlier_pushes(app, ann, bob, service):
    subscribe(bob, service)
    stop_push()
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    for text, channel in (("one, @bob", LOBBY), ("psst", direct), ("two, @bob", LOBBY)):
        post_and_notify(ann, text, channel)
    service.answers = ["201 Created", "503 Busy"]
    restart_push(app.config)
    wait_for_cursor(3)

    assert service.texts() == ["two, @bob", "psst"] and len(service.requested) == 3


@pytest.mark.parametrize("retry_after, least, most", [
    ("600", 500, 600), ("100000", 3500, 3600), ("soon", 0, 1), ("-5", 0, 1),
    ("Fri, 01 Jan 2100 00:00:00 GMT", 3500, 3600)])
def test_a_push_is_not_retried_before_the_time_of_retry_after(ann, bob, service, retry_after, least, most):
    subscribe(bob, service)
    service.answers = [("429 Slow down", [("Retry-After", retry_after)])] + ["201 Created"]
    post(ann, "tea, @bob?")
    until(lambda: cursors() != [(0, 0)])
    post(ann, "cake, @bob?")
    if most == 1:
        wait_for_cursor(2)
        return

    until(lambda: any(at > time.monotonic() + 1 for at in runner().paused.values()))
    assert least < max(runner().paused.values()) - time.monotonic() <= most
    assert service.requested == ["laptop"]


def test_each_failure_doubles_the_pause_up_to_15_minutes(monkeypatch):
    monkeypatch.setattr(push, "BACKOFF", 15.0)

    pauses = [push.pause(failures, sending.Answer(503)) for failures in (0, 1, 2, 5, 6, 98)]

    assert pauses == [15, 30, 60, 480, 900, 900]


def test_a_subscription_is_deleted_after_many_failures(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "GIVE_UP", 3)
    subscribe(bob, service)
    service.stop()
    post(ann, "tea, @bob?")

    until(lambda: cursors() == [])


def test_a_success_resets_the_failures(ann, bob, service):
    subscribe(bob, service)
    service.answers = ["503 Busy"] * 3
    post(ann, "tea, @bob?")
    until(lambda: cursors()[0][1] > 0)

    wait_for_cursor(1)


def test_a_refused_push_is_sent_once_and_logged_once_without_secrets(ann, bob, service, caplog):
    subscribe(bob, service)
    service.answers = ["400 Bad Request", ("307 Elsewhere", [("Location", "/secret/phone")]), "400 Bad Request",
                       "413 Too Large"]
    for n in (1, 2, 3, 4):
        post(ann, f"the plan {n}, @bob")
        wait_for_cursor(n)

    assert service.requested == ["laptop"] * 4
    assert [record.args[-1] for record in caplog.records if "refused" in record.message] == [400, 307, 413]
    browser = service.browser()
    assert all(secret not in caplog.text for secret in ("the plan", "/secret", browser["auth"], browser["p256dh"]))


def test_an_error_while_pushing_logs_no_secret_and_is_retried(monkeypatch, ann, bob, service, caplog):
    contact, calls = vapid.contact, []

    def fail_once(origin):
        calls.append(origin)
        if len(calls) == 1:
            raise ValueError(f"cannot send to {service.browser()['endpoint']}")
        return contact(origin)

    monkeypatch.setattr(vapid, "contact", fail_once)
    subscribe(bob, service)
    post(ann, "tea, @bob?")
    wait_for_cursor(1)

    assert service.texts() == ["tea, @bob?"] and "ValueError" in caplog.text and "/secret" not in caplog.text


def test_an_unavailable_database_is_retried(monkeypatch, ann, bob, service, caplog):
    find, calls = subscriptions.find, []

    def fail_once(reads, id):
        calls.append(id)
        if len(calls) == 1:
            raise db.Unusable("gone")
        return find(reads, id)

    monkeypatch.setattr(subscriptions, "find", fail_once)
    subscribe(bob, service)
    post(ann, "tea, @bob?")
    wait_for_cursor(1)

    assert service.texts() == ["tea, @bob?"] and "Unusable" in caplog.text


def test_a_slow_service_delays_nobody_else_and_no_request(app, ann, bob, service):
    slow = PushService()
    slow.open.clear()
    subscribe(ann, slow)
    subscribe(bob, service)

    post(bob, "tea, @ann?")
    until(lambda: slow.requested)
    post(ann, "cake, @bob?")
    until(lambda: service.texts() == ["cake, @bob?"])

    assert slow.pushed == []
    slow.stop()


@pytest.mark.parametrize("fault", ["reset", "hanging", "no TLS", "wrong certificate"])
def test_a_push_service_with_a_broken_connection_loses_nothing_and_delays_nobody(
        monkeypatch, tmp_path, app, ann, bob, service, fault):
    key = certificate(tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(key))
    monkeypatch.setattr(outgoing, "TIMEOUT", 1.0)
    monkeypatch.setattr(push, "BACKOFF", 0.1)
    push.stop()
    broken = PushService(key, certificate(tmp_path / "other.pem") if fault == "wrong certificate" else None)
    broken.fault = fault
    subscribe(bob, broken)
    subscribe(ann, service)
    post(ann, "tea, @bob?")
    until(lambda: cursors()[0][1] > 0)
    post(app.owner, "cake, @ann?")
    until(lambda: service.texts())
    assert broken.requested == []
    broken.fault = ""

    wait_for_cursor(1, browsers=2)
    assert broken.texts() == ["tea, @bob?"]
    broken.stop()


def test_a_notification_created_during_a_push_is_pushed_next(ann, bob, service):
    subscribe(bob, service)
    service.open.clear()
    post(ann, "one, @bob")
    until(lambda: service.requested)
    post(ann, "two, @bob")
    until(lambda: any(runner().busy.values()))
    service.open.set()
    wait_for_cursor(2)

    assert service.texts() == ["one, @bob", "two, @bob"]


def test_at_most_eight_pushes_are_sent_at_once(app, ann, bob, service):
    for n in range(12):
        subscribe(bob, service, f"b{n}")
    service.open.clear()
    post(ann, "tea, @bob?")
    until(lambda: len(service.requested) == 8)
    assert list(runner().busy.values()).count(False) >= 8 and len(service.requested) == 8
    service.open.set()

    wait_for_cursor(1, browsers=12)
    assert len(service.requested) == 12


@pytest.mark.parametrize("data", [
    {"text": "@bob " + "🎉" * 295}, {"text": "\x01" * 300, "url": "/" + "é" * 499, "title": "🎉" * 300},
    {"text": "", "url": "/" + "🎉" * 2000}])
def test_a_push_fits_the_size_limit_of_push_services(data):
    assert 40 < len(payload_of(data)) <= 3000


def test_a_push_names_a_bot_as_its_message_does():
    payload = payload_of({"cause": "mention", "text": "late", "title": "Ops", "alias": {"name": "CI"}})

    assert msgspec.json.decode(payload)["title"] == "CI mentioned you in Ops"


def payload_of(data):
    """Return what is pushed for a notification with this data."""
    entry = log.Entry("inbox:1", 1, 1, "notification", 0, 0.0, "k",
                      {"cause": "script", "channel": "", "target": 0, "root": 0, "title": "", "url": ""} | data)
    subscription = subscriptions.Subscription(1, 1, "", "", "a", "", 0, 0, "en")

    class EmptyDatabase:
        def execute(self, sql, **values):
            return [(1,)] if "count(*)" in sql else []

    return push_message.of(EmptyDatabase(), subscription, [entry], 1).payload


def test_an_invalid_subscription_is_refused(bob, service):
    for invalid in (
        {"p256dh": "x"}, {"p256dh": encoded(b"\x04" * 64)}, {"p256dh": encoded(b"\x04" + b"\x01" * 64)},
        {"p256dh": "é" * 87}, {"p256dh": encoded(b"\x02" + b"\x01" * 64)}, {"p256dh": encoded(b"\x04" + b"\xff" * 64)},
        {"auth": ""}, {"auth": "*" * 22}, {"auth": encoded(b"1" * 17)}, {"endpoint": "javascript:alert(1)"},
        {"endpoint": "http://[::1]:99/"}, {"endpoint": "http://169.254.169.254/"}, {"endpoint": "http://0.0.0.0:80/"},
    ):
        answer = bob.post("/api/push", **service.browser() | invalid)
        assert answer.status_code == 400 and answer.json["code"] == "bad_input", invalid

    assert cursors() == []


def test_a_push_service_in_a_private_network_is_refused_unless_allowed(app, bob, service):
    node.current().config = app.config
    answer = bob.post("/api/push", **service.browser())

    assert answer.json == Refused("error.url_not_https", "bad_input").payload


def test_nothing_is_pushed_to_a_name_that_resolves_to_a_private_address(
        monkeypatch, app, ann, bob, service, caplog):
    node.current().config = app.config
    browser = service.browser() | {"endpoint": "https://push.example.com/secret/laptop"}
    assert bob.post("/api/push", **browser).status_code == 200
    monkeypatch.setattr("socket.getaddrinfo", lambda host, port, *_: [(2, 1, 6, "", ("127.0.0.1", port))])
    post(ann, "tea, @bob?")
    wait_for_cursor(1)

    assert service.requested == []
    assert "push.example.com" in caplog.text and "/secret" not in caplog.text
