"""Web Push: closing what is read elsewhere, priorities, actions in a notification, the form for Apple's browsers."""

import json
import time

import pytest

from hubbub.core import consumers, db, log, node
from hubbub.notifications import push, push_message, shown, subscriptions
from tests.push_service import (
    remove_delays,
    restart_push,
    subscribe,
    wait_for_cursor,
)
from tests.running_app import LOBBY
from tests.running_app import post_and_notify as post
from tests.waiting import until


@pytest.fixture
def at_once(monkeypatch):
    remove_delays(monkeypatch)


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    restart_push(any_app.config)
    return any_app.connect_member("ann")


def test_a_push_waits_only_half_a_second_for_a_reading_elsewhere(ann, bob, service):
    subscribe(bob, service)
    began = time.monotonic()
    post(ann, "tea, @bob?")
    until(lambda: service.requested)

    assert time.monotonic() - began >= 0.5 == push.GRACE == push.consumer.quiet == push.consumer.patience


def test_what_was_read_elsewhere_is_closed_after_a_restart_too(at_once, any_app, ann, bob, service):
    subscribe(bob, service)
    seq = post(ann, "one, @bob")
    wait_for_cursor(1)
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    wait_for_cursor(2)
    consumers.stop()
    bob.call("read", channel=LOBBY, seq=seq)
    service.answers = ["503 Busy"]
    restart_push(any_app.config)
    until(lambda: service.withdrawn)
    post(ann, "two, @bob")
    wait_for_cursor(4)
    bob.call("read_all_notifications")
    until(lambda: len(service.withdrawn) == 2)

    assert service.withdrawn == [("laptop", [LOBBY], 1), ("laptop", ["inbox:2", LOBBY], 0)]
    assert service.texts() == ["one, @bob", "disk full", "two, @bob"]


def test_a_deleted_message_is_closed_and_nothing_is_closed_twice(at_once, ann, bob, service):
    subscribe(bob, service)
    seq = post(ann, "the code is 1234, @bob")
    wait_for_cursor(1)
    ann.call("delete", channel=LOBBY, seq=seq, key="d")
    wait_for_cursor(2)
    bob.call("read", channel=LOBBY, seq=post(ann, "sorry"))
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    wait_for_cursor(3)

    assert service.withdrawn == [("laptop", [LOBBY], 0)]


def test_browsers_of_apple_get_no_push_that_shows_nothing(at_once, ann, bob, service, monkeypatch):
    monkeypatch.setattr(shown, "APPLE", "127.0.0.1")
    subscribe(bob, service)
    seq = post(ann, "one, @bob")
    wait_for_cursor(1)
    bob.call("read", channel=LOBBY, seq=seq)
    wait_for_cursor(2)

    assert service.withdrawn == [] and len(service.requested) == 1
    assert db.execute("select shown from push_subscription") == [("{}",)]


def test_a_notification_is_answered_without_the_page_exactly_once(at_once, ann, bob, service):
    subscribe(bob, service)
    root = post(ann, "tea, @bob?")
    post(ann, "or coffee, @bob?")
    wait_for_cursor(2)
    more = service.pushed[-1].more
    assert more["actions"] == [["reply", "Reply"], ["done", "Mark as read"]] and more["person"] == bob.person
    action = {"person": bob.person, "seq": more["seq"], "key": "k1"}
    for _ in range(2):
        assert bob.post("/api/inbox/act", **action, action="reply", text="Tea!").json == {"unread": 0}

    assert [entry.data["text"] for entry in log.read(db, LOBBY, root)] == ["or coffee, @bob?", "Tea!"]
    refused = [bob.post("/api/inbox/act", **action | {"key": "k2"}, action="reply", text=" ").json["id"],
               ann.post("/api/inbox/act", **action, action="done").json["id"]]
    assert refused == ["error.message_empty", "error.notification_of_another"]


def test_a_reply_goes_into_the_thread_and_only_conversations_have_one(at_once, ann, bob, service):
    subscribe(bob, service)
    root = post(bob, "who brings cake?")
    post(ann, "I do", thread=root)
    wait_for_cursor(1)
    bob.post("/api/inbox/act", person=bob.person, seq=1, action="reply", text="Thanks!", key="k")
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    until(lambda: len(service.pushed) == 2)
    refused = bob.post("/api/inbox/act", person=bob.person, seq=3, action="reply", text="Oh", key="k2").json
    done = bob.post("/api/inbox/act", person=bob.person, seq=3, action="done", key="k3").json

    [reply] = [entry for entry in log.read(db, LOBBY, root) if entry.author == bob.person]
    assert (reply.kind, reply.data["thread"], reply.data["text"]) == ("reply", root, "Thanks!")
    assert service.pushed[1].more["actions"] == [["done", "Mark as read"]]
    assert (refused["id"], done) == ("error.cannot_reply", {"unread": 0})
    assert bob.post("/api/inbox/act", person=bob.person, seq=99, action="reply", text="Oh",
                    key="k4").json["id"] == "error.notification_not_found"


def test_the_priority_decides_how_a_push_service_delivers(app):
    for data, headers in [
        ({"priority": 1}, ("very-low", "3600")), ({"priority": 2}, ("low", "14400")), ({}, ("normal", "86400")),
        ({"priority": 4}, ("high", "86400")), ({"urgent": True}, ("high", "86400")),
        ({"cause": "mention"}, ("high", "86400")),
    ]:
        message = push_message.of(db, subscription("https://push.example/1"), [entry(data)], 1)

        assert (message.headers["Urgency"], message.headers["TTL"]) == headers, data
        assert json.loads(message.payload)["priority"] == data.get("priority", 5 if data.get("urgent") else 3), data


def test_apples_browsers_get_the_declarative_form(app):
    one = subscription("https://web.push.apple.com/secret")

    payload = json.loads(push_message.of(db, one, [entry({"url": "/feed/1", "priority": 2})], 1).payload)

    assert payload == {"web_push": 8030, "app_badge": 0, "notification": {
        "title": "Hubbub, from a script", "body": "hi", "tag": "inbox:1", "lang": "en", "silent": True,
        "app_badge": "0", "navigate": "https://chat.example/hubbub/feed/1"}}


def subscription(endpoint):
    return subscriptions.Subscription(1, 1, endpoint, "", "a", "https://chat.example/hubbub/", 0, 0, "en")


def entry(data):
    return log.Entry("inbox:1", 1, 1, "notification", 0, node.now(), "k", {
        "cause": "script", "channel": "", "target": 0, "root": 0, "title": "", "url": "", "text": "hi"} | data)
