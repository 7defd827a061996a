"""Writing a document together: permissions, updates, versions, mentions and selections."""

import base64
import time

import pytest

from hubbub.core import consumers, db, log, node
from hubbub.documents import mentions, selections, updates
from tests.replica import Replica
from tests.waiting import until

LOBBY = "room:1"


@pytest.fixture(autouse=True)
def scan_at_once(monkeypatch):
    """Look for mentions without waiting until typing pauses."""
    monkeypatch.setattr(mentions.consumer, "quiet", 0.0)


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("bob")


def create(who, title="Plans", room=LOBBY):
    return who.post("/api/documents", room=room, title=title, key=title).json


class Page(Replica):
    """A person's page with an open document."""

    def __init__(self, who, document):
        super().__init__()
        self.channel = f"doc:{document['id']}"
        self.open(who.get(f"/api/channels/{self.channel}/window").json)

    def catch_up(self):
        self.apply_entries(log.read(db, self.channel, self.seen, 1000))


def write(who, page, words, at=0):
    """Type a text and send it over the connection."""
    page.type(words, at)
    return who.call("update", channel=page.channel, update=page.send(), key=words[:60])


def text(who, document):
    return who.get(f"/document/{document['id']}/text").text


def test_creating_a_document_notifies_its_room(ann, bob):
    bob.call("subscribe", channel=LOBBY, cursor=list(log.head(db, LOBBY)))
    document = create(ann)

    [event] = bob.received("document", 1)
    assert event["data"] == {"document": document["id"], "title": "Plans", "archived": False}
    assert [item["title"] for item in bob.get("/api/documents").json] == ["Plans"]
    assert bob.get(f"/api/documents/{document['id']}").json["may_manage"] is False
    assert create(ann)["id"] == document["id"], "repeating the key created a second document"


def test_typed_text_reaches_others_and_is_stored(ann, bob):
    document = create(ann)
    mine, theirs = Page(ann, document), Page(bob, document)
    bob.call("subscribe", channel=mine.channel)

    assert write(ann, mine, "hello") == {"ok": 1}
    [entry] = bob.received("update", 1)
    theirs.apply(base64.b64decode(entry["data"]["update"]))

    assert str(theirs) == text(bob, document) == "hello"
    assert entry["author"] == ann.person
    assert bob.get("/api/documents").json[0]["changed_by"] == ann.person


def test_one_resume_catches_up_in_rooms_inbox_and_documents(any_app, ann, bob):
    document = create(ann)
    mine = Page(ann, document)
    write(ann, mine, "before ")
    ann.post("/api/feeds/prices/ticks", ticks=[{"symbol": "ACME", "value": 1}])
    channels = (LOBBY, f"inbox:{bob.person}", mine.channel)
    cursors = {channel: list(log.head(db, channel)) for channel in channels}
    bob.client.disconnect()
    write(ann, mine, "after ")
    ann.call("post", channel=LOBBY, text="look, @bob", key="k")
    ann.post("/api/feeds/prices/ticks", ticks=[{"symbol": "ACME", "value": 2}])

    returned = any_app.connect(bob.person, bob.token)
    heads = returned.call("resume", cursors=cursors)["ok"]
    quotes = returned.call("watch", symbols=["ACME"], rate=100)["ok"]["values"]

    assert set(heads) == set(channels) and all("head" in answer for answer in heads.values())
    assert [len(returned.received(kind, 1)) for kind in ("update", "message", "notification")] == [1, 1, 1]
    assert quotes["ACME"]["value"] == 2


def test_a_document_has_the_permissions_of_its_room(any_app, olga, ann, bob):
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    document = create(ann, room=room)
    theirs = Page(bob, document)
    assert write(bob, theirs, "me too ") == {"ok": 1}
    bob.call("subscribe", channel=theirs.channel)

    ann.call("kick", channel=room, person=bob.person, key="x")

    assert write(bob, theirs, "and again")["code"] == "not_found"
    until(lambda: bob.person not in {peer.person for peer in subscribers(theirs.channel)})
    write(ann, Page(ann, document), "a secret ")
    assert bob.received("update", 1)[1:] == []
    assert bob.get("/api/documents").json == [] == olga.get("/api/documents").json
    assert bob.get(f"/document/{document['id']}/text").status_code == 404


def subscribers(channel):
    from hubbub.core import hub

    return [*hub.state().tails[channel].live, *hub.state().tails[channel].behind]


def test_an_archived_document_or_room_is_read_only(ann):
    room = ann.call("create_room", name="Lake", kind="public", key="k")["ok"]["channel"]
    document = create(ann, room=room)
    mine = Page(ann, document)
    write(ann, mine, "hello")

    ann.request("PATCH", f"/api/documents/{document['id']}", archived=True, key="a")
    assert write(ann, mine, "more")["code"] == "denied"
    assert [ann.get(f"/api/documents?archived={on}").json != [] for on in ("false", "true")] == [False, True]
    ann.request("PATCH", f"/api/documents/{document['id']}", archived=False, key="b")
    ann.call("archive", channel=room, on=True, key="c")

    assert write(ann, mine, "again")["code"] == "denied" and text(ann, document) == "hello"


def test_only_the_author_and_room_admins_rename_a_document(olga, ann, bob):
    document = create(ann)
    path = f"/api/documents/{document['id']}"

    assert bob.request("PATCH", path, title="Mine", key="k").json["code"] == "denied"
    assert ann.request("PATCH", path, title=" Better   plans ", key="k").json["title"] == "Better plans"
    assert olga.request("PATCH", path, title="Olga's", key="k").json["title"] == "Olga's"
    for wrong in ("", " ", "x" * 121):
        assert ann.request("PATCH", path, title=wrong, key=f"w{wrong}").status_code in (400, 413)


def test_a_title_with_special_characters_becomes_a_file_name(ann):
    document = create(ann, title='Über/"alles"\r\n')
    answer = ann.get(f"/document/{document['id']}/text")

    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Uber_alles_.md\"; filename*=UTF-8''%C3%9Cber%2F%22alles%22.md")
    assert answer.mimetype == "text/markdown"


def test_a_version_groups_edits_and_can_be_read(monkeypatch, ann, bob):
    document = create(ann)
    mine, theirs = Page(ann, document), Page(bob, document)
    now = time.time() // 3600 * 3600 + 600  # not about to begin an hour, with which a version ends
    for minutes, who, replica, words in ((0, ann, mine, "one "), (1, bob, theirs, "two "), (60, ann, mine, "three ")):
        monkeypatch.setattr(node, "now", lambda at=now + minutes * 60: at)
        replica.catch_up()
        write(who, replica, words)
    monkeypatch.undo()
    path = f"/api/documents/{document['id']}/versions"

    newest, first = ann.get(path).json
    assert (first["seq"], first["people"]) == (2, [ann.person, bob.person])
    assert (newest["seq"], newest["people"]) == (3, [ann.person])
    assert ann.get(f"{path}/2").json["text"] == "two one "
    assert ann.get(f"{path}/9").json["code"] == ann.get(f"{path}/0").json["code"] == "not_found"


def test_restoring_a_version_is_an_edit_that_others_receive(ann, bob):
    document = create(ann)
    mine, theirs = Page(ann, document), Page(bob, document)
    write(ann, mine, "the good words\nand more")
    theirs.catch_up()
    theirs.erase(0, 14)
    write(bob, theirs, "nonsense ä")
    path = f"/api/documents/{document['id']}"

    entries = [bob.post(f"{path}/restore", seq=1, key="r").json for _ in range(2)]
    mine.catch_up()

    assert entries[0] == entries[1] and entries[0]["data"]["restored"] == 1
    assert str(mine) == text(ann, document) == "the good words\nand more"
    assert [version.get("restored", 0) for version in ann.get(f"{path}/versions").json] == [1, 0]
    assert bob.post(f"{path}/restore", seq=1, key="s").json["code"] == "conflict"


def notifications(who):
    return [(item["cause"], item["title"], item["text"], item["author"], item["url"])
            for item in who.get(f"/api/channels/inbox:{who.person}/window").json["items"]]


def test_a_mention_in_a_document_notifies_once(ann, bob):
    document = create(ann)
    mine = Page(ann, document)
    write(ann, mine, "Plan\n- cake: @bob\n")
    until(lambda: notifications(bob))
    write(ann, mine, "Better ", 0)
    write(ann, mine, " @nobody `@olga` ", 0)
    until(lambda: db.execute("select seq from consumer_cursor where consumer = 'document_mentions'") == [(3,)])

    assert notifications(bob) == [("document", "Plans", "cake: @bob", ann.person, f"/document/{document['id']}")]


def test_a_mention_made_while_the_scanner_was_stopped_notifies_once_after_a_restart(ann, bob):
    document = create(ann)
    consumers.stop()
    write(ann, Page(ann, document), "@bob, please")
    assert notifications(bob) == []

    for _ in range(2):
        consumers.stop()
        consumers.start([mentions.consumer])
        until(lambda: db.execute("select seq from consumer_cursor where consumer = 'document_mentions'") == [(1,)])

    assert len(notifications(bob)) == 1


def test_a_mention_does_not_notify_a_person_without_access(olga, ann, bob):
    room = ann.call("create_room", name="Lake", kind="private", key="k")["ok"]["channel"]
    write(ann, Page(ann, create(ann, room=room)), "poor @bob, and @ann herself")
    until(lambda: db.execute("select seq from consumer_cursor where consumer = 'document_mentions'") == [(1,)])

    assert notifications(bob) == notifications(ann) == []


def test_selections_carry_the_senders_identity_and_end_with_the_connection(any_app, ann, bob):
    document = create(ann)
    channel = f"doc:{document['id']}"
    for who in (ann, bob):
        who.call("subscribe", channel=channel)
    assert ann.call("selection", channel=channel, client=1, anchor={"type": 1}, head=None) == {"ok": []}

    others = bob.call("selection", channel=channel, client=2)["ok"]
    [mine, theirs] = bob.received("selection", 2)
    ann.client.disconnect()
    gone = bob.received("selection", 3)[-1]

    assert others == [mine["data"]] == [{"person": ann.person, "client": 1, "anchor": {"type": 1}, "head": None}]
    assert theirs["data"]["person"] == bob.person
    assert gone["data"] == {"person": ann.person, "client": 1, "removed": True}


def test_a_selection_expires_without_updates(ann, bob):
    channel = f"doc:{create(ann)['id']}"
    bob.call("subscribe", channel=channel)
    ann.call("selection", channel=channel, client=1)

    selections.sweep(time.monotonic() + selections.EXPIRY + 1)

    assert bob.received("selection", 2)[-1]["data"]["removed"] is True
    assert bob.call("selection", channel=channel, client=2)["ok"] == []


def test_a_large_or_invalid_selection_is_refused(ann):
    channel = f"doc:{create(ann)['id']}"

    assert ann.call("selection", channel=channel, client=1, anchor="x" * 2000)["code"] == "bad_input"
    assert ann.call("selection", channel=channel, client=-1)["code"] == "bad_input"


def test_documents_in_memory_are_bounded(monkeypatch, ann):
    monkeypatch.setattr(updates, "MEMORY_LIMIT", 3 * updates.LEAST)
    for n in range(6):
        write(ann, Page(ann, create(ann, f"Plan {n}")), f"hello {n}")

    assert len(updates.state().loaded) <= 3
