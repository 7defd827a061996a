"""Attention: a push waits while the person looks at a page, as they chose."""

import time

import pytest

from hubbub.core import db
from hubbub.notifications import model, waiting
from tests.push_service import remove_delays, restart_push, runner, subscribe, wait_for_cursor
from tests.running_app import LOBBY
from tests.running_app import post_and_notify as post
from tests.waiting import until


@pytest.fixture
def ann(any_app, olga, monkeypatch):
    remove_delays(monkeypatch)
    monkeypatch.setattr(waiting, "LOOK", 0.05)
    restart_push(any_app.config)
    return any_app.connect_member("ann")


def test_a_push_waits_while_a_device_has_attention_until_it_is_read_or_the_person_is_away(ann, bob, service):
    subscribe(bob, service)
    bob.call("page_visible", on=True)
    seq = post(ann, "tea, @bob?")
    until(lambda: runner().paused)
    bob.call("read", channel=LOBBY, seq=seq)
    wait_for_cursor(2)
    post(ann, "cake, @bob?")
    until(lambda: runner().paused)
    assert service.texts() == []
    bob.call("page_visible", on=False)
    wait_for_cursor(3)

    assert service.texts() == ["cake, @bob?"]


def test_a_push_comes_at_once_or_when_unread_for_two_minutes_if_the_person_chose_so(ann, bob, service):
    subscribe(bob, service)
    bob.call("page_visible", on=True)
    bob.request("PATCH", "/api/me/preferences", changes={"push_when": "now"})
    post(ann, "tea, @bob?")
    wait_for_cursor(1)
    bob.request("PATCH", "/api/me/preferences", changes={"push_when": "unread"})
    bob.call("page_visible", on=False)
    post(ann, "cake, @bob?")
    until(lambda: runner().paused)
    assert service.texts() == ["tea, @bob?"]

    with db.transaction() as tx:
        tx.execute("update entry set at = :at where channel = :inbox and seq = 2", inbox=model.inbox(bob.person),
                   at=time.time() - waiting.GIVEN)
    bob.call("page_visible", on=True)
    ann.post("/api/notify", person="bob", text="disk full", key="k")
    for cursor in runner().paused:
        runner().paused[cursor] = 0.0
    runner().poll()
    until(lambda: len(service.pushed) == 2)

    assert service.texts() == ["tea, @bob?", "cake, @bob?"]
