"""The inbox: each notification is sent once, and marked as read by the first device that shows it."""

import msgspec
import pytest

from hubbub.chat import messages
from hubbub.core import db, log, windows
from hubbub.notifications import model
from hubbub.notifications.model import Cause
from hubbub.notifications.plain import plain
from tests.running_app import LOBBY, post
from tests.waiting import until, until_notified


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    bob = any_app.connect_member("bob")
    bob.call("subscribe", channel=f"inbox:{bob.person}")
    return bob


def inbox(who):
    return who.get(f"/api/channels/inbox:{who.person}/window").json


def notifications(who):
    """Return the notifications of an inbox as (cause, text, read), oldest first."""
    return [(item.get("cause"), item.get("text"), item["read"]) for item in inbox(who)["items"]]


def test_a_mention_notifies_with_author_room_and_text(ann, bob):
    seq = post(ann, "tea, @bob?")

    [entry] = bob.received("notification", 1)
    assert entry["author"] == ann.person
    assert entry["data"] == {"cause": "mention", "channel": LOBBY, "target": seq, "root": 0, "title": "Lobby",
                             "text": "tea, @bob?", "url": ""}
    assert inbox(bob)["unread"] == 1
    assert inbox(bob)["people"][str(ann.person)]["name"] == "ann"


def test_a_retry_notifies_once(ann, bob):
    answers = [ann.call("post", channel=LOBBY, text="tea, @bob?", key="k") for _ in range(3)]

    assert len({answer["ok"] for answer in answers}) == 1
    assert notifications(bob) == [("mention", "tea, @bob?", False)]


def test_nobody_is_notified_of_their_own_message(ann, bob):
    post(bob, "I am @bob, hello @room")

    assert notifications(bob) == [] and notifications(ann) == [("mention", "I am @bob, hello @room", False)]


def test_a_direct_message_notifies_the_others_until_they_read_it(ann, bob):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    seq = post(ann, "psst", direct)

    assert notifications(bob) == [("direct", "psst", False)] and notifications(ann) == []
    bob.call("read", channel=direct, seq=seq)
    assert notifications(bob) == [("direct", "psst", True)] and inbox(bob)["unread"] == 0


def test_a_reply_notifies_followers_until_they_read_the_thread(ann, bob, olga):
    root = post(bob, "who is in?")
    reply = post(ann, "me", thread=root)
    assert notifications(bob) == [("reply", "me", False)] and notifications(olga) == []

    bob.call("read", channel=LOBBY, seq=reply)
    assert notifications(bob) == [("reply", "me", False)], "reading the room marked a reply that it does not show"
    bob.call("read_thread", channel=LOBBY, root=root, seq=reply)

    assert notifications(bob) == [("reply", "me", True)]
    assert inbox(bob)["items"][0]["root"] == root


def test_a_mention_in_a_reply_notifies_once_as_a_mention(ann, bob):
    root = post(bob, "who is in?")
    post(ann, "ask @bob", thread=root)

    assert notifications(bob) == [("mention", "ask @bob", False)]


def test_reading_on_one_device_marks_as_read_on_the_others(any_app, ann, bob):
    phone = any_app.connect(bob.person, bob.token)
    phone.call("subscribe", channel=f"inbox:{bob.person}")
    first, second = post(ann, "one @bob"), post(ann, "two @bob")
    until_notified()

    bob.call("read", channel=LOBBY, seq=first)
    [entry] = phone.received("read", 1)
    assert entry["data"] == {"targets": [1]}
    bob.call("read", channel=LOBBY, seq=second)

    until(lambda: [entry["data"]["targets"] for entry in phone.received("read")] == [[1], [2]])
    assert [entry["seq"] for entry in phone.received("read")] == [3, 4]


def test_posting_in_a_room_marks_its_notifications_as_read(ann, bob):
    post(ann, "tea, @bob?")
    post(bob, "yes")

    assert inbox(bob)["unread"] == 0


def test_marking_one_notification_leaves_the_others(ann, bob):
    for text in ("one @bob", "two @bob", "three @bob"):
        post(ann, text)
    until_notified()

    bob.call("read_notifications", seqs=[2, 2, 99])
    assert [read for *_, read in notifications(bob)] == [False, True, False]
    before = log.head(db, f"inbox:{bob.person}")
    bob.call("read_notifications", seqs=[2])
    assert log.head(db, f"inbox:{bob.person}") == before, "what was read before needs no entry"
    bob.call("read_all_notifications")
    assert inbox(bob)["unread"] == 0


def test_marking_all_from_a_device_leaves_what_it_has_not_seen(ann, bob):
    for text in ("one @bob", "two @bob", "three @bob"):
        post(ann, text)
    until_notified()

    bob.call("read_all_notifications", up_to=2)

    assert [read for *_, read in notifications(bob)] == [True, True, False]


def test_marking_a_thousand_at_once_is_split_into_entries(any_app, ann, bob):
    with db.transaction() as tx:
        for n in range(1100):
            model.notify(tx, [bob.person], Cause("script", 0, f"k{n}", text="x"))

    bob.call("read_all_notifications")

    assert inbox(bob)["unread"] == 0
    assert [len(entry["data"]["targets"]) for entry in bob.received("read", 2)] == [1000, 100]


def test_read_all_marks_only_notifications_of_rooms(ann, bob, olga):
    post(ann, "tea, @bob?")
    until_notified()
    olga.post("/api/notify", person="bob", text="backup done", key="b1")

    bob.call("read_all")

    assert notifications(bob) == [("mention", "tea, @bob?", True), ("script", "backup done", False)]


def test_the_notification_level_of_a_room(ann, bob):
    notified = []
    for level, expected in [("", ["mention"]), ("mentions", ["mention"]), ("nothing", []),
                            ("everything", ["message", "mention"])]:
        assert bob.call("level", channel=LOBBY, level="everything") == {"ok": None}
        assert bob.call("level", channel=LOBBY, level=level) == {"ok": None}

        post(ann, f"hello {level}")
        post(ann, f"hello {level} @bob")

        notified += expected
        assert [cause for cause, *_ in notifications(bob)] == notified, level


def test_the_notification_level_of_a_direct_conversation(ann, bob):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]

    for level, expected in [("mentions", []), ("nothing", []), ("", ["direct"])]:
        bob.request("PUT", f"/api/channels/{direct}/level", level=level)
        post(ann, f"psst {level}", direct)

        assert [cause for cause, *_ in notifications(bob)] == expected, level


def test_a_level_is_stored_and_sent_to_the_other_devices(any_app, bob):
    phone = any_app.connect(bob.person, bob.token)
    phone.call("subscribe", channel=f"user:{bob.person}")

    bob.call("level", channel=LOBBY, level="nothing")

    assert phone.received("level", 1)[0]["data"] == {"channel": LOBBY, "level": "nothing"}
    assert model.levels(db, bob.person) == {LOBBY: "nothing"}


def test_leaving_a_room_ends_its_notifications(ann, bob):
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    bob.call("level", channel=room, level="everything")
    post(ann, "a swim, @bob?", room)
    until_notified()
    ann.call("kick", channel=room, person=bob.person, key="x")

    post(ann, "alone, without @bob", room)

    assert notifications(bob) == [("mention", "a swim, @bob?", True)]
    assert model.levels(db, bob.person) == {}


def test_a_banned_person_is_not_notified(olga, ann, bob):
    olga.post(f"/api/people/{bob.person}/ban")
    post(ann, "poor @bob")

    assert model.unread(db, bob.person) == 0


def test_deleting_a_message_erases_its_notifications(ann, bob):
    seq = post(ann, "the password is swordfish, @bob")
    until_notified()
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    window = inbox(bob)
    assert window["unread"] == 0
    assert [(item["deleted"], item["read"]) for item in window["items"]] == [(True, True)]
    [entry] = bob.received("read", 1)
    assert entry["data"] == {"targets": [1], "deleted": True}
    assert "swordfish" not in str(db.execute("select data from entry"))


def test_an_edit_notifies_only_newly_mentioned_people(ann, bob, olga):
    seq = post(ann, "tea, @bob?")

    ann.call("edit", channel=LOBBY, seq=seq, text="tea, @bob, @olga?", key="e")

    assert notifications(bob) == [("mention", "tea, @bob, @olga?", False)]
    assert notifications(olga) == [("mention", "tea, @bob, @olga?", False)]


def test_a_notification_about_files_names_them(ann, bob, monkeypatch):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    monkeypatch.setattr(messages.uploads, "unsent", lambda *_: [
        {"name": "plan.pdf", "type": "application/pdf"}, {"name": "map.png", "type": "image/png"}])

    messages.post(ann.person, direct, "", "k", messages.Draft(files=("a", "b")))

    assert notifications(bob) == [("direct", "plan.pdf, map.png", False)]


def test_a_notification_has_the_beginning_of_a_long_message(ann, bob):
    post(ann, "@bob " + "x" * 5000)

    [(_, text, _)] = notifications(bob)
    assert text == "@bob " + "x" * 295


def test_a_script_notifies_once_per_key(ann, bob):
    answers = [ann.post("/api/notify", person="@bob", text="build failed", key="build-7", url="/room/1")
               for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert inbox(bob)["items"][0]["url"] == "/room/1" and len(notifications(bob)) == 1


def test_a_script_can_notify_its_own_person(bob):
    bob.post("/api/notify", person="bob", text="done", key="k")

    assert notifications(bob) == [("script", "done", False)]
    assert inbox(bob)["items"][0]["author"] == 0


def test_an_invalid_notification_of_a_script_is_refused(ann, bob):
    urls = ["javascript:alert(1)", "//evil.example", "///evil.example", "////evil.example", "https:evil",
            "data:text/html,x", "/\\evil.example", "\\\\evil", "room/1", "https://", "/" + "x" * 500, "/a b",
            "http://[::1"]
    for invalid, code in [({"person": "nobody"}, "not_found"), ({"text": "  "}, "bad_input"),
                          ({"text": "x" * 301}, "too_large"), *(({"url": url}, "bad_input") for url in urls)]:
        answer = ann.post("/api/notify", **{"person": "bob", "text": "hello", "key": "k", **invalid})
        assert answer.json.get("code") == code, invalid

    assert notifications(bob) == []


def test_a_guest_cannot_notify_by_script(any_app, bob):
    gil = any_app.connect_guest("gil")

    assert gil.post("/api/notify", person="bob", text="buy!", key="k").json["code"] == "denied"


def test_an_inbox_is_private(ann, bob, olga):
    for who in (ann, olga):
        assert who.call("subscribe", channel=f"inbox:{bob.person}")["code"] == "not_found"
        assert who.get(f"/api/channels/inbox:{bob.person}/window").json["code"] == "not_found"
    ann.call("read_notifications", seqs=[1])
    post(ann, "@bob")
    ann.call("read_all_notifications")
    assert inbox(bob)["unread"] == 1


def test_an_inbox_is_paged(ann, bob):
    for n in range(7):
        post(ann, f"{n} @bob")

    first = bob.get(f"/api/channels/inbox:{bob.person}/window?limit=3").json
    rest = bob.get(f"/api/channels/inbox:{bob.person}/window?limit=10&before={first['items'][0]['seq']}").json

    assert [item["text"][0] for item in [*rest["items"], *first["items"]]] == list("0123456")
    assert not first["complete"] and rest["complete"] and first["unread"] == 7


def test_one_resume_catches_up_in_rooms_and_inbox(any_app, ann, bob):
    cursors = {channel: list(log.head(db, channel)) for channel in (LOBBY, f"inbox:{bob.person}")}
    bob.client.disconnect()
    post(ann, "tea, @bob?")
    reconnected = any_app.connect(bob.person, bob.token)

    heads = reconnected.call("resume", cursors=cursors)["ok"]

    assert {channel for channel, answer in heads.items() if "head" in answer} == set(cursors)
    received = [reconnected.received(kind, 1) for kind in ("message", "notification")]
    assert [entry["data"]["text"] for [entry] in received] == ["tea, @bob?", "tea, @bob?"]


def test_the_page_starts_with_the_state_of_the_inbox(any_app, ann, bob):
    post(ann, "tea, @bob?")
    until_notified()
    page = any_app.http.get("/", headers={"Authorization": f"Bearer {bob.token}"}).text

    boot = msgspec.json.decode(page.partition('id="boot">')[2].partition("</script>")[0])
    assert boot["inbox"]["unread"] == 1
    assert boot["inbox"]["as_of"] == list(windows.newest(f"inbox:{bob.person}")["as_of"])


@pytest.mark.parametrize("text, expected", [
    ("**tea** at `four`, ~~five~~", "tea at four, five"), ("# Plan\n- one\n- two", "Plan one two"),
    ("> quoted\n[here](https://example.org/a_b)", "quoted here"), ("snake_case * 2 > 1", "snake_case * 2 > 1"),
    ("[" * 5000, "[" * 300), ("```py\nx\n```", "x"),
])
def test_notifications_omit_markdown_marks(text, expected):
    assert plain(text) == expected
