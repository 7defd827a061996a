"""Web Push: browsers are told while nobody looks, once, and only of what is still news; a fake service decrypts it."""

import time

import gevent
import pytest

from hubbub.core import consumers, db
from hubbub.notifications import attention, model, push, subscriptions, waiting
from hubbub.notifications.model import Cause
from tests.push_service import PushService, cursors, encoded, push_again, runner, served, subscribe, subscribed
from tests.running_app import PASSWORD, RunningApp
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
def ann(any_app):
    any_app.set_up_owner()
    push_again(any_app.config)
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, ann):
    return any_app.connect_member("bob")


@pytest.fixture
def service():
    service = PushService()
    yield service
    service.stop()


def say(who, text, channel=LOBBY):
    return who.call("post", channel=channel, text=text, key=text[:60])["ok"]


def test_a_mention_reaches_every_browser_of_its_person_encrypted_and_signed(ann, bob, service):
    subscribe(bob, service)
    subscribe(bob, service, "phone")
    seq = say(ann, "tea, @bob?")
    served(1, browsers=2)

    assert sorted(push.device for push in service.pushed) == ["laptop", "phone"]
    for pushed in service.pushed:
        assert pushed[2:] == ("ann mentioned you in Lobby", "tea, @bob?", f"/room/1/{seq}", LOBBY)
        assert pushed.headers["ttl"] == "86400" and pushed.headers["urgency"] == "high"
        assert len(pushed.headers["topic"]) == 24 and "=" not in pushed.headers["topic"]
    assert {signed["key"] for signed in service.signed} == {bob.get("/api/push").json["key"]}


def test_the_key_of_a_place_stays_the_same_and_is_a_point_of_the_curve(any_app, bob):
    before = bob.get("/api/push").json["key"]
    push_again(any_app.config)

    assert bob.get("/api/push").json["key"] == before
    subscriptions._check_keys(before, encoded(b"0" * 16))


def test_nothing_is_pushed_while_some_device_is_looked_at(ann, bob, service):
    subscribe(bob, service)
    bob.call("looking", on=True)
    say(ann, "tea, @bob?")
    served(1)
    bob.call("looking", on=False)
    say(ann, "cake, @bob?")
    served(2)

    assert service.texts() == ["cake, @bob?"]


def test_a_device_that_was_looked_at_and_is_gone_looks_no_more(any_app, ann, bob, service):
    subscribe(bob, service)
    phone = any_app.connect(bob.person, bob.token)
    phone.call("looking", on=True)
    phone.client.disconnect()
    until(lambda: not attention.has_attention(bob.person))
    say(ann, "tea, @bob?")
    served(1)

    assert service.texts() == ["tea, @bob?"]


def test_what_is_read_within_the_grace_is_not_pushed_and_what_is_not_is(monkeypatch, ann, bob, service):
    monkeypatch.setattr(push, "GRACE", 0.3)
    subscribe(bob, service)
    bob.call("read", channel=LOBBY, seq=say(ann, "one, @bob?"))
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    served(3)

    assert service.texts() == ["disk full"]


def db_times(who, seq, at):
    with db.transaction() as tx:
        tx.execute("update entry set at = :at where channel = :channel and seq = :seq",
                   channel=model.inbox(who.person), seq=seq, at=at)


def test_what_is_older_than_an_hour_is_no_news(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    say(ann, "tea, @bob?")
    db_times(bob, 1, time.time() - 3700)
    push_again(any_app.config)
    served(1)

    assert service.requested == []


def test_of_one_room_only_the_newest_is_told_with_how_many_wait(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    for text, channel in (("one, @bob", LOBBY), ("psst", direct), ("two, @bob", LOBBY), ("three, @bob", LOBBY)):
        say(ann, text, channel)
    push_again(any_app.config)
    served(4)

    assert [(push.title, push.body, push.tag) for push in service.pushed] == [
        ("ann mentioned you in Lobby (3)", "three, @bob", LOBBY), ("ann wrote to you", "psst", direct)]
    assert len({push.headers["topic"] for push in service.pushed}) == 2


def test_one_push_after_the_other_about_a_room_counts_what_still_waits(ann, bob, service):
    subscribe(bob, service)
    for n, text in enumerate(("one, @bob", "two, @bob"), 1):
        say(ann, text)
        served(n)

    assert [push.title for push in service.pushed] == ["ann mentioned you in Lobby", "ann mentioned you in Lobby (2)"]
    assert len({push.headers["topic"] for push in service.pushed}) == 1


def test_what_is_about_no_room_is_told_one_by_one(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    for text in ("disk full", "disk empty"):
        ann.post("/api/notify", person="bob", text=text, key=text, url="/feeds")
    push_again(any_app.config)
    served(2)

    assert [push[2:] for push in service.pushed] == [
        ("ann, from a script", "disk full", "/feeds", "inbox:1"),
        ("ann, from a script", "disk empty", "/feeds", "inbox:2")]


def test_words_that_were_taken_back_are_not_pushed(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    assert "ok" in ann.call("delete", channel=LOBBY, seq=say(ann, "the code is 1234, @bob"), key="d")
    push_again(any_app.config)
    until(lambda: cursors() == [(2, 0)])

    assert service.requested == []


def test_a_restart_finds_what_was_left(tmp_path, service):
    app = RunningApp(tmp_path, push_private=True)
    app.set_up_owner()
    ann, bob = app.connect_member("ann"), app.connect_member("bob")
    subscribe(bob, service)
    consumers.stop()
    say(ann, "tea, @bob?")
    app.close()

    app = RunningApp(tmp_path, push_private=True)
    served(1)
    app.close()

    assert service.texts() == ["tea, @bob?"]


def die(*_):
    raise gevent.GreenletExit


def test_a_crash_before_the_cursor_moved_tells_once_more_with_the_same_tag(any_app, monkeypatch, ann, bob, service):
    subscribe(bob, service)
    with monkeypatch.context() as crash:
        crash.setattr(subscriptions, "move", die)
        say(ann, "tea, @bob?")
        until(lambda: service.pushed and not runner().busy)

    push_again(any_app.config)
    served(1)

    assert service.texts() == ["tea, @bob?"] * 2
    assert len({(push.tag, push.headers["topic"]) for push in service.pushed}) == 1


def phone_of(any_app, person):
    token = any_app.request("/api/sign-in", handle=person, password=PASSWORD).json["token"]
    return any_app.connect(*[db.execute("select id from person where handle = :h", h=person)[0][0], token])


def test_it_ends_with_the_sign_in(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    subscribe(bob, service)
    phone.post("/api/sign-out")
    say(ann, "tea, @bob?")
    until(lambda: service.texts() == ["tea, @bob?"])

    assert service.requested == ["laptop"]
    subscriptions.delete_expired()
    served(1)


def test_it_ends_with_the_sign_in_also_when_that_runs_out(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    subscribe(bob, service)
    with db.transaction() as tx:
        tx.execute("update sign_in set until = :then where substr(token, 1, 16) in "
                   "(select sign_in from push_subscription order by id limit 1)", then=time.time() - 1)
    say(ann, "tea, @bob?")
    until(lambda: service.texts() == ["tea, @bob?"])

    assert service.requested == ["laptop"] and len(subscribed(bob)) == 1


def test_it_ends_with_the_sign_in_also_while_a_message_is_on_its_way(any_app, ann, bob, service):
    phone = phone_of(any_app, "bob")
    subscribe(phone, service, "phone")
    consumers.stop()
    say(ann, "tea, @bob?")
    say(ann, "psst", ann.call("direct", people=[bob.person])["ok"]["channel"])
    service.open.clear()
    push_again(any_app.config)
    until(lambda: service.requested)
    phone.post("/api/sign-out")
    service.open.set()
    until(lambda: not runner().busy)

    assert service.requested == ["phone"]


def test_who_is_banned_is_pushed_nothing_more(any_app, ann, bob, service):
    subscribe(bob, service)
    consumers.stop()
    say(ann, "tea, @bob?")
    any_app.owner.post(f"/api/people/{bob.person}/ban")
    push_again(any_app.config)

    until(lambda: consumers.lag()["push"] == (0, 0.0))
    assert service.requested == [] and subscribed(bob) == []


def test_a_browser_that_another_person_used_before_is_this_ones_now(ann, bob, service):
    subscribe(ann, service)
    subscribe(bob, service)
    say(bob, "tea, @ann?")
    say(ann, "cake, @bob?")
    served(1)

    assert service.texts() == ["cake, @bob?"]
    assert subscribed(ann) == []


def test_subscribing_once_more_changes_nothing_and_loses_nothing(any_app, ann, bob, service):
    subscribe(bob, service)
    [before] = subscribed(bob)
    consumers.stop()
    say(ann, "tea, @bob?")
    subscribe(bob, service)
    assert subscribed(bob) == [before]

    subscribe(phone_of(any_app, "bob"), service)
    [after] = subscribed(bob)
    push_again(any_app.config)
    served(1)

    assert after.seq == 0 and service.texts() == ["tea, @bob?"]


def test_who_subscribes_is_not_told_what_was_before(ann, bob, service):
    say(ann, "psst", ann.call("direct", people=[bob.person])["ok"]["channel"])
    subscribe(bob, service)
    say(ann, "cake, @bob?")
    served(2)

    assert service.texts() == ["cake, @bob?"]


def test_who_wants_no_more_is_told_no_more_and_nobody_else_may_say_so(ann, bob, service):
    subscribe(bob, service)
    ann.request("DELETE", "/api/push", endpoint=service.browser()["endpoint"])
    assert len(subscribed(bob)) == 1

    for _ in range(2):
        assert bob.request("DELETE", "/api/push", endpoint=service.browser()["endpoint"]).status_code == 200
    assert subscribed(bob) == []


def test_a_person_has_twenty_browsers_and_the_oldest_go(bob, service):
    for n in range(22):
        subscribe(bob, service, f"b{n}")

    assert [one.endpoint.rsplit("/", 1)[1] for one in subscribed(bob)] == [
        f"b{n}" for n in range(2, 22)]


def many(n, author, person):
    """So many notifications about one room, at once."""
    with db.transaction() as tx:
        for nth in range(n):
            model.notify(tx, [person], Cause("mention", author, f"k{nth}", LOBBY, nth + 1, title="Lobby",
                                             text=f"{nth}"))


def test_of_very_many_notifications_there_are_few_pushes(monkeypatch, any_app, ann, bob, service):
    monkeypatch.setattr(waiting, "PAGE", 10)
    subscribe(bob, service)
    consumers.stop()
    many(25, ann.person, bob.person)
    push_again(any_app.config)
    served(25)

    assert service.texts() == ["9", "19", "24"]


def test_very_many_notifications_are_passed_over_while_somebody_looks(monkeypatch, any_app, ann, bob, service):
    monkeypatch.setattr(waiting, "PAGE", 10)
    subscribe(bob, service)
    bob.call("looking", on=True)
    many(25, ann.person, bob.person)

    served(25)
    assert service.requested == []
