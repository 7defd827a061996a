"""Groups of people: admins manage them, their handles belong to nobody else, and a mention notifies the members."""

import pytest

from hubbub.core import db
from hubbub.people import groups
from tests.running_app import LOBBY, post


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def create(owner, handle="oncall", people=()):
    return owner.post("/api/groups", handle=handle, name="On call", people=[one.person for one in people])


def notified(*people):
    """Return of how many mentions each person was notified."""
    inboxes = [one.get(f"/api/channels/inbox:{one.person}/window").json["items"] for one in people]
    return [sum(item["cause"] == "mention" for item in items) for items in inboxes]


def test_an_admin_creates_renames_and_deletes_a_group_whose_handle_is_nobody_elses(any_app, olga, ann, bob):
    made = create(olga, "@OnCall", [ann, bob]).json
    members = [ann.person, bob.person]

    assert made == {"id": made["id"], "handle": "oncall", "name": "On call", "members": members}
    assert ann.get("/api/groups").json == [made]
    assert create(ann, "mine").json["code"] == "denied"
    assert [create(olga, handle).json["id"] for handle in ("oncall", "ann", "room", "x")] == [
        "error.handle_taken", "error.handle_taken", "error.handle_reserved", "error.handle_invalid"]
    assert ann.request("PATCH", "/api/me", handle="oncall").json["id"] == "error.handle_taken"
    guest, _ = any_app.create_guest("OnCall")
    assert db.execute("select handle from person where id = :id", id=guest) == [("oncall-2",)]

    changed = olga.request("PATCH", f"/api/groups/{made['id']}", handle="pager", people=[bob.person]).json
    assert (changed["handle"], changed["members"]) == ("pager", [bob.person])
    assert ann.request("PATCH", "/api/me", handle="oncall").status_code == 200
    assert olga.request("PATCH", f"/api/groups/{made['id']}", people=[10**9]).json["code"] == "not_found"

    assert olga.request("DELETE", f"/api/groups/{made['id']}").status_code == 204
    assert olga.request("DELETE", f"/api/groups/{made['id']}").json["id"] == "error.group_not_found"
    assert bob.get("/api/groups").json == []


def test_a_mentioned_group_notifies_the_members_who_can_read_the_room_once_each(any_app, olga, ann, bob):
    cleo = any_app.connect_member("Cleo")
    create(olga, "oncall", [ann, bob, cleo])
    create(olga, "crew", [bob, olga])
    people = [ann.person, bob.person]
    room = olga.call("create_room", name="plans", kind="private", people=people, key="c")["ok"]["channel"]
    bob.call("subscribe", channel=room)

    seq = post(olga, "@oncall @crew and @bob, look", channel=room)

    data = bob.received("message", 1)[0]["data"]
    assert sorted(data["here"]) == sorted([ann.person, bob.person, cleo.person])
    assert notified(ann, bob, cleo, olga) == [1, 1, 0, 0]
    window = ann.get(f"/api/channels/user:{ann.person}/window").json
    assert window["mentions"] == {room: [seq]}

    olga.call("edit", channel=room, seq=seq, text="never mind", key="e1")
    again = ann.get(f"/api/channels/user:{ann.person}/window").json["mentions"]
    olga.call("edit", channel=room, seq=seq, text="@crew only", key="e2")

    assert again == {}
    assert bob.received("edited", 2)[1]["data"]["here"] == [bob.person]
    assert notified(ann, bob) == [1, 1]


def test_a_banned_member_is_in_no_group_until_the_ban_is_lifted(olga, ann, bob):
    group = create(olga, "oncall", [ann, bob]).json["id"]

    olga.post(f"/api/people/{ann.person}/ban")
    banned = groups.members(db, group)
    olga.post(f"/api/people/{ann.person}/unban")

    assert (banned, groups.members(db, group)) == ([bob.person], [ann.person, bob.person])
    post(olga, "@oncall", LOBBY)
    assert notified(bob) == [1]
