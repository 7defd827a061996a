"""Drafts: shared between the devices of a person and private to them."""

import pytest

from hubbub.core import db

LOBBY = "room:1"


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    return any_app.connect_member("Ann")


def own_state(caller):
    return caller.get(f"/api/channels/user:{caller.person}/window").json


def test_a_draft_is_stored_and_sent_to_the_other_devices(any_app, ann):
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"user:{ann.person}")

    versions = [ann.call("draft", channel=LOBBY, text=text)["ok"] for text in ("dear", "dear all")]

    drafts = [signal["data"] for signal in other.received("draft", 2)]
    assert versions == [1, 2]
    assert drafts == [{"channel": LOBBY, "thread": 0, "text": text, "version": version}
                    for text, version in (("dear", 1), ("dear all", 2))]
    assert own_state(other)["drafts"] == drafts[-1:]


def test_a_thread_has_its_own_draft_and_an_empty_draft_is_deleted(ann):
    root = ann.call("post", channel=LOBBY, text="tea?", key="1")["ok"]
    ann.call("draft", channel=LOBBY, text="in the room")
    ann.call("draft", channel=LOBBY, thread=root, text="in the thread")

    both = {draft["thread"]: draft["text"] for draft in own_state(ann)["drafts"]}
    cleared = ann.call("draft", channel=LOBBY, text="")["ok"]

    assert both == {0: "in the room", root: "in the thread"}
    assert cleared == 2
    assert [draft["text"] for draft in own_state(ann)["drafts"]] == ["in the thread"]


def test_an_invalid_draft_is_refused_and_not_stored(ann):
    for fields, code in [
        ({"channel": "room:999"}, "not_found"), ({"text": "x" * 16_001}, "too_large"), ({"thread": 99}, "not_found"),
        ({"channel": "people:all"}, "bad_input"),
    ]:
        answer = ann.call("draft", **{"channel": LOBBY, "text": "hm", **fields})
        assert answer.get("code") == code, str(fields)[:100]

    assert db.execute("select count(*) from draft") == [(0,)]


def test_a_draft_is_private_and_hidden_after_leaving_the_room(any_app, ann):
    bob = any_app.connect_member("Bob")
    vault = ann.call("create_room", name="Vault", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    bob.call("subscribe", channel=vault)
    ann.call("draft", channel=vault, text="a secret")

    response = bob.get(f"/api/channels/user:{ann.person}/window")
    ann.call("leave", channel=vault, key="l")
    bob.call("online")

    assert response.status_code == 404
    assert bob.received("draft") == [] and own_state(bob)["drafts"] == own_state(ann)["drafts"] == []
