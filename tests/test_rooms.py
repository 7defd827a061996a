"""Rooms: making, finding, renaming and closing them, who may, and typing in them."""


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


def make(caller, name="Lake", kind="public", people=(), **more):
    return caller.call("create_room", name=name, kind=kind, people=list(people), **{"key": name, **more})["ok"]


def people_here(n):
    """So many members of the place."""
    with db.transaction() as tx:
        return [model.create(tx, "somebody", f"somebody-{number}", "member").id for number in range(n)]


def test_who_makes_a_room_leads_it_and_everybody_named_is_in_it(ann, bob):
    lake = make(ann, "  The   Lake ", topic=" swimming\nand sun ", people=[bob.person])

    entries = [(entry.kind, entry.data) for entry in log.read(db, lake["channel"], 0)]
    assert (lake["name"], lake["topic"], lake["role"], lake["members"]) == ("The Lake", "swimming and sun", "admin", 2)
    assert entries == [("created", {}), ("joined", {"person": ann.person}),
                       ("joined", {"person": bob.person, "by": ann.person})]
    assert bob.get(f"/api/rooms/{lake['channel'][5:]}").json == {**lake, "role": "member"}


def test_a_repeated_key_makes_no_second_room(ann):
    first = make(ann, key="k")
    again = make(ann, "Another", key="k")

    assert again == first
    assert [room["name"] for room in ann.get("/api/rooms").json] == ["Lake", "Lobby"]


def test_who_left_a_private_room_is_not_shown_it_again_by_the_key_that_made_it(ann, bob):
    vault = make(ann, "Vault", "private", [bob.person], key="k")["channel"]
    ann.call("leave", channel=vault, key="l")

    again = ann.call("create_room", name="Vault", kind="private", key="k")

    assert again == Refused("error.channel_absent", "absent").payload


def test_twenty_who_make_the_same_room_at_once_make_one(any_app):
    people = people_here(20)
    told = []

    def attempt(person):
        try:
            told.append(create_room.create(person, "Lake", "public", "", [], "k").channel)
        except access.Refused as no:
            told.append(no.code)

    gevent.joinall([gevent.spawn(attempt, person) for person in people], raise_error=True)

    assert sorted(told) == ["room:2", *["taken"] * 19]


@pytest.mark.parametrize("said, code", [
    ({"name": "  "}, "bad_input"), ({"name": "x" * 61}, "too_large"), ({"name": "lObBy"}, "taken"),
    ({"topic": "x" * 251}, "too_large"), ({"people": [999]}, "absent"), ({"people": [0]}, "absent"),
    ({"name": "\u200b"}, "bad_input"), ({"name": "a\u202eb"}, "bad_input"), ({"name": "\u0301"}, "bad_input"),
    ({"kind": "direct"}, "bad_input"), ({"kind": "lobby"}, "bad_input"),
])
def test_a_room_that_cannot_be_is_refused_and_leaves_nothing(ann, said, code):
    answer = ann.call("create_room", **{"name": "Lake", "kind": "public", "key": "k", **said})

    assert answer["code"] == code
    assert len(ann.get("/api/rooms").json) == 1


def test_a_private_room_answers_like_none_to_whoever_is_not_in_it(olga, ann, bob):
    vault = make(ann, "Vault", "private")["channel"]

    for stranger in (bob, olga):
        asked = [stranger.call("subscribe", channel=channel) for channel in (vault, "room:999")]
        looked = [stranger.get(f"/api/rooms/{id}") for id in (vault[5:], 999)]
        assert asked[0] == asked[1] == Refused("error.channel_absent", "absent").payload
        assert (looked[0].status_code, looked[0].data) == (looked[1].status_code, looked[1].data)
        assert [room["name"] for room in stranger.get("/api/rooms").json] == ["Lobby"]
    assert make(bob, "Vault", "private")["name"] == "Vault"


def test_rooms_are_found_by_a_part_of_their_name_and_closed_ones_apart(ann, bob):
    for name in ("Lake RunningApp", "lake_side", "Garden"):
        make(ann, name)
    shut = make(ann, "Old lake")
    ann.call("archive", channel=shut["channel"], on=True, key="a")

    def found(query):
        return [room["name"] for room in bob.get(f"/api/rooms?{query}").json]

    assert found("q=LAKE") == ["Lake RunningApp", "lake_side"]
    assert found("q=e_s") == ["lake_side"]
    assert found("q=%25") == []
    assert found("q=lake&archived=true") == ["Old lake"]


def test_names_are_compared_in_any_script(ann, bob):
    for name in ("Ärger", "ПЛАН", "日本語", "👩\u200d🚀 Rakete"):
        make(ann, name)

    taken = [bob.call("create_room", name=name, kind="public", key=name)["code"]
             for name in ("äRGER", "A\u0308rger", "план", "Ｌｏｂｂｙ")]
    found = [[room["name"] for room in bob.get(f"/api/rooms?q={part}").json] for part in ("ärg", "Лан", "本", "rakete")]

    assert taken == ["taken"] * 4
    assert found == [["Ärger"], ["ПЛАН"], ["日本語"], ["👩\u200d🚀 Rakete"]]


def test_a_repeated_key_is_answered_as_at_first_also_after_one_has_left(ann, bob):
    lake = make(ann, kind="private", people=[bob.person])["channel"]
    acts = [("rename_room", {"name": "River", "key": "1"}), ("topic", {"topic": "boats", "key": "2"}),
            ("room_role", {"person": bob.person, "role": "admin", "key": "3"}),
            ("archive", {"on": True, "key": "4"}), ("leave", {"key": "5"})]
    first = [ann.call(event, channel=lake, **said) for event, said in acts]

    again = [ann.call(event, channel=lake, **said) for event, said in acts]

    assert all("ok" in answer for answer in first)
    assert again == first
    assert ann.call("topic", channel=lake, topic="mine", key="new")["code"] == "absent"


def test_a_closed_room_is_read_but_takes_nothing_until_it_is_opened(ann, bob):
    lake = make(ann, people=[bob.person])["channel"]
    seq = ann.call("post", channel=lake, text="last one in", key="p")["ok"]
    ann.call("archive", channel=lake, on=True, key="a")

    tries = {
        "post": bob.call("post", channel=lake, text="hello?", key="1"),
        "react": bob.call("react", channel=lake, seq=seq, emoji="👍", on=True, key="2"),
        "invite": ann.call("invite", channel=lake, people=[1], key="3"),
        "typing": bob.call("typing", channel=lake),
    }
    window = bob.get(f"/api/channels/{lake}/window").json
    ann.call("archive", channel=lake, on=False, key="b")

    assert {name: answer["code"] for name, answer in tries.items()} == dict.fromkeys(tries, "denied")
    assert "last one in" in [item["text"] for item in window["items"]]
    assert "ok" in bob.call("post", channel=lake, text="hello?", key="4")


def test_the_name_of_a_closed_room_is_free_and_then_taken(ann):
    old = make(ann)["channel"]
    ann.call("archive", channel=old, on=True, key="a")
    make(ann, key="other")

    assert ann.call("archive", channel=old, on=False, key="b")["code"] == "taken"


def test_a_new_name_and_topic_reach_everybody_who_reads_and_a_repeat_changes_nothing(ann, bob):
    lake = make(ann, people=[bob.person])["channel"]
    bob.call("subscribe", channel=lake)

    first = ann.call("rename_room", channel=lake, name="River", key="r")
    ann.call("topic", channel=lake, topic="boats", key="t")
    again = ann.call("rename_room", channel=lake, name="Sea", key="r")

    assert again == first
    assert bob.received("renamed", 1)[0]["data"] == {"name": "River"}
    assert bob.received("topic", 1)[0]["data"] == {"topic": "boats"}
    assert rooms.get(db, bob.person, lake).name == "River"


def test_over_http_a_room_is_changed_in_one_request(ann, bob):
    lake = make(ann, people=[bob.person])["channel"]

    changed = ann.request("PATCH", f"/api/rooms/{lake[5:]}", name="River", topic="boats", key="k").json
    denied = bob.request("PATCH", f"/api/rooms/{lake[5:]}", name="Mine", key="k")

    assert (changed["name"], changed["topic"]) == ("River", "boats")
    assert (denied.status_code, denied.json["code"]) == (403, "denied")


def test_in_announcements_only_who_leads_posts_and_everybody_in_it_answers(ann, bob):
    news = make(ann, "News", "announcement", [bob.person])["channel"]
    seq = ann.call("post", channel=news, text="we moved", key="1")["ok"]

    assert bob.call("post", channel=news, text="me too", key="2")["code"] == "denied"
    assert bob.call("post", channel=news, text="me too", key="3", thread=seq, also_to_room=True)["code"] == "denied"
    assert "ok" in bob.call("post", channel=news, text="where to?", key="4", thread=seq)
    assert "ok" in bob.call("react", channel=news, seq=seq, emoji="🎉", on=True, key="5")


def test_guests_are_confined_to_the_lobby_and_rooms_they_were_put_into(any_app, ann, bob):
    lake, vault = make(ann)["channel"], make(ann, "Vault", "private")["channel"]
    gil = any_app.connect_guest("gil")
    ann.call("invite", channel=vault, people=[gil.person], key="i")

    tries = [gil.call("subscribe", channel=lake), gil.call("join", channel=lake, key="1"),
             gil.call("create_room", name="Mine", kind="public", key="2"), gil.call("direct", people=[ann.person]),
             gil.call("invite", channel=vault, people=[bob.person], key="3")]

    assert [answer["code"] for answer in tries] == ["absent", "absent", "denied", "denied", "denied"]
    assert "ok" in gil.call("post", channel=vault, text="hello", key="4")
    assert [room["name"] for room in gil.get("/api/rooms").json] == ["Lobby", "Vault"]


def test_typing_is_seen_by_who_reads_but_not_more_than_once_a_second(ann, bob, monkeypatch):
    lake = make(ann, people=[bob.person])["channel"]
    bob.call("subscribe", channel=lake)
    now = [100.0]
    monkeypatch.setattr(node, "monotonic", lambda: now[0])

    for moment in (100.0, 100.5, 101.5):
        now[0] = moment
        ann.call("typing", channel=lake)
    ann.call("post", channel=lake, text="there", key="1")
    bob.received("message", 1)

    assert [signal["data"] for signal in bob.received("typing")] == [{"person": ann.person, "thread": 0}] * 2


def test_a_right_is_asked_for_in_one_statement(ann, monkeypatch):
    lake = make(ann)["channel"]

    assert len(statements(monkeypatch, lambda: access.check(db, ann.person, lake, "read"))) == 1


ROWS = ("entry", "cursor", "mention", "searchable", "message", "reply")


def rows():
    return {table: db.execute(f"select count(*) from {table}")[0][0] for table in ROWS}


def test_posting_and_opening_cost_the_same_however_many_are_in_a_room(ann, monkeypatch):
    small, large = make(ann, "Small")["channel"], make(ann, "Large")["channel"]
    with db.transaction() as tx:
        for person in [model.create(tx, "x", f"x-{n}", "member").id for n in range(200)]:
            tx.execute("insert into member (room, person, role, since) values (:room, :person, 'member', 0)",
                       room=rooms.number(large), person=person)

    def costs(channel):
        before = rows()
        posted = statements(monkeypatch, lambda: messages.post(ann.person, channel, "hello", "k"))
        grown = {table: n - before[table] for table, n in rows().items() if n > before[table]}
        return grown, posted, statements(monkeypatch, lambda: windows.newest(channel))

    assert costs(large) == costs(small)
    assert costs(large)[0] == {}  # the same key once more
    assert rows()["mention"] == 0


def test_a_message_is_one_entry_and_one_row_to_find_it_by(ann, monkeypatch):
    lake = make(ann)["channel"]
    before = rows()

    messages.post(ann.person, lake, "hello", "k")

    assert {table: n - before[table] for table, n in rows().items() if n > before[table]} == {
        "entry": 1, "searchable": 1}


def test_a_signal_reaches_nobody_who_may_not_read(ann, bob, monkeypatch):
    vault = make(ann, "Vault", "private")["channel"]
    bob.call("subscribe", channel=vault)

    hub.signal(vault, "typing", {"person": ann.person, "thread": 0})
    bob.call("here")

    assert bob.received("typing") == []


def test_a_change_that_is_refused_in_part_is_not_made_at_all(ann):
    path = f"/api/rooms/{make(ann)['channel'].removeprefix('room:')}"
    before = ann.get(path).json

    answer = ann.request("PATCH", path, name="Sea", topic="x" * 251, key="k")

    with db.transaction():
        pass  # all that was written before is committed now
    assert answer.status_code == 413 and ann.get(path).json == before


def test_a_message_may_have_the_key_of_any_word(ann):
    lake = make(ann, "Lake", people=[])["channel"]

    seqs = [ann.call("post", channel=lake, text=key, key=key)["ok"] for key in ("created", "joined", "k/n")]

    assert seqs == [3, 4, 5]
    assert ann.call("post", channel=lake, text="x", key="!created")["id"] == "error.field_key"
