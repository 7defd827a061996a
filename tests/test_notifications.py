"""The inbox: who is told of what, once; marked as read by the device that sees it first."""

import msgspec
import pytest

from hubbub.chat import messages
from hubbub.core import db, log, windows
from hubbub.notifications import model
from hubbub.notifications.model import Cause
from tests.waiting import until

LOBBY = "room:1"


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    bob = any_app.connect_member("bob")
    bob.call("subscribe", channel=f"inbox:{bob.person}")
    return bob


def say(who, text, channel=LOBBY, **more):
    return who.call("post", channel=channel, text=text, key=f"{text[:40]}{more.get('thread', '')}", **more)["ok"]


def inbox(who):
    return who.get(f"/api/channels/inbox:{who.person}/window").json


def told(who):
    """What the inbox says and whether it still waits, oldest first."""
    return [(item.get("cause"), item.get("text"), item["read"]) for item in inbox(who)["items"]]


def test_a_mention_is_told_once_and_says_who_where_and_what(ann, bob):
    seq = say(ann, "tea, @bob?")

    [entry] = bob.received("notification", 1)
    assert entry["author"] == ann.person
    assert entry["data"] == {"cause": "mention", "channel": LOBBY, "target": seq, "root": 0, "title": "Lobby",
                             "text": "tea, @bob?", "url": ""}
    assert inbox(bob)["unread"] == 1
    assert inbox(bob)["people"][str(ann.person)]["name"] == "ann"


def test_a_retry_tells_nobody_twice(ann, bob):
    answers = [ann.call("post", channel=LOBBY, text="tea, @bob?", key="k") for _ in range(3)]

    assert len({answer["ok"] for answer in answers}) == 1
    assert told(bob) == [("mention", "tea, @bob?", False)]


def test_nobody_is_told_of_what_they_did_themselves(ann, bob):
    say(bob, "I am @bob, hello @room")

    assert told(bob) == [] and told(ann) == [("mention", "I am @bob, hello @room", False)]


def test_a_direct_message_is_told_to_the_others_and_read_there(ann, bob):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    seq = say(ann, "psst", direct)

    assert told(bob) == [("direct", "psst", False)] and told(ann) == []
    bob.call("read", channel=direct, seq=seq)
    assert told(bob) == [("direct", "psst", True)] and inbox(bob)["unread"] == 0


def test_a_reply_is_told_to_those_who_follow_the_thread_and_marked_as_read_by_reading_it(ann, bob, olga):
    root = say(bob, "who is in?")
    reply = say(ann, "me", thread=root)
    assert told(bob) == [("reply", "me", False)] and told(olga) == []

    bob.call("read", channel=LOBBY, seq=reply)
    assert told(bob) == [("reply", "me", False)], "the room does not show it"
    bob.call("thread_read", channel=LOBBY, root=root, seq=reply)

    assert told(bob) == [("reply", "me", True)]
    assert inbox(bob)["items"][0]["root"] == root


def test_the_most_pressing_reason_is_the_one_told(ann, bob):
    root = say(bob, "who is in?")
    say(ann, "ask @bob", thread=root)

    assert told(bob) == [("mention", "ask @bob", False)]


def test_reading_the_room_on_one_device_marks_it_as_read_on_the_other(any_app, ann, bob):
    phone = any_app.connect(bob.person, bob.token)
    phone.call("subscribe", channel=f"inbox:{bob.person}")
    first, second = say(ann, "one @bob"), say(ann, "two @bob")

    bob.call("read", channel=LOBBY, seq=first)
    [entry] = phone.received("read", 1)
    assert entry["data"] == {"targets": [1]}
    bob.call("read", channel=LOBBY, seq=second)

    until(lambda: [entry["data"]["targets"] for entry in phone.received("read")] == [[1], [2]])
    assert [entry["seq"] for entry in phone.received("read")] == [3, 4]


def test_posting_in_a_room_is_having_read_it(ann, bob):
    say(ann, "tea, @bob?")
    say(bob, "yes")

    assert inbox(bob)["unread"] == 0


def test_marking_one_leaves_the_others(ann, bob):
    for text in ("one @bob", "two @bob", "three @bob"):
        say(ann, text)

    bob.call("read_notifications", seqs=[2, 2, 99])
    assert [read for *_, read in told(bob)] == [False, True, False]
    before = log.head(db, f"inbox:{bob.person}")
    bob.call("read_notifications", seqs=[2])
    assert log.head(db, f"inbox:{bob.person}") == before, "what was read before needs no entry"
    bob.call("read_all_notifications")
    assert inbox(bob)["unread"] == 0


def test_marking_a_thousand_at_once_fits(any_app, ann, bob):
    with db.transaction() as tx:
        for n in range(1100):
            model.notify(tx, [bob.person], Cause("script", 0, f"k{n}", text="x"))

    bob.call("read_all_notifications")

    assert inbox(bob)["unread"] == 0
    assert [len(entry["data"]["targets"]) for entry in bob.received("read", 2)] == [1000, 100]


def test_read_all_marks_what_the_rooms_contain_but_not_the_rest(ann, bob, olga):
    say(ann, "tea, @bob?")
    olga.post("/api/notify", person="bob", text="backup done", key="b1")

    bob.call("read_all")

    assert told(bob) == [("mention", "tea, @bob?", True), ("script", "backup done", False)]


@pytest.mark.parametrize("level, expected", [
    ("", ["mention"]), ("mentions", ["mention"]), ("nothing", []), ("everything", ["message", "mention"])])
def test_a_level_in_a_room(ann, bob, level, expected):
    assert bob.call("level", channel=LOBBY, level="everything") == {"ok": None}
    assert bob.call("level", channel=LOBBY, level=level) == {"ok": None}

    say(ann, "hello")
    say(ann, "hello @bob")

    assert [cause for cause, *_ in told(bob)] == expected


@pytest.mark.parametrize("level, expected", [("", ["direct"]), ("mentions", []), ("nothing", [])])
def test_a_level_in_a_direct_conversation(ann, bob, level, expected):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    bob.request("PUT", f"/api/channels/{direct}/level", level=level)

    say(ann, "psst", direct)

    assert [cause for cause, *_ in told(bob)] == expected


def test_other_devices_hear_of_a_level_and_it_is_remembered(any_app, bob):
    phone = any_app.connect(bob.person, bob.token)
    phone.call("subscribe", channel=f"user:{bob.person}")

    bob.call("level", channel=LOBBY, level="nothing")

    assert phone.received("level", 1)[0]["data"] == {"channel": LOBBY, "level": "nothing"}
    assert model.levels(db, bob.person) == {LOBBY: "nothing"}


def test_who_left_a_room_is_told_nothing_of_it_and_nothing_waits(ann, bob):
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    bob.call("level", channel=room, level="everything")
    say(ann, "a swim, @bob?", room)
    ann.call("kick", channel=room, person=bob.person, key="x")

    say(ann, "alone, without @bob", room)

    assert told(bob) == [("mention", "a swim, @bob?", True)]
    assert model.levels(db, bob.person) == {}


def test_who_is_banned_is_told_nothing(olga, ann, bob):
    olga.post(f"/api/people/{bob.person}/ban")
    say(ann, "poor @bob")

    assert model.unread(db, bob.person) == 0


def test_a_deleted_message_is_forgotten_by_the_inboxes_too(ann, bob):
    seq = say(ann, "the password is swordfish, @bob")
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    window = inbox(bob)
    assert window["unread"] == 0
    assert [(item["deleted"], item["read"]) for item in window["items"]] == [(True, True)]
    [entry] = bob.received("read", 1)
    assert entry["data"] == {"targets": [1], "deleted": True}
    assert "swordfish" not in str(db.execute("select data from entry"))


def test_an_edit_tells_whom_it_adds_and_nobody_again(ann, bob, olga):
    seq = say(ann, "tea, @bob?")

    ann.call("edit", channel=LOBBY, seq=seq, text="tea, @bob, @olga?", key="e")

    assert told(bob) == [("mention", "tea, @bob?", False)]
    assert told(olga) == [("mention", "tea, @bob, @olga?", False)]


def test_a_message_of_files_only_is_told_by_their_names(ann, bob, monkeypatch):
    direct = ann.call("direct", people=[bob.person])["ok"]["channel"]
    monkeypatch.setattr(messages.uploads, "attach", lambda *_: [
        {"name": "plan.pdf", "type": "application/pdf"}, {"name": "map.png", "type": "image/png"}])

    messages.post(ann.person, direct, "", "k", messages.Draft(files=("a", "b")))

    assert told(bob) == [("direct", "plan.pdf, map.png", False)]


def test_a_long_message_is_told_by_its_beginning(ann, bob):
    say(ann, "@bob " + "x" * 5000)

    [(_, text, _)] = told(bob)
    assert text == "@bob " + "x" * 295


def test_a_script_tells_somebody_once_under_its_key(ann, bob):
    answers = [ann.post("/api/notify", person="@bob", text="build failed", key="build-7", url="/room/1")
               for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert inbox(bob)["items"][0]["url"] == "/room/1" and len(told(bob)) == 1


def test_a_script_may_tell_its_own_person(bob):
    bob.post("/api/notify", person="bob", text="done", key="k")

    assert told(bob) == [("script", "done", False)]
    assert inbox(bob)["items"][0]["author"] == 0


@pytest.mark.parametrize("wrong, code", [
    ({"person": "nobody"}, "absent"), ({"text": "  "}, "bad_input"), ({"text": "x" * 301}, "too_large"),
    *(({"url": url}, "bad_input") for url in (
        "javascript:alert(1)", "//evil.example", "https:evil", "data:text/html,x", "/\\evil.example", "\\\\evil",
        "room/1", "https://", "/" + "x" * 500, "/a b", "http://[::1"))])
def test_a_script_that_says_something_odd_is_told_so(ann, bob, wrong, code):
    answer = ann.post("/api/notify", **{"person": "bob", "text": "hello", "key": "k", **wrong})

    assert (answer.json["code"], told(bob)) == (code, [])


def test_a_guest_notifies_nobody_by_script(any_app, bob):
    gil = any_app.connect_guest("gil")

    assert gil.post("/api/notify", person="bob", text="buy!", key="k").json["code"] == "denied"


def test_nobody_reads_the_inbox_of_another(ann, bob, olga):
    for who in (ann, olga):
        assert who.call("subscribe", channel=f"inbox:{bob.person}")["code"] == "absent"
        assert who.get(f"/api/channels/inbox:{bob.person}/window").json["code"] == "absent"
    ann.call("read_notifications", seqs=[1])
    say(ann, "@bob")
    ann.call("read_all_notifications")
    assert inbox(bob)["unread"] == 1


def test_older_ones_come_page_by_page(ann, bob):
    for n in range(7):
        say(ann, f"{n} @bob")

    first = bob.get(f"/api/channels/inbox:{bob.person}/window?limit=3").json
    rest = bob.get(f"/api/channels/inbox:{bob.person}/window?limit=10&before={first['items'][0]['seq']}").json

    assert [item["text"][0] for item in [*rest["items"], *first["items"]]] == list("0123456")
    assert not first["complete"] and rest["complete"] and first["unread"] == 7


def test_who_returns_catches_up_by_cursor_with_rooms_and_inbox_at_once(any_app, ann, bob):
    cursors = {channel: list(log.head(db, channel)) for channel in (LOBBY, f"inbox:{bob.person}")}
    bob.client.disconnect()
    say(ann, "tea, @bob?")
    back = any_app.connect(bob.person, bob.token)

    heads = back.call("resume", cursors=cursors)["ok"]

    assert {channel for channel, said in heads.items() if "head" in said} == set(cursors)
    assert [entry["data"]["text"] for entry in (*back.received("message", 1), *back.received("notification", 1))] == [
        "tea, @bob?", "tea, @bob?"]


def test_the_page_starts_from_how_the_inbox_stands(any_app, ann, bob):
    say(ann, "tea, @bob?")
    page = any_app.http.get("/", headers={"Authorization": f"Bearer {bob.token}"}).text

    boot = msgspec.json.decode(page.partition('id="boot">')[2].partition("</script>")[0])
    assert boot["inbox"]["unread"] == 1
    assert boot["inbox"]["as_of"] == list(windows.newest(f"inbox:{bob.person}")["as_of"])


@pytest.mark.parametrize("text, said", [
    ("**tea** at `four`, ~~five~~", "tea at four, five"), ("# Plan\n- one\n- two", "Plan\none\ntwo"),
    ("> quoted\n[here](https://example.org/a_b)", "quoted\nhere"), ("snake_case * 2 > 1", "snake_case * 2 > 1"),
    ("[" * 5000, "[" * 300), ("```py\nx\n```", "py\nx"),
])
def test_the_marks_of_markdown_are_left_out(text, said):
    assert model.plain(text[:1200]) == said
