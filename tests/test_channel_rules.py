"""Rules that hold for every channel and every event, including a channel kind and an event made for these tests."""

import msgspec
import pytest

from hubbub import live
from hubbub.core import db, hub, log, windows
from hubbub.core.access import Refused
from hubbub.core.log import Cursor
from hubbub.web.schema import Channel, Key
from tests import club
from tests.statements import statements
from tests.waiting import until_notified

CHESS = "club:chess"


@pytest.fixture(autouse=True)
def speak(monkeypatch):
    """Register the event `speak`, which posts in a club and has a side effect in another channel."""
    monkeypatch.setattr(live.registry, "handlers", dict(live.registry.handlers))

    @live.on("speak")
    def speak(caller: live.Connection, channel: Channel, text: str, key: Key) -> int:
        """Post in a club, and append a note to another club."""
        with db.transaction() as tx:
            club.access.check(tx, caller.person, channel, "post")
            entry = log.append(tx, channel, "message", {"text": text}, author=caller.person, key=key, counts=True)
            log.append(tx, "club:secretary", "message", {"text": "noted"}, author=0, key=f"{channel}/{entry.seq}")
        return entry.seq


@pytest.fixture
def ann(any_app):
    """A connected member."""
    ann = any_app.connect_guest("ann")
    club.join(ann.person)
    return ann


@pytest.fixture
def bob(any_app, ann):
    """Another member, who is subscribed."""
    bob = any_app.connect_guest("bob")
    club.join(bob.person)
    bob.call("subscribe", channel=CHESS)
    return bob


TYPED = "AQEFAAQBBHRleHQFaGVsbG8A"  # a Yjs update: client 5 types "hello"
EVENTS = [  # what is done, its event, payload and channel; each can be done after the others
    ("speak in a club", "speak", {"channel": CHESS, "text": "hello", "key": "k1"}, CHESS),
    *((name, event, {"channel": "room:1", "key": name, **payload}, "room:1") for name, event, payload in [
        ("post in the Lobby", "post", {"text": "hello"}),
        ("mention", "post", {"text": "@bob look"}),
        ("reply", "post", {"text": "so do I", "thread": 1}),
        ("reply and send it to the room", "post", {"text": "so do I", "thread": 1, "also_to_room": True}),
        ("quote", "post", {"text": "this", "quote": 1}),
        ("edit", "edit", {"seq": 1, "text": "@bob second thoughts"}),
        ("react", "react", {"seq": 1, "emoji": "🎉", "on": True}),
        ("remove a reaction", "react", {"seq": 1, "emoji": "👀", "on": False}),
        ("pin", "pin", {"seq": 1, "on": True}),
        ("delete", "delete", {"seq": 1}),
    ]),
    ("type in a document", "update", {"channel": "doc:1", "update": TYPED, "key": "k1"}, "doc:1"),
    ("set name", "set_name", {"name": "Anna"}, "people:all"),
]


@pytest.fixture
def lobby(ann, bob):
    """A message in the Lobby with a thread and a reaction, and a document, for the events to change."""
    ann.call("post", channel="room:1", text="a secret plan", key="l1")
    bob.call("post", channel="room:1", text="which one?", key="l2", thread=1)
    ann.call("react", channel="room:1", seq=1, emoji="👀", on=True, key="l3")
    ann.post("/api/documents", room="room:1", title="Plans", key="l4")


def test_a_pushed_entry_equals_the_stored_and_the_served_one(ann, bob, lobby):
    for name, event, payload, channel in EVENTS:
        head = log.head(db, channel)
        bob.call("subscribe", channel=channel, cursor=list(head))
        bob.events.clear()

        assert "ok" in ann.call(event, **payload), name

        [read] = log.read(db, channel, head.seq)
        [pushed] = bob.received(read.kind, 1)
        [served] = bob.get(f"/api/channels/{channel}/entries?after={head.seq}").json["entries"]
        assert pushed == served == msgspec.to_builtins(read), name


def test_a_retry_changes_nothing(ann, bob, lobby):
    for name, event, payload, _ in EVENTS[:-1]:
        first = ann.call(event, **payload)
        before = all_rows()

        again = ann.call(event, **payload)

        assert "ok" in first, name
        assert (again, all_rows()) == (first, before), name


def all_rows():
    """Return the rows of all tables, once nothing more follows from what was done."""
    until_notified()
    tables = ("channel", "entry", "cursor", "person", "sign_in", "club_member", "message", "edit", "reaction", "reply",
              "follower", "mention", "searchable", "member", "room", "draft", "file", "notification", "rule",
              "document", "document_client", "document_snapshot")
    return {table: sorted(db.execute(f"select * from {table}")) for table in tables}


def test_a_stranger_gets_the_same_refusal_for_private_and_absent_channels(any_app, ann):
    eve = any_app.connect_guest("eve")
    before = all_rows()

    for event, payload in [
        ("speak", {"channel": CHESS, "text": "hello", "key": "k"}),
        ("post", {"channel": CHESS, "text": "hello", "key": "k"}),
        ("subscribe", {"channel": CHESS}),
        ("read", {"channel": CHESS, "seq": 1}),
        ("speak", {"channel": "club:unknown", "text": "hello", "key": "k"}),
        ("subscribe", {"channel": "club:unknown"}),
        ("read", {"channel": "unknown:1", "seq": 1}),
    ]:
        answer = eve.call(event, **payload)
        assert answer == Refused("error.channel_not_found", "not_found").payload, (event, payload)

    assert all_rows() == before


def test_a_stranger_receives_and_reads_nothing(any_app, ann):
    eve = any_app.connect_guest("eve")
    eve.call("subscribe", channel=CHESS)
    answers = [eve.get(f"/api/channels/{CHESS}/{part}") for part in ("entries", "window")]

    ann.call("speak", channel=CHESS, text="secret", key="k")
    resumed = eve.call("resume", cursors={CHESS: [0, ""]})

    assert resumed["ok"][CHESS]["code"] == "not_found"
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [kind for kind, _ in eve.events if kind != "presence"] == []


def test_nothing_is_received_after_leaving(ann, bob):
    club.leave(bob.person)

    ann.call("speak", channel=CHESS, text="gossip", key="k")
    again = bob.call("subscribe", channel=CHESS)

    assert again["code"] == "not_found"
    assert bob.received("left", 1)[0]["author"] == bob.person
    assert bob.received("message") == []


def test_a_message_takes_the_same_statements_for_few_and_many_subscribers(ann, monkeypatch):
    def count(key):
        return len(statements(monkeypatch, lambda: ann.call("speak", channel=CHESS, text="hello", key=key)))

    count("k0")  # makes the channel's row on PostgreSQL
    alone = count("k1")
    for n in range(100, 150):
        club.join(n)
        listener = club.Listener(n)
        listener.send = lambda frame: None
        hub.join(hub.tail(CHESS, log.head(db, CHESS)), listener, 0)
        hub.state().tails[CHESS].go_live(listener)

    assert count("k2") == alone


def test_an_uncommitted_message_is_not_pushed(ann, bob, monkeypatch):
    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        answer = ann.call("speak", channel=CHESS, text="lost", key="k")
    ann.call("speak", channel=CHESS, text="kept", key="k2")

    assert answer["code"] == "not_saved"
    assert [entry["data"]["text"] for entry in bob.received("message", 1)] == ["kept"]


def test_a_failed_commit_leaves_and_pushes_nothing(ann, bob, lobby, monkeypatch):
    def fail():
        raise OSError("no space left")

    for caller in (ann, bob):
        for channel in {channel for *_, channel in EVENTS} | {f"user:{caller.person}"}:
            caller.call("subscribe", channel=channel)
    before, received = all_rows(), [entries_of(caller) for caller in (ann, bob)]

    for name, event, payload, _ in EVENTS:
        with monkeypatch.context() as patch:
            patch.setattr(db.state().engine, "commit", fail)
            answer = ann.call(event, **payload)
        ann.call("subscribe", channel="club:unknown")
        bob.call("subscribe", channel="club:unknown")

        assert answer.get("code") == "not_saved", name
        assert all_rows() == before, name
        assert [entries_of(caller) for caller in (ann, bob)] == received, name


def entries_of(caller):
    """What a person received, without their arrivals, which are announced a moment later."""
    return [event for event in caller.events if event[0] != "presence"]


def reduce(window, entries):
    """Apply entries to the items of a window, as a client does."""
    items = list(window["items"])
    for entry in entries:
        if entry.kind == "message":
            items.append({"kind": "message", "seq": entry.seq, "n": entry.n, "author": entry.author, "at": entry.at,
                          "key": entry.key, **entry.data})
    return items


def test_a_window_plus_the_entries_after_it_equals_the_later_window(ann):
    for n in range(6):
        ann.call("post", channel="room:1", text=str(n), key=str(n))
    early = windows.newest("room:1")
    for n in range(6, 12):
        ann.call("post", channel="room:1", text=str(n), key=str(n))

    later = windows.newest("room:1")

    assert reduce(early, log.read(db, "room:1", early["as_of"].seq)) == later["items"]
    assert later["as_of"] == Cursor(12, "11")


def test_pages_of_windows_are_complete(ann):
    for n in range(7):
        ann.call("post", channel="room:1", text=str(n), key=str(n))

    newest = ann.get("/api/channels/room:1/window?limit=3").json
    older = ann.get(f"/api/channels/room:1/window?limit=3&before={newest['items'][0]['seq']}").json
    oldest = ann.get(f"/api/channels/room:1/window?limit=3&before={older['items'][0]['seq']}").json

    assert [item["text"] for page in (oldest, older, newest) for item in page["items"]] == list("0123456")
