"""Web Push: notifications are pushed once, while they are new and no device has attention; a fake service decrypts."""

import time

import gevent
import pytest

from hubbub.core import consumers, db, timers
from hubbub.feeds import alerts, ticks
from hubbub.feeds.ticks import Tick
from hubbub.notifications import attention, model, push, snooze, subscriptions, waiting
from hubbub.notifications.model import Cause
from tests.push_service import (
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
from tests.running_app import HERE, LOBBY, PASSWORD, RunningApp, post
from tests.waiting import until, until_notified


@pytest.fixture(autouse=True)
def push_at_once(monkeypatch):
    remove_delays(monkeypatch)


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    restart_push(any_app.config)
    return any_app.connect_member("ann")


def test_a_mention_is_pushed_to_every_browser_encrypted_and_signed(ann, bob, service):
    subscribe(bob, service)
    subscribe(bob, service, "phone")
    seq = post(ann, "tea, @bob?")
    wait_for_cursor(1, browsers=2)

    assert sorted(push.device for push in service.pushed) == ["laptop", "phone"]
    for notification in service.pushed:
        assert notification[2:-2] == ("ann mentioned you in Lobby", "tea, @bob?", f"/room/1/{seq}", LOBBY)
        assert notification.headers["ttl"] == "86400" and notification.headers["urgency"] == "high"
        assert len(notification.headers["topic"]) == 24 and "=" not in notification.headers["topic"]
    assert {signed["key"] for signed in service.signed} == {bob.get("/api/push").json["key"]}


def test_what_is_snoozed_is_pushed_again_at_its_time_and_not_before(ann, bob, service):
    subscribe(bob, service)
    post(ann, "tea, @bob?")
    wait_for_cursor(1)
    bob.call("snooze_notifications", until=time.time() + 3600, seqs=[1])
    wait_for_cursor(2)
    with db.transaction() as tx:  # an hour later
        tx.execute("update notification set snoozed = :now", now=time.time())
        timers.set(tx, snooze.TIMER, str(bob.person), time.time())
    wait_for_cursor(3)

    assert [(push.title, push.body) for push in service.pushed] == [("ann mentioned you in Lobby", "tea, @bob?")] * 2


def test_a_push_is_in_the_chosen_language_or_that_of_the_browser(any_app, ann, bob, service):
    spoken = {"Authorization": f"Bearer {bob.token}", "Accept-Language": "de-AT,en;q=0.5"}
    any_app.http.post("/api/push", json=service.browser(), headers=spoken, environ_overrides=HERE)
    post(ann, "tea, @bob?")
    wait_for_cursor(1)
    bob.request("PATCH", "/api/me/preferences", changes={"language": "en"})
    post(ann, "cake, @bob?")
    wait_for_cursor(2)
    bob.request("PATCH", "/api/me/preferences", changes={"language": "system"})
    ticks.publish(ann.person, "f", (Tick("ACME", 1.0),))
    alerts.set(bob.person, "ACME", 2, "above", True)
    ticks.publish(ann.person, "f", (Tick("ACME", 2.5),))
    wait_for_cursor(3)

    assert [(push.title, push.body) for push in service.pushed] == [
        ("ann hat dich in Lobby erwähnt", "tea, @bob?"), ("2 messages in Lobby", "ann: tea, @bob?\nann: cake, @bob?"),
        ("Alarm für ACME", "ACME ist über 2 gestiegen: 2.5")]
    assert [push.unread for push in service.pushed] == [1, 2, 3]


def test_the_vapid_key_is_valid_and_survives_a_restart(any_app, bob):
    before = bob.get("/api/push").json["key"]
    restart_push(any_app.config)

    assert bob.get("/api/push").json["key"] == before
    subscriptions.check_keys(before, encoded(b"0" * 16))


def test_attention_ends_with_the_connection(any_app, ann, bob, service):
    subscribe(bob, service)
    phone = any_app.connect(bob.person, bob.token)
    phone.call("page_visible", on=True)
    phone.client.disconnect()
    until(lambda: not attention.has_attention(bob.person))
    post(ann, "tea, @bob?")
    wait_for_cursor(1)

    assert service.texts() == ["tea, @bob?"]


def test_a_notification_read_within_the_grace_period_is_not_pushed(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "GRACE", 0.3)
    subscribe(bob, service)
    seq = post(ann, "one, @bob?")
    until_notified()
    bob.call("read", channel=LOBBY, seq=seq)
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    wait_for_cursor(3)

    assert service.texts() == ["disk full"]


def set_time(who, seq, at):
    with db.transaction() as tx:
        tx.execute("update entry set at = :at where channel = :channel and seq = :seq",
                   channel=model.inbox(who.person), seq=seq, at=at)


def test_a_notification_older_than_an_hour_is_not_pushed(any_app, ann, bob, service):
    subscribe(bob, service)
    stop_push()
    post(ann, "tea, @bob?")
    until_notified()
    set_time(bob, 1, time.time() - 3700)
    restart_push(any_app.config)
    wait_for_cursor(1)

    assert service.requested == []


def test_a_push_shows_the_newest_notification_of_a_room_and_their_number(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    for text, channel in (("one, @bob", LOBBY), ("psst", direct), ("two, @bob", LOBBY), ("three, @bob", LOBBY)):
        post(ann, text, channel)
    restart_push(any_app.config)
    wait_for_cursor(4)

    assert sorted((push.title, push.body, push.tag) for push in service.pushed) == [
        ("3 messages in Lobby", "ann: one, @bob\nann: two, @bob\nann: three, @bob", LOBBY),
        ("ann wrote to you", "psst", direct)]
    assert len({push.headers["topic"] for push in service.pushed}) == 2


def test_in_a_quiet_time_only_what_is_urgent_is_pushed(ann, bob, service):
    subscribe(bob, service)
    bob.request("PATCH", "/api/me/preferences", changes={"quiet_until": f"{time.time() + 3600:.0f}"})
    post(ann, "tea, @bob?")
    wait_for_cursor(1)
    for key, urgent in (("backup", False), ("fire", True)):
        ann.post("/api/notify", person="bob", text=key, key=key, urgent=urgent)
    wait_for_cursor(3)
    bob.request("PATCH", "/api/me/preferences", changes={"quiet_until": ""})
    post(ann, "cake, @bob?")
    wait_for_cursor(4)

    assert service.texts() == ["fire", "cake, @bob?"]
    assert service.pushed[0].headers["urgency"] == "high"


def test_later_pushes_about_a_room_count_all_unread_notifications(ann, bob, service):
    subscribe(bob, service)
    for n, text in enumerate(("one, @bob", "two, @bob"), 1):
        post(ann, text)
        wait_for_cursor(n)

    assert [push.title for push in service.pushed] == ["ann mentioned you in Lobby", "2 messages in Lobby"]
    assert len({push.headers["topic"] for push in service.pushed}) == 1


def test_notifications_without_a_room_are_pushed_separately(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    for text in ("disk full", "disk empty"):
        ann.post("/api/notify", person="bob", text=text, key=text, url="/feeds")
    restart_push(any_app.config)
    wait_for_cursor(2)

    assert [push[2:-2] for push in service.pushed] == [
        ("ann, from a script", "disk full", "/feeds", "inbox:1"),
        ("ann, from a script", "disk empty", "/feeds", "inbox:2")]


def test_a_deleted_message_is_not_pushed(any_app, ann, bob, service):
    subscribe(bob, service)
    stop_push()
    seq = post(ann, "the code is 1234, @bob")
    until_notified()
    assert "ok" in ann.call("delete", channel=LOBBY, seq=seq, key="d")
    restart_push(any_app.config)
    until(lambda: cursors() == [(2, 0)])

    assert service.requested == []


def test_notifications_are_pushed_after_a_restart(tmp_path, service):
    app = RunningApp(tmp_path, push_private=True)
    app.set_up_owner()
    ann, bob = app.connect_member("ann"), app.connect_member("bob")
    subscribe(bob, service)
    consumers.stop()
    post(ann, "tea, @bob?")
    app.close()

    app = RunningApp(tmp_path, push_private=True)
    wait_for_cursor(1)
    app.close()

    assert service.texts() == ["tea, @bob?"]


def kill_greenlet(*_):
    raise gevent.GreenletExit


def test_a_crash_before_the_cursor_moved_pushes_again_with_the_same_tag(any_app, monkeypatch, ann, bob, service):
    subscribe(bob, service)
    with monkeypatch.context() as crash:
        crash.setattr(subscriptions, "move", kill_greenlet)
        post(ann, "tea, @bob?")
        until(lambda: service.pushed and not runner().busy)

    restart_push(any_app.config)
    wait_for_cursor(1)

    assert service.texts() == ["tea, @bob?"] * 2
    assert len({(push.tag, push.headers["topic"]) for push in service.pushed}) == 1


def phone_of(any_app, person):
    token = any_app.request("/api/sign-in", handle=person, password=PASSWORD).json["token"]
    return any_app.connect(*[db.execute("select id from person where handle = :h", h=person)[0][0], token])


def test_a_subscription_ends_with_its_sign_in(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    subscribe(bob, service)
    phone.post("/api/sign-out")
    post(ann, "tea, @bob?")
    until(lambda: service.texts() == ["tea, @bob?"])

    assert service.requested == ["laptop"]
    subscriptions.delete_expired()
    wait_for_cursor(1)


def test_a_subscription_ends_when_its_sign_in_expires(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    subscribe(bob, service)
    with db.transaction() as tx:
        tx.execute("update sign_in set until = :then where substr(token, 1, 16) in "
                   "(select sign_in from push_subscription order by id limit 1)", then=time.time() - 1)
    post(ann, "tea, @bob?")
    until(lambda: service.texts() == ["tea, @bob?"])

    assert service.requested == ["laptop"] and len(subscriptions_of(bob)) == 1


def test_a_subscription_ends_with_its_sign_in_even_during_a_push(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    consumers.stop()
    post(ann, "tea, @bob?")
    post(ann, "psst", ann.call("open_direct", people=[bob.person])["ok"]["channel"])
    service.open.clear()
    restart_push(any_app.config)
    until(lambda: service.requested)
    phone.post("/api/sign-out")
    service.open.set()
    until(lambda: not runner().busy)

    assert service.requested == ["phone"]


def test_a_banned_person_gets_no_push(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    post(ann, "tea, @bob?")
    any_app.owner.post(f"/api/people/{bob.person}/ban")
    restart_push(any_app.config)

    until(lambda: consumers.lag()["push"] == (0, 0.0))
    assert service.requested == [] and subscriptions_of(bob) == []


def test_a_subscription_moves_to_the_person_who_subscribes_last(ann, bob, service):
    subscribe(ann, service)
    subscribe(bob, service)
    post(bob, "tea, @ann?")
    post(ann, "cake, @bob?")
    wait_for_cursor(1)

    assert service.texts() == ["cake, @bob?"]
    assert subscriptions_of(ann) == []


def test_subscribing_again_keeps_the_cursor(any_app, ann, bob, service):
    subscribe(bob, service)
    [before] = subscriptions_of(bob)
    consumers.stop()
    post(ann, "tea, @bob?")
    subscribe(bob, service)
    assert subscriptions_of(bob) == [before]

    subscribe(phone_of(any_app, "bob"), service)
    [after] = subscriptions_of(bob)
    restart_push(any_app.config)
    wait_for_cursor(1)

    assert after.seq == 0 and service.texts() == ["tea, @bob?"]


def test_notifications_from_before_subscribing_are_not_pushed(ann, bob, service):
    post(ann, "psst", ann.call("open_direct", people=[bob.person])["ok"]["channel"])
    until_notified()
    subscribe(bob, service)
    post(ann, "cake, @bob?")
    wait_for_cursor(2)

    assert service.texts() == ["cake, @bob?"]


def test_only_the_person_can_end_a_subscription(ann, bob, service):
    subscribe(bob, service)
    ann.request("DELETE", "/api/push", endpoint=service.browser()["endpoint"])
    assert len(subscriptions_of(bob)) == 1

    for _ in range(2):
        assert bob.request("DELETE", "/api/push", endpoint=service.browser()["endpoint"]).status_code == 200
    assert subscriptions_of(bob) == []


def test_a_person_has_at_most_20_browsers_and_the_oldest_are_dropped(bob, service):
    for n in range(22):
        subscribe(bob, service, f"b{n}")

    assert [each.endpoint.rsplit("/", 1)[1] for each in subscriptions_of(bob)] == [
        f"b{n}" for n in range(2, 22)]


def notify_many(n, author, person):
    """Create this many notifications about one room in one transaction."""
    with db.transaction() as tx:
        for number in range(n):
            model.notify(tx, [person], Cause("mention", author, f"k{number}", LOBBY, number + 1, title="Lobby",
                                             text=f"{number}"))


def test_many_notifications_cause_few_pushes(monkeypatch, any_app, ann, bob, service):
    monkeypatch.setattr(waiting, "PAGE", 10)
    subscribe(bob, service)
    consumers.stop()
    notify_many(25, ann.person, bob.person)
    restart_push(any_app.config)
    wait_for_cursor(25)

    assert service.texts() == ["9", "19", "24"]


def test_many_notifications_wait_while_a_device_has_attention(monkeypatch, any_app, ann, bob, service):
    monkeypatch.setattr(waiting, "PAGE", 10)
    monkeypatch.setattr(waiting, "LOOK", 0.05)
    subscribe(bob, service)
    bob.call("page_visible", on=True)
    notify_many(25, ann.person, bob.person)
    until(lambda: runner().paused)
    bob.post("/api/inbox/read")

    wait_for_cursor(26)
    assert service.requested == []
