"""What a node remembers is right after another node changed it, also while no message between them arrives."""

import base64
import time

import pytest
from pycrdt import Doc, Text

from hubbub.core import db, follow
from hubbub.core.log import Cursor
from hubbub.documents import updates
from hubbub.people import model
from tests import club
from tests.club import Listener
from tests.running_app import PASSWORD
from tests.waiting import until


@pytest.fixture
def cluster(cluster):
    cluster.apps[0].set_up_owner()
    return cluster


@pytest.fixture
def nodes(cluster):
    """Both nodes, and ann with a connection to the second; from now on, the bus loses everything."""
    a, b = cluster.apps
    a.ann = a.create_account("ann")
    ann = b.connect(*a.ann)
    cluster.is_bus_away = True
    return a, b, ann


def test_a_new_name_and_handle_are_seen_at_the_other_node(nodes):
    a, b, ann = nodes
    b.request("/api/people", ann.token, "GET")

    a.request("/api/me", ann.token, "PATCH", name="Anna", handle="anna")

    assert ann.call("people", ids=[ann.person])["ok"][0]["name"] == "Anna"
    assert b.request("/api/sign-in", handle="anna", password=PASSWORD).status_code == 200


def test_settings_changed_at_one_node_count_at_the_other(nodes):
    a, b, ann = nodes
    b.request("/api/settings", a.owner.token, "GET")

    a.request("/api/settings", a.owner.token, "PATCH", guests=True, name="Weather stations")

    assert b.request("/api/settings", a.owner.token, "GET").json["name"] == "Weather stations"
    assert b.request("/api/guests").status_code == 201


@pytest.mark.parametrize("end", ["sign-out", "ban", "password"])
def test_a_sign_in_that_ended_at_one_node_opens_nothing_at_the_other(nodes, end):
    a, b, ann = nodes
    assert b.request("/api/people", ann.token, "GET").status_code == 200

    if end == "sign-out":
        a.request("/api/sign-out", ann.token)
    elif end == "ban":
        a.owner.post(f"/api/people/{ann.person}/ban")
    else:
        token = a.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]
        a.request("/api/password", token, old=PASSWORD, new="a better password")

    assert b.request("/api/people", ann.token, "GET").status_code == 401


def test_a_role_changed_at_one_node_counts_at_the_other(nodes):
    a, b, ann = nodes
    before = b.request("/api/settings", ann.token, "GET").status_code

    a.owner.request("PATCH", f"/api/people/{ann.person}", role="admin")

    assert (before, b.request("/api/settings", ann.token, "GET").status_code) == (403, 200)


def test_who_is_banned_at_one_node_reads_nothing_new_at_the_other_after_two_seconds(nodes, monkeypatch):
    a, b, ann = nodes
    monkeypatch.setattr(model, "RECENT", model.RECENT / 10)
    b.request("/api/people", ann.token, "GET")
    assert "ok" in ann.call("subscribe", channel="people:all")

    a.owner.post(f"/api/people/{ann.person}/ban")

    assert model.RECENT <= 0.2
    until(lambda: ann.call("subscribe", channel="people:all").get("code") == "not_found", seconds=5)


def test_a_member_removed_at_one_node_cannot_read_the_room_at_the_other(nodes):
    a, b, ann = nodes
    room = a.owner.call("create_room", name="Secret", kind="private", people=[ann.person], key="1")["ok"]["channel"]
    assert "ok" in ann.call("subscribe", channel=room)

    a.owner.call("kick", channel=room, person=ann.person, key="2")

    assert ann.call("subscribe", channel=room)["code"] == "not_found"
    assert b.request(f"/api/channels/{room}/window", ann.token, "GET").status_code in (403, 404)


def test_a_document_in_the_memory_of_one_node_has_the_edits_of_the_other(nodes):
    a, b, ann = nodes
    document = a.owner.post("/api/documents", title="Plan", room="room:1", key="1").json
    channel = f"doc:{document['id']}"

    for n, user in enumerate([ann, a.owner, ann, a.owner]):
        doc = Doc()
        doc["text"] = Text(f"edit {n}; ")
        update = base64.b64encode(doc.get_update()).decode()
        assert "ok" in user.call("update", channel=channel, update=update, key=f"{n}")

    texts = {app.flask.node.run(updates.text, channel)[0] for app in (a, b)}
    assert len(texts) == 1 and sorted(texts.pop().split("; ")) == ["", *(f"edit {n}" for n in range(4))]


def test_a_window_that_depends_on_more_than_its_channel_is_at_most_a_second_old(network, monkeypatch):  # noqa: F811
    a, b, _ = network.nodes
    a.run(club.join, 1)
    a.run(club.post, 1, "hello", "k1")

    def window():
        reader = Listener(1)
        b.run(follow.follow, reader, "club:chess", Cursor(1, "of another history"))
        return [item["text"] for event, payload in reader.received if event == "reset" for item in payload["items"]]

    before = window()
    with a.active(), db.transaction() as tx:
        tx.execute("update entry set data = replace(data, 'hello', 'bye')")
    monkeypatch.setattr(follow.node, "monotonic", lambda: time.monotonic() + 1)

    assert (before, window()) == (["hello"], ["bye"])
