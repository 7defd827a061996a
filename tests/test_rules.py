"""Rules for the inbox: keywords, people, priorities, threads and documents, and whom the consumer notifies."""

from functools import partial

import pytest

from hubbub.chat import notifier
from hubbub.core import access, consumers, db
from hubbub.documents import watches
from hubbub.notifications.matching import Matcher
from tests.running_app import HERE, LOBBY, post
from tests.statements import statements
from tests.test_document_collaboration import Page, create, write
from tests.waiting import until, until_notified


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("bob")


def add(who, kind, **fields):
    return who.request("PUT", "/api/rules", kind=kind, **fields)


def remove(who, kind, **fields):
    return who.request("DELETE", "/api/rules", kind=kind, **fields)


def rules(who):
    return [{name: value for name, value in rule.items() if value} for rule in who.get("/api/rules").json]


def inbox(who):
    """Return (cause, text, why) of the notifications of a person, oldest first."""
    return [(item["cause"], item["text"], item.get("why"))
            for item in who.get(f"/api/channels/inbox:{who.person}/window").json["items"] if "cause" in item]


@pytest.fixture
def held(monkeypatch):
    """Hold the consumer back, as if it was slow; return what lets it go on."""
    monkeypatch.setattr(notifier.consumer, "quiet", 60.0)

    def go_on():
        monkeypatch.setattr(notifier.consumer, "quiet", 0.0)
        consumers.state().runners[notifier.NAME].poll()
        until_notified()
    return go_on


@pytest.mark.parametrize("text, found", [
    ("Deploy done", ["deploy"]), ("we deployed it", []), ("c++ and C++.", ["c++"]), ("fix #42!", ["#42"]), ("#423", []),
    ("今日デプロイします", ["デプロイ"]), ("deployを実行", ["deploy"]), ("schon", []), ("SCHO\u0308N", ["schön"]),
    ("the Build  failed", []), ("the build FAILED", ["build failed"]), ("rebuild failed", []), ("🔥🔥", ["🔥"])])
def test_a_keyword_matches_whole_words_of_any_script(text, found):
    words = ["deploy", "c++", "#42", "デプロイ", "schön", "build failed", "🔥"]
    matcher = Matcher([(person, "keyword", word, 0) for person, word in enumerate(words)])

    assert [match.detail for match in matcher.match(text, 1).values()] == found


def test_keywords_and_people_notify_in_the_persons_own_rooms_and_say_why(ann, bob, olga):
    room = olga.call("create_room", name="ops", kind="public", people=[ann.person], key="k")["ok"]["channel"]
    assert [add(bob, "keyword", word=word).status_code for word in ("deploy", "deploy", " Build  failed ")] == [204] * 3
    assert add(bob, "person", about=olga.person).status_code == 204
    assert add(bob, "keyword").json["id"] == "error.keyword_missing"
    assert add(bob, "person", about=bob.person).json["id"] == "error.person_not_found"
    assert add(bob, "priority", about=7).json["id"] == "error.priority_unknown"
    assert add(bob, "keyword", word="x" * 61).json["id"] == "error.keyword_too_long"
    assert rules(bob) == [{"kind": "keyword", "word": "Build failed"}, {"kind": "keyword", "word": "deploy"},
                          {"kind": "person", "about": olga.person}]

    post(ann, "the build failed")
    post(ann, "Deploy? not deployed")
    until_notified()
    post(bob, "my own deploy")
    post(ann, "a deploy where bob is not", room)
    post(olga, "good morning")
    post(olga, "deploy, @bob")

    assert inbox(bob) == [("keyword", "the build failed", {"keyword": "Build failed"}),
                          ("keyword", "Deploy? not deployed", {"keyword": "deploy"}),
                          ("person", "good morning", {"person": olga.person}), ("mention", "deploy, @bob", None)]
    assert remove(bob, "keyword", word="deploy").status_code == 204
    bob.call("level", channel=LOBBY, level="nothing")
    post(olga, "good evening")
    until_notified()
    bob.call("level", channel=LOBBY, level="hidden")
    post(ann, "deploy again")
    post(ann, "hello @bob")

    assert [text for _, text, _ in inbox(bob)[4:]] == ["hello @bob"]


def test_a_muted_thread_is_silent_except_for_mentions_until_that_is_undone(ann, bob):
    root = post(bob, "who is in?")
    muted = {"channel": LOBBY, "root": root, "level": "muted"}
    post(ann, "me", thread=root)
    until_notified()
    assert rules(bob) == [{"kind": "thread", "channel": LOBBY, "root": root, "level": "followed", "title": "Lobby",
                           "text": "who is in?"}]

    assert add(bob, "thread", **muted).status_code == 204
    post(ann, "and me", thread=root)
    post(ann, "what about @bob?", thread=root)
    post(ann, "nothing more", thread=root)
    until_notified()

    assert [rule["level"] for rule in rules(bob)] == ["muted"]
    assert add(bob, "thread", channel=LOBBY, root=root, level="followed").status_code == 204
    post(ann, "well", thread=root)
    until_notified()
    assert [text for _, text, _ in inbox(bob)] == ["me", "what about @bob?", "well"]


def test_nobody_is_notified_of_what_was_read_deleted_or_edited_before_or_of_a_room_they_left(ann, bob, olga, held):
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    deleted, read, edited = (post(ann, f"{what}, @bob") for what in ("deleted", "read", "edited"))
    ann.call("delete", channel=LOBBY, seq=deleted, key="d")
    bob.call("read", channel=LOBBY, seq=read)
    ann.call("edit", channel=LOBBY, seq=edited, text="edited, @olga", key="e")
    post(ann, "a swim, @bob?", room)
    ann.call("kick", channel=room, person=bob.person, key="x")
    post(ann, "tea, @bob")

    held()

    assert [text for _, text, _ in inbox(bob)] == ["tea, @bob"]
    assert [text for _, text, _ in inbox(olga)] == ["edited, @olga"]


def test_a_crash_between_two_transactions_notifies_everybody_once(any_app, ann, bob, olga, held, monkeypatch):
    advance, failures = consumers.advance, iter([True])
    monkeypatch.setattr(notifier, "CHUNK", 1)
    monkeypatch.setattr(consumers, "BACKOFF", .01)

    def crash_once(tx, name, *where):
        advance(tx, name, *where)
        if name == notifier.NAME and next(failures, False):
            raise RuntimeError("killed")
    monkeypatch.setattr(consumers, "advance", crash_once)
    post(ann, "@room fire drill")

    held()

    assert inbox(bob) == inbox(olga) == [("mention", "@room fire drill", {"room": True})]


def test_a_message_that_is_edited_while_people_are_notified_reaches_those_whom_it_mentions_now(
        ann, bob, olga, held, monkeypatch):
    load, edits = notifier.recipients.load, iter([True])

    def edit_first(reads, channel, seqs):
        found = load(reads, channel, seqs)
        if seqs and next(edits, False):
            ann.call("edit", channel=LOBBY, seq=seqs[0], text="tea, @olga?", key="e")
        return found
    post(ann, "tea, @bob?")
    monkeypatch.setattr(notifier.recipients, "load", edit_first)

    held()

    assert (inbox(bob), inbox(olga)) == ([], [("mention", "tea, @olga?", None)])


def test_a_watched_document_notifies_once_for_many_edits_and_alerts_are_rules_too(ann, bob, monkeypatch):
    monkeypatch.setattr(watches.consumer, "quiet", .3)
    document = create(ann, "Plan")
    watched = f"doc:{document['id']}"
    assert add(bob, "document", channel=watched).status_code == 204
    assert add(bob, "document", channel="doc:999").json["code"] == "not_found"
    page = Page(ann, document)
    for text in ("tea\n", "cake\n", "milk\n"):
        write(ann, page, text, 0)

    until(lambda: inbox(bob))
    until(lambda: not watches.consumer.behind())
    assert inbox(bob) == [("watch", "Edited by ann.", None)] and inbox(ann) == []

    ann.post("/api/feeds/prices/ticks", ticks=[{"symbol": "ACME", "value": 1}])
    alert = {"channel": "feed:ACME", "word": "above", "level": "12.5", "about": 1}
    assert add(bob, "alert", **alert).status_code == 204
    assert {"kind": "alert", "title": "ACME", **alert} in rules(bob)
    assert bob.get("/api/alerts").json[0]["level"] == 12.5
    assert remove(bob, "alert", **alert).status_code == 204
    assert rules(bob) == [{"kind": "document", "channel": watched, "title": "Plan"}]
    assert add(bob, "alert", channel="feed:ACME", word="around", level="x").json["id"] == "error.alert_invalid"
    assert db.execute("select count(*) from alert") == [(0,)]


def test_a_priority_notifies_of_what_programs_send_with_it_or_a_higher_one(any_app, bob, olga):
    url = olga.post("/api/hooks", channel=LOBBY, name="Builds").json["path"]
    assert add(bob, "priority", about=4).status_code == 204
    for text, priority in (("tests pass", ""), ("disk at 90 %", "high"), ("slow", "2"), ("disk full", "5")):
        answer = any_app.flask.test_client().post(url, data=text, headers={"Priority": priority},
                                                   environ_overrides=HERE)
        assert answer.status_code == 200
    olga.post("/api/notifications", to="#lobby", text="fire in the server room", priority=4)
    post(olga, "urgent, but only to me")
    until_notified()

    assert [(cause, text.split("\n")[0], why) for cause, text, why in inbox(bob)] == [
        ("priority", text, {"priority": 4}) for text in ("disk at 90 %", "disk full", "fire in the server room")]


def test_the_readers_among_many_people_are_found_with_as_many_statements_as_among_one(ann, bob, olga, monkeypatch):
    document, people = create(ann, "Plan"), [ann.person, bob.person, olga.person, 999]
    olga.post(f"/api/people/{bob.person}/ban")
    for channel in (LOBBY, f"doc:{document['id']}"):
        one, all = (statements(monkeypatch, partial(access.readers, db, some, channel))
                    for some in (people[:1], people))

        assert len(one) == len(all)
        assert access.readers(db, people, channel) == [ann.person, olga.person]
