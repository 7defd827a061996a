"""A person's state: everything that a device needs at first, in a fixed number of statements."""

import pytest

from hubbub.chat import create_room, messages, user_state
from hubbub.core import db, follow, hub, windows
from hubbub.core.log import Cursor
from hubbub.people import model
from tests.club import Listener
from tests.statements import statements

LOBBY = "room:1"


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def state_of(caller):
    return caller.get(f"/api/channels/user:{caller.person}/window").json


def test_the_state_has_rooms_cursors_mentions_threads_drafts_and_people(ann, bob):
    lake = ann.call("create_room", name="Lake", kind="public", people=[bob.person], key="k")["ok"]["channel"]
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    root = bob.call("post", channel=lake, text="tea?", key="1")["ok"]
    mention = ann.call("post", channel=lake, text="@bob yes", key="2", thread=root)["ok"]
    room_mention = ann.call("post", channel=lake, text="@room and cake", key="3")["ok"]
    bob.call("draft", channel=lake, text="hm")

    state = state_of(bob)

    assert {room["channel"]: (room["kind"], room["role"], room["n"]) for room in state["rooms"]} == {
        LOBBY: ("lobby", "", 0), lake: ("public", "member", 2), direct: ("direct", "member", 0)}
    assert state["cursors"][lake][:2] == [root, 1]
    assert state["mentions"] == {lake: [mention, room_mention]}
    assert [(thread["root"], thread["replies"] - thread["n"]) for thread in state["threads"]] == [(root, 1)]
    assert [draft["text"] for draft in state["drafts"]] == ["hm"]
    assert sorted(state["people"]) == sorted([str(ann.person), str(bob.person)])
    assert {room["channel"]: room["head"][0] for room in state["rooms"]}[lake] == room_mention


def test_the_state_has_only_mentions_of_the_person_by_others_in_own_rooms(ann, bob, olga):
    ann.call("create_room", name="Lake", kind="public", key="k")
    ann.call("post", channel="room:2", text="@room @bob here I am", key="1")
    ann.call("post", channel=LOBBY, text="@olga @room", key="2")
    ann.call("read", channel=LOBBY, seq=0)

    assert [sorted(state_of(user)["mentions"]) for user in (ann, bob, olga)] == [[], [LOBBY], [LOBBY]]


def test_mentions_in_other_rooms_do_not_displace_own_ones(ann, bob, monkeypatch):
    from hubbub.chat import reading
    monkeypatch.setattr(reading, "MENTIONS", 3)
    ann.call("create_room", name="Noise", kind="public", key="k")
    seq = ann.call("post", channel=LOBBY, text="@bob", key="1")["ok"]
    for n in range(5):
        ann.call("post", channel="room:2", text="@room", key=str(n))

    assert state_of(bob)["mentions"] == {LOBBY: [seq]}


def add_rooms(person, others, rooms):
    """Create more rooms, directs, mentions and followed threads of a person."""
    for n in rooms:
        channel = create_room.create(others[0], f"Room {n}", "public", "", [person], f"r{n}").channel
        root = messages.post(person, channel, "root", "1").seq
        messages.post(others[0], channel, "@room reply", "2", messages.Draft(thread=root))
        create_room.direct(person, [others[n % len(others)]])


def test_the_state_takes_the_same_few_statements_for_any_number_of_rooms(any_app, ann, monkeypatch):
    with db.transaction() as tx:
        others = [model.create(tx, "x", f"x-{n}", "member").id for n in range(20)]
    load = lambda: windows.newest(f"user:{ann.person}")  # noqa: E731
    add_rooms(ann.person, others, range(1))
    few = statements(monkeypatch, load)

    add_rooms(ann.person, others, range(1, 20))
    many = statements(monkeypatch, load)

    state = windows.newest(f"user:{ann.person}")
    assert many == few and len(few) <= 12
    assert (len(state["rooms"]), len(state["threads"]), len(state["people"])) == (41, 20, 21)


def test_unread_threads_come_first(ann, bob, monkeypatch):
    monkeypatch.setattr(user_state, "THREADS", 2)
    roots = [ann.call("post", channel=LOBBY, text=f"root {n}", key=f"r{n}")["ok"] for n in range(4)]
    replies = [bob.call("post", channel=LOBBY, text="reply", key=f"p{n}", thread=root)["ok"]
               for n, root in enumerate(roots)]
    for root, reply in list(zip(roots, replies, strict=True))[1:]:
        ann.call("read_thread", channel=LOBBY, root=root, seq=reply)

    assert [thread["root"] for thread in state_of(ann)["threads"]] == [roots[0], roots[3]]


def test_the_page_contains_the_persons_own_state(any_app, ann, bob):
    page = any_app.http.get("/", headers={"Authorization": f"Bearer {ann.token}"}).text

    assert f"user:{ann.person}" in page and f"user:{bob.person}" not in page


def test_a_cursor_of_another_history_gets_the_state_again(any_app, ann):
    own = f"user:{ann.person}"
    ann.call("create_room", name="Lake", kind="public", key="k")
    device = Listener(ann.person)
    hub.attach(Listener.encode)

    follow.follow(device, own, Cursor(1, "of a restored backup"))

    [(kind, window)] = device.received
    assert kind == "reset"
    assert [room["name"] for room in window["rooms"]] == ["Lobby", "Lake"]
    assert window["as_of"] == state_of(ann)["as_of"]


def test_the_state_of_a_person_is_private(ann, olga):
    own = f"user:{ann.person}"

    answers = [olga.call("subscribe", channel=own), olga.call("read", channel=own, seq=0),
             olga.call("post", channel=own, text="x", key="k"), ann.call("subscribe", channel=f"user:0{ann.person}")]

    assert [answer["code"] for answer in answers] == ["not_found"] * 4
    assert ann.call("post", channel=own, text="x", key="k")["code"] == "denied"
