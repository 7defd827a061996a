"""Copies follow their source: notifications show the words and names of now, and nothing keeps older ones."""

import pytest

from hubbub.core import db, log
from hubbub.documents import mentions
from hubbub.notifications import push_message
from hubbub.notifications.subscriptions import Subscription
from tests.replica import Replica
from tests.running_app import LOBBY, post
from tests.waiting import until, until_notified


@pytest.fixture(autouse=True)
def scan_at_once(monkeypatch):
    monkeypatch.setattr(mentions.consumer, "quiet", 0.0)


@pytest.fixture
def bob(any_app, ann):
    bob = any_app.connect_member("bob")
    bob.call("subscribe", channel=f"inbox:{bob.person}")
    return bob


def edit(user, channel, seq, text):
    assert "ok" in user.call("edit", channel=channel, seq=seq, text=text, key=f"edit {text}"[:60])


def inbox(user):
    """Return (title, text) of the notifications in a person's inbox."""
    items = user.get(f"/api/channels/inbox:{user.person}/window").json["items"]
    return [(item.get("title"), item.get("text")) for item in items]


def stored_in_inboxes():
    return " ".join(data for data, in db.execute("select data from entry where channel like 'inbox:%'"))


def test_an_edit_changes_the_notification_everywhere(ann, bob):
    seq = post(ann, "first **words**, @bob")
    until_notified()
    edit(ann, LOBBY, seq, "second words, @bob")
    edit(ann, LOBBY, seq, 'third [0] "words", @bob')

    assert inbox(bob) == [("Lobby", 'third [0] "words", @bob')]
    first, second = bob.received("revised", 2)
    assert second["data"] == {"targets": [1], "text": 'third [0] "words", @bob'}
    assert "first" not in stored_in_inboxes() and "second" not in stored_in_inboxes()


def test_a_deletion_leaves_no_words_of_any_revision(ann, bob):
    seq = post(ann, "secret one, @bob")
    until_notified()
    edit(ann, LOBBY, seq, "secret two, @bob")
    ann.call("delete", channel=LOBBY, seq=seq, key="delete")

    assert inbox(bob) == [(None, None)]
    assert "secret" not in stored_in_inboxes()


def test_an_edit_that_mentions_nobody_still_changes_what_was_sent_before(ann, bob):
    seq = post(ann, "salary of @bob")
    until_notified()
    edit(ann, LOBBY, seq, "nothing")

    assert inbox(bob) == [("Lobby", "nothing")]


def test_people_who_left_get_neither_new_words_nor_the_new_name(ann, bob):
    room = ann.post("/api/rooms", name="Den", kind="private", key="r", people=[bob.person]).json["channel"]
    seq = post(ann, "old words, @bob", room)
    until_notified()
    ann.call("kick", channel=room, person=bob.person, key="kick")
    edit(ann, room, seq, "new words, @bob")
    ann.call("rename_room", channel=room, name="Plot", key="rename")

    assert inbox(bob) == [("Den", "old words, @bob")]


def test_a_renamed_room_is_shown_and_pushed_by_its_new_name(ann, bob):
    room = ann.post("/api/rooms", name="Den", kind="public", key="r", people=[bob.person]).json["channel"]
    post(ann, "tea, @bob?", room)
    until_notified()
    ann.call("rename_room", channel=room, name="Kitchen", key="rename")

    subscription = Subscription(1, bob.person, "https://push.example/", "", "a", "https://chat.example", 0, 0, "en")
    [entry] = log.newest(db, f"inbox:{bob.person}", "notification", 2**53, 1)
    message = push_message.of(db, subscription, [entry], 1)

    assert inbox(bob) == [("Kitchen", "tea, @bob?")]
    assert b'"ann mentioned you in Kitchen"' in message.payload


def test_a_documents_line_and_title_follow_its_edits(ann, bob):
    document = ann.post("/api/documents", room=LOBBY, title="Plans", key="d").json["id"]
    copy = Replica().open(ann.get(f"/api/channels/doc:{document}/window").json)
    send = lambda key: ann.call("update", channel=f"doc:{document}", update=copy.send(), key=key)  # noqa: E731
    copy.type("ask @bob about tea")
    send("1")
    until(lambda: inbox(bob) == [("Plans", "ask @bob about tea")])

    copy.type(" and cake")
    send("2")
    ann.request("PATCH", f"/api/documents/{document}", title="Party", key="t")
    until(lambda: inbox(bob) == [("Party", "ask @bob about tea and cake")])

    copy.erase(4, 8)
    send("3")
    until(lambda: inbox(bob) == [("Party", "")])
    assert "cake" not in stored_in_inboxes()
