"""Rooms: creating, finding, renaming and archiving them, permissions, and typing signals."""


import gevent
import pytest

from hubbub.chat import create_room, messages, rooms
from hubbub.core import access, db, hub, log, node, windows
from hubbub.core.access import Refused
from hubbub.people import model
from tests.statements import statements

LOBBY = "room:1"


@pytest.fixture
def olga(any_app):
    """The owner, connected."""
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def new_room(caller, name="Lake", kind="public", people=(), **more):
    return caller.call("create_room", name=name, kind=kind, people=list(people), **{"key": name, **more})["ok"]


def create_people(n):
    """Create this many members of the server; return their ids."""
    with db.transaction() as tx:
        return [model.create(tx, "Member", f"member-{number}", "member").id for number in range(n)]


def test_creating_a_room_makes_its_creator_admin_and_adds_the_people(ann, bob):
    lake = new_room(ann, "  The   Lake ", topic=" swimming\nand sun ", people=[bob.person])

    entries = [(entry.kind, entry.data) for entry in log.read(db, lake["channel"], 0)]
    assert (lake["name"], lake["topic"], lake["role"], lake["members"]) == ("The Lake", "swimming and sun", "admin", 2)
    assert entries == [("created", {}), ("joined", {"person": ann.person}),
                       ("joined", {"person": bob.person, "by": ann.person})]
    assert bob.get(f"/api/rooms/{lake['channel'][5:]}").json == {**lake, "role": "member"}


def test_a_repeated_key_creates_no_second_room(ann):
    first = new_room(ann, key="k")
    again = new_room(ann, "Another", key="k")

    assert again == first
    assert [room["name"] for room in ann.get("/api/rooms").json] == ["Lake", "Lobby"]


def test_repeating_the_key_does_not_show_a_private_room_that_one_left(ann, bob):
    vault = new_room(ann, "Vault", "private", [bob.person], key="k")["channel"]
    ann.call("leave", channel=vault, key="l")

    again = ann.call("create_room", name="Vault", kind="private", key="k")

    assert again == Refused("error.channel_not_found", "not_found").payload


def test_twenty_simultaneous_attempts_create_one_room(any_app):
    people = create_people(20)
    results = []

    def attempt(person):
        try:
            results.append(create_room.create(person, "Lake", "public", "", [], "k").channel)
        except access.Refused as refusal:
            results.append(refusal.code)

    gevent.joinall([gevent.spawn(attempt, person) for person in people], raise_error=True)

    assert sorted(results) == [*["conflict"] * 19, "room:2"]


def test_an_invalid_room_is_refused_and_not_created(ann):
    for fields, code in [
        ({"name": "  "}, "bad_input"), ({"name": "x" * 61}, "too_large"), ({"name": "lObBy"}, "conflict"),
        ({"topic": "x" * 251}, "too_large"), ({"people": [999]}, "not_found"), ({"people": [0]}, "not_found"),
        ({"name": "\u200b"}, "bad_input"), ({"name": "a\u202eb"}, "bad_input"), ({"name": "\u0301"}, "bad_input"),
        ({"kind": "direct"}, "bad_input"), ({"kind": "lobby"}, "bad_input"),
    ]:
        answer = ann.call("create_room", **{"name": "Lake", "kind": "public", "key": "k", **fields})
        assert answer.get("code") == code, fields

    assert len(ann.get("/api/rooms").json) == 1


def test_a_private_room_looks_absent_to_people_outside(olga, ann, bob):
    vault = new_room(ann, "Vault", "private")["channel"]

    for stranger in (bob, olga):
        subscriptions = [stranger.call("subscribe", channel=channel) for channel in (vault, "room:999")]
        responses = [stranger.get(f"/api/rooms/{id}") for id in (vault[5:], 999)]
        assert subscriptions[0] == subscriptions[1] == Refused("error.channel_not_found", "not_found").payload
        assert (responses[0].status_code, responses[0].data) == (responses[1].status_code, responses[1].data)
        assert [room["name"] for room in stranger.get("/api/rooms").json] == ["Lobby"]
    assert new_room(bob, "Vault", "private")["name"] == "Vault"


def test_rooms_are_found_by_part_of_their_name_and_archived_ones_separately(ann, bob):
    for name in ("Lake Park", "lake_side", "Garden"):
        new_room(ann, name)
    archived = new_room(ann, "Old lake")
    ann.call("archive", channel=archived["channel"], on=True, key="a")

    def find(query):
        return [room["name"] for room in bob.get(f"/api/rooms?{query}").json]

    assert find("q=LAKE") == ["Lake Park", "lake_side"]
    assert find("q=e_s") == ["lake_side"]
    assert find("q=%25") == []
    assert find("q=lake&archived=true") == ["Old lake"]


def test_room_names_are_compared_regardless_of_case_in_any_script(ann, bob):
    for name in ("Ärger", "ПЛАН", "日本語", "👩\u200d🚀 Rakete"):
        new_room(ann, name)

    taken = [bob.call("create_room", name=name, kind="public", key=name)["code"]
             for name in ("äRGER", "A\u0308rger", "план", "Ｌｏｂｂｙ")]
    found = [[room["name"] for room in bob.get(f"/api/rooms?q={part}").json] for part in ("ärg", "Лан", "本", "rakete")]

    assert taken == ["conflict"] * 4
    assert found == [["Ärger"], ["ПЛАН"], ["日本語"], ["👩\u200d🚀 Rakete"]]


def test_a_repeated_key_gets_the_first_answer_even_after_leaving(ann, bob):
    lake = new_room(ann, kind="private", people=[bob.person])["channel"]
    changes = [("rename_room", {"name": "River", "key": "1"}), ("topic", {"topic": "boats", "key": "2"}),
            ("set_room_role", {"person": bob.person, "role": "admin", "key": "3"}),
            ("archive", {"on": True, "key": "4"}), ("leave", {"key": "5"})]
    first = [ann.call(event, channel=lake, **fields) for event, fields in changes]

    again = [ann.call(event, channel=lake, **fields) for event, fields in changes]

    assert all("ok" in answer for answer in first)
    assert again == first
    assert ann.call("topic", channel=lake, topic="mine", key="new")["code"] == "not_found"


def test_an_archived_room_is_read_only_until_restored(ann, bob):
    lake = new_room(ann, people=[bob.person])["channel"]
    seq = ann.call("post", channel=lake, text="last one in", key="p")["ok"]
    ann.call("archive", channel=lake, on=True, key="a")

    answers = {
        "post": bob.call("post", channel=lake, text="hello?", key="1"),
        "react": bob.call("react", channel=lake, seq=seq, emoji="👍", on=True, key="2"),
        "invite": ann.call("invite", channel=lake, people=[1], key="3"),
        "typing": bob.call("typing", channel=lake),
    }
    window = bob.get(f"/api/channels/{lake}/window").json
    ann.call("archive", channel=lake, on=False, key="b")

    assert {name: answer["code"] for name, answer in answers.items()} == dict.fromkeys(answers, "denied")
    assert "last one in" in [item["text"] for item in window["items"]]
    assert "ok" in bob.call("post", channel=lake, text="hello?", key="4")


def test_an_archived_room_cannot_be_restored_if_its_name_is_taken(ann):
    old = new_room(ann)["channel"]
    ann.call("archive", channel=old, on=True, key="a")
    new_room(ann, key="other")

    assert ann.call("archive", channel=old, on=False, key="b")["code"] == "conflict"


def test_a_new_name_and_topic_are_sent_to_subscribers_once_per_key(ann, bob):
    lake = new_room(ann, people=[bob.person])["channel"]
    bob.call("subscribe", channel=lake)

    first = ann.call("rename_room", channel=lake, name="River", key="r")
    ann.call("topic", channel=lake, topic="boats", key="t")
    again = ann.call("rename_room", channel=lake, name="Sea", key="r")

    assert again == first
    assert bob.received("renamed", 1)[0]["data"] == {"name": "River"}
    assert bob.received("topic", 1)[0]["data"] == {"topic": "boats"}
    assert rooms.get(db, bob.person, lake).name == "River"


def test_one_http_request_changes_name_and_topic(ann, bob):
    lake = new_room(ann, people=[bob.person])["channel"]

    changed = ann.request("PATCH", f"/api/rooms/{lake[5:]}", name="River", topic="boats", key="k").json
    denied = bob.request("PATCH", f"/api/rooms/{lake[5:]}", name="Mine", key="k")

    assert (changed["name"], changed["topic"]) == ("River", "boats")
    assert (denied.status_code, denied.json["code"]) == (403, "denied")


def test_in_an_announcement_room_admins_post_and_members_reply(ann, bob):
    news = new_room(ann, "News", "announcement", [bob.person])["channel"]
    seq = ann.call("post", channel=news, text="we moved", key="1")["ok"]

    assert bob.call("post", channel=news, text="me too", key="2")["code"] == "denied"
    assert bob.call("post", channel=news, text="me too", key="3", thread=seq, also_to_room=True)["code"] == "denied"
    assert "ok" in bob.call("post", channel=news, text="where to?", key="4", thread=seq)
    assert "ok" in bob.call("react", channel=news, seq=seq, emoji="🎉", on=True, key="5")


def test_guests_have_access_only_to_the_lobby_and_rooms_with_them(any_app, ann, bob):
    lake, vault = new_room(ann)["channel"], new_room(ann, "Vault", "private")["channel"]
    gil = any_app.connect_guest("gil")
    ann.call("invite", channel=vault, people=[gil.person], key="i")

    answers = [gil.call("subscribe", channel=lake), gil.call("join", channel=lake, key="1"),
             gil.call("create_room", name="Mine", kind="public", key="2"), gil.call("open_direct", people=[ann.person]),
             gil.call("invite", channel=vault, people=[bob.person], key="3")]

    assert [answer["code"] for answer in answers] == ["not_found", "not_found", "denied", "denied", "denied"]
    assert "ok" in gil.call("post", channel=vault, text="hello", key="4")
    assert [room["name"] for room in gil.get("/api/rooms").json] == ["Lobby", "Vault"]


def test_typing_is_signalled_to_subscribers_at_most_once_a_second(ann, bob, monkeypatch):
    lake = new_room(ann, people=[bob.person])["channel"]
    bob.call("subscribe", channel=lake)
    now = [100.0]
    monkeypatch.setattr(node, "monotonic", lambda: now[0])

    for moment in (100.0, 100.5, 101.5):
        now[0] = moment
        ann.call("typing", channel=lake)
    ann.call("post", channel=lake, text="there", key="1")
    bob.received("message", 1)

    assert [signal["data"] for signal in bob.received("typing")] == [{"person": ann.person, "thread": 0}] * 2


def test_a_permission_check_takes_one_statement(ann, monkeypatch):
    lake = new_room(ann)["channel"]

    assert len(statements(monkeypatch, lambda: access.check(db, ann.person, lake, "read"))) == 1


ROWS = ("entry", "cursor", "mention", "searchable", "message", "reply")


def rows():
    return {table: db.execute(f"select count(*) from {table}")[0][0] for table in ROWS}


def test_posting_and_opening_cost_the_same_in_small_and_large_rooms(ann, monkeypatch):
    small, large = new_room(ann, "Small")["channel"], new_room(ann, "Large")["channel"]
    with db.transaction() as tx:
        for person in [model.create(tx, "x", f"x-{n}", "member").id for n in range(200)]:
            tx.execute("insert into member (room, person, role, since) values (:room, :person, 'member', 0)",
                       room=rooms.number(large), person=person)

    def measure(channel):
        before = rows()
        posted = statements(monkeypatch, lambda: messages.post(ann.person, channel, "hello", "k"))
        added = {table: n - before[table] for table, n in rows().items() if n > before[table]}
        return added, posted, statements(monkeypatch, lambda: windows.newest(channel))

    assert measure(large) == measure(small)
    assert measure(large)[0] == {}  # this repeats the key
    assert rows()["mention"] == 0


def test_a_message_writes_one_entry_and_one_search_row(ann, monkeypatch):
    lake = new_room(ann)["channel"]
    before = rows()

    messages.post(ann.person, lake, "hello", "k")

    assert {table: n - before[table] for table, n in rows().items() if n > before[table]} == {
        "entry": 1, "searchable": 1}


def test_a_signal_is_not_sent_to_people_without_access(ann, bob, monkeypatch):
    vault = new_room(ann, "Vault", "private")["channel"]
    bob.call("subscribe", channel=vault)

    hub.signal(vault, "typing", {"person": ann.person, "thread": 0})
    bob.call("online")

    assert bob.received("typing") == []


def test_a_partly_refused_change_changes_nothing(ann):
    path = f"/api/rooms/{new_room(ann)['channel'].removeprefix('room:')}"
    before = ann.get(path).json

    answer = ann.request("PATCH", path, name="Sea", topic="x" * 251, key="k")

    with db.transaction():
        pass  # this commits everything written before
    assert answer.status_code == 413 and ann.get(path).json == before


def test_a_message_key_can_be_any_text_without_the_servers_prefix(ann):
    lake = new_room(ann, "Lake", people=[])["channel"]

    seqs = [ann.call("post", channel=lake, text=key, key=key)["ok"] for key in ("created", "joined", "k/n")]

    assert seqs == [3, 4, 5]
    assert ann.call("post", channel=lake, text="x", key="!created")["id"] == "error.field_key"
