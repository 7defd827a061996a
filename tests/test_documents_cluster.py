"""Documents in a cluster: every editor sees the selections of all, whichever node they are at."""

import pytest

from tests.waiting import until


@pytest.fixture
def editors(cluster):
    """Ann at one node and bob at the other, who have a document open."""
    a, b = cluster.apps
    ann, bob = a.connect_member("ann"), b.connect(*a.create_account("bob"))
    document = a.owner.post("/api/documents", title="Plan", room="room:1", key="1").json
    channel = f"doc:{document['id']}"
    for editor in (ann, bob):
        editor.channel = channel
        assert "ok" in editor.call("subscribe", channel=channel)
    return ann, bob


def select(editor, anchor):
    return editor.call("selection", channel=editor.channel, client=editor.person, anchor=anchor, head=anchor)["ok"]


def seen(editor):
    """Return the selections of others that an editor's page shows, by person."""
    shown = {}
    for signal in editor.received("selection"):
        data = signal["data"]
        shown.pop(data["person"], None)
        if not data.get("removed") and data["person"] != editor.person:
            shown[data["person"]] = data["anchor"]
    return shown


def test_a_move_at_one_node_is_seen_at_the_other_until_its_editor_leaves(editors):
    ann, bob = editors

    select(ann, 1)
    select(ann, 2)
    until(lambda: seen(bob) == {ann.person: 2})
    ann.client.disconnect()

    until(lambda: seen(bob) == {})


def test_who_opens_a_document_sees_those_who_do_not_move_at_another_node(editors):
    ann, bob = editors
    select(ann, 1)
    until(lambda: seen(bob) == {ann.person: 1})
    bob.events.clear()

    others_here = select(bob, 5)

    assert others_here == []
    until(lambda: seen(bob) == {ann.person: 1} and seen(ann) == {bob.person: 5})


def test_typing_and_drafts_reach_the_other_node(cluster, editors):
    ann, bob = editors
    phone = cluster.apps[1].connect(ann.person, ann.token)
    for device, channel in ((bob, "room:1"), (phone, f"user:{ann.person}")):
        device.call("subscribe", channel=channel)

    ann.call("typing", channel="room:1")
    version = ann.call("draft", channel="room:1", text="Dear all")["ok"]

    [signal] = bob.received("typing", 1)
    [draft] = phone.received("draft", 1)
    assert signal["data"] == {"person": ann.person, "thread": 0}
    assert draft["data"] == {"channel": "room:1", "thread": 0, "text": "Dear all", "version": version}


def test_a_draft_that_the_bus_lost_is_on_the_other_node_after_the_gap(cluster, editors):
    ann, _ = editors
    phone = cluster.apps[1].connect(ann.person, ann.token)
    phone.call("subscribe", channel=f"user:{ann.person}")
    phone.events.clear()
    cluster.is_bus_away = True
    ann.call("draft", channel="room:1", text="Dear all")
    until(lambda: not cluster.network.mail)
    cluster.is_bus_away = False

    ann.call("read", channel="room:1", seq=0)

    [state] = phone.received("reset", 1)
    assert [draft["text"] for draft in state["drafts"]] == ["Dear all"]
