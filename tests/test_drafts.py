"""Drafts: begun on one device, gone on with on another; nobody else's business."""

import pytest

from hubbub.core import db

LOBBY = "room:1"


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    return any_app.connect_member("Ann")


def standing(caller):
    return caller.get(f"/api/channels/own:{caller.person}/window").json


def test_what_was_begun_on_one_device_is_on_the_other_and_stays(any_app, ann):
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"own:{ann.person}")

    versions = [ann.call("draft", channel=LOBBY, text=text)["ok"] for text in ("dear", "dear all")]

    told = [signal["data"] for signal in other.received("draft", 2)]
    assert versions == [1, 2]
    assert told == [{"channel": LOBBY, "thread": 0, "text": text, "version": version}
                    for text, version in (("dear", 1), ("dear all", 2))]
    assert standing(other)["drafts"] == told[-1:]


def test_a_thread_has_a_draft_of_its_own_and_an_empty_one_is_forgotten(ann):
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    ann.call("draft", channel=LOBBY, text="in the room")
    ann.call("draft", channel=LOBBY, thread=root, text="in the thread")

    both = {draft["thread"]: draft["text"] for draft in standing(ann)["drafts"]}
    cleared = ann.call("draft", channel=LOBBY, text="")["ok"]

    assert both == {0: "in the room", root: "in the thread"}
    assert cleared == 2
    assert [draft["text"] for draft in standing(ann)["drafts"]] == ["in the thread"]


@pytest.mark.parametrize("said, code", [
    ({"channel": "room:999"}, "absent"), ({"text": "x" * 16_001}, "too_large"), ({"thread": 99}, "absent"),
    ({"channel": "people:all"}, "bad_input"),
])
def test_a_draft_of_nothing_is_refused_and_not_kept(ann, said, code):
    answer = ann.call("draft", **{"channel": LOBBY, "text": "hm", **said})

    assert answer["code"] == code
    assert db.execute("select count(*) from draft") == [(0,)]


def test_nobody_else_sees_a_draft_and_it_is_not_shown_of_a_room_one_left(any_app, ann):
    bob = any_app.connect_member("Bob")
    vault = ann.call("create_room", name="Vault", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    bob.call("subscribe", channel=vault)
    ann.call("draft", channel=vault, text="a secret")

    peek = bob.get(f"/api/channels/own:{ann.person}/window")
    ann.call("leave", channel=vault, key="l")
    bob.call("here")

    assert peek.status_code == 404
    assert bob.received("draft") == [] and standing(bob)["drafts"] == standing(ann)["drafts"] == []
