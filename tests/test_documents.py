"""Documents of a room: creating, listing, renaming, archiving and exporting them; mentions and selections."""


import pytest

from hubbub.core import consumers, db, hub, log, node
from hubbub.core.access import Refused
from hubbub.documents import mentions, model, selections, updates
from tests.replica import Replica, typed
from tests.waiting import until


@pytest.fixture(autouse=True)
def scan_at_once(monkeypatch):
    """Look for mentions without waiting until typing pauses, unless a test changes it."""
    monkeypatch.setattr(mentions.consumer, "quiet", 0.0)


def create(caller, title="Plans", room="room:1", key="d1"):
    return caller.post("/api/documents", room=room, title=title, key=key).json


def private_room(ann, *people):
    """Create a private room with these people; return its channel."""
    return ann.post("/api/rooms", name="Den", kind="private", key="r",
                    people=[user.person for user in people]).json["channel"]


def titles(caller, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return [item["title"] for item in caller.get(f"/api/documents?{parameters}").json]


def write(caller, id, words, key, copy=None):
    """Append text to a document; return the copy that was edited."""
    copy = copy or Replica().open(caller.get(f"/api/channels/doc:{id}/window").json)
    answer = caller.call("update", channel=f"doc:{id}", update=copy.type(words).send(), key=key)
    assert "ok" in answer, answer
    return copy


def test_creating_a_document_notifies_its_room(ann, bob):
    bob.call("subscribe", channel="room:1", cursor=[0, ""])

    document = create(ann)

    assert document["title"] == "Plans" and document["created_by"] == ann.person and document["room"] == "room:1"
    assert (document["may_write"], document["may_manage"], document["archived"]) == (True, True, False)
    [event] = bob.received("document", 1)
    assert event["data"] == {"document": document["id"], "title": "Plans", "archived": False}
    assert event["author"] == ann.person
    assert create(ann) == document and titles(bob) == ["Plans"]
    assert bob.get(f"/api/documents/{document['id']}").json == {**document, "may_manage": False}


def test_a_title_is_normalised_to_one_line_and_not_empty_or_long(ann):
    assert create(ann, "  Plans\n for tea ")["title"] == "Plans for tea"
    assert create(ann, " \n", key="d2") == Refused("error.title_missing", "bad_input").payload
    assert create(ann, "x" * 121, key="d3")["id"] == "error.title_too_long"


def test_only_the_author_and_room_admins_rename_and_archive_a_document(ann, bob):
    id = create(ann)["id"]
    bob.call("subscribe", channel=f"doc:{id}", cursor=[0, ""])

    assert bob.request("PATCH", f"/api/documents/{id}", title="Mine", key="k").json["code"] == "denied"
    assert ann.request("PATCH", f"/api/documents/{id}", title="Tea", key="k").json["title"] == "Tea"
    assert ann.request("PATCH", f"/api/documents/{id}", title="Tea", key="k").json["title"] == "Tea"
    owner = ann.app.owner
    assert owner.request("PATCH", f"/api/documents/{id}", archived=True, key="k").json["archived"] is True

    assert [entry["data"] for entry in bob.received("renamed", 1)] == [{"title": "Tea"}]
    assert [entry["data"] for entry in bob.received("archived", 1)] == [{"on": True}]
    assert titles(bob) == [] and titles(bob, archived="true") == ["Tea"]
    events = [entry.data for entry in log.read(db, "room:1", 0) if entry.kind == "document"]
    assert [(event["title"], event["archived"]) for event in events] == [
        ("Plans", False), ("Tea", False), ("Tea", True)]


def test_the_list_holds_readable_documents_by_last_change(ann, bob):
    cy = ann.app.connect_member("cy")
    room = private_room(ann, bob)
    plans, secret = create(ann)["id"], create(ann, "Secret", room, "d2")["id"]
    create(bob, "Tea", key="d3")
    write(bob, plans, "yes", "k1")

    assert titles(bob) == ["Plans", "Tea", "Secret"] and titles(bob, room=room) == ["Secret"]
    assert titles(cy) == ["Plans", "Tea"] and titles(cy, room=room) == []
    absent = Refused("error.channel_not_found", "not_found").payload
    assert cy.get(f"/api/documents/{secret}").json == cy.get("/api/documents/999").json == absent


def test_documents_of_an_archived_room_are_read_only(ann, bob):
    room = private_room(ann, bob)
    id = create(ann, room=room)["id"]
    write(ann, id, "tea", "k1")
    ann.call("archive", channel=room, on=True, key="a")

    answer = bob.call("update", channel=f"doc:{id}", update=typed("x"), key="k2")

    assert answer["code"] == "denied" and bob.get(f"/document/{id}/text").text == "tea"
    assert create(bob, room=room, key="d9")["code"] == "denied"


def test_a_document_is_exported_as_a_markdown_file(ann):
    id = create(ann, 'Tea & "milk" / é')["id"]
    write(ann, id, "# Tea\n\n- 🍵\n", "k1")

    answer = ann.get(f"/document/{id}/text")

    assert answer.text == "# Tea\n\n- 🍵\n" and answer.mimetype == "text/markdown"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Tea & _milk_ _ e.md\"; filename*=UTF-8''Tea%20%26%20%22milk%22%20%2F%20%C3%A9.md")


def inbox(caller):
    return [(item["author"], item["title"], item["text"], item["url"]) for item in
            caller.get(f"/api/channels/inbox:{caller.person}/window").json["items"] if item["cause"] == "document"]


def unread(caller):
    return caller.get(f"/api/channels/inbox:{caller.person}/window").json["unread"]


def wait_for_scan(id):
    """Wait until mentions were looked for in the whole document."""
    until(lambda: db.execute("select seq from consumer_cursor where channel = :channel "
                             "and consumer = 'document_mentions'", channel=f"doc:{id}")
          == [(log.head(db, f"doc:{id}").seq,)])


def test_a_mention_notifies_once_and_quotes_the_line(ann, bob):
    id = create(ann)["id"]
    copy = write(ann, id, "# Tea with bobby\n- @bob. brings milk\n", "k1")
    wait_for_scan(id)
    assert inbox(bob) == [(ann.person, "Plans", "@bob. brings milk", f"/document/{id}")]

    assert unread(bob) == 1
    bob.call("read", channel=f"doc:{id}", seq=1)
    assert unread(bob) == 0

    write(ann, id, "- and @Bob brings tea\n", "k2", copy)
    wait_for_scan(id)
    assert len(inbox(bob)) == 1

    copy.erase(0, 999)
    write(ann, id, "nobody", "k3", copy)
    wait_for_scan(id)
    write(ann, id, ", or @bob", "k4", copy)
    wait_for_scan(id)
    assert [text for _, _, text, _ in inbox(bob)] == ["", "nobody, or @bob"]


def test_mentions_of_oneself_or_of_people_without_access_notify_nobody(ann, bob):
    cy = ann.app.connect_member("cy")
    id = create(ann, room=private_room(ann, bob))["id"]

    write(ann, id, "@ann @cy @nobody @room @here `@bob`", "k1")
    wait_for_scan(id)

    assert inbox(ann) == inbox(bob) == inbox(cy) == []


def test_a_mention_is_found_after_typing_pauses(ann, bob, monkeypatch):
    monkeypatch.setattr(mentions.consumer, "quiet", 0.2)
    id = create(ann)["id"]
    copy = write(ann, id, "@bo", "k1")
    write(ann, id, "b", "k2", copy)
    assert inbox(bob) == []
    wait_for_scan(id)
    assert len(inbox(bob)) == 1


def test_a_mention_is_found_in_time_even_if_typing_never_pauses(ann, bob, monkeypatch):
    monkeypatch.setattr(mentions.consumer, "quiet", 60.0)
    monkeypatch.setattr(mentions.consumer, "patience", 0.1)
    id = create(ann)["id"]
    write(ann, id, "@bob", "k1")
    until(lambda: len(inbox(bob)) == 1)


def test_a_mention_made_before_a_restart_notifies_once(ann, bob, monkeypatch):
    id = create(ann)["id"]
    copy = write(ann, id, "@bob", "k1")
    wait_for_scan(id)
    consumers.stop()
    cy = ann.app.connect_member("cy")
    write(ann, id, " and @cy", "k2", copy)  # the scanner is stopped
    updates.state.forget()

    consumers.start([mentions.consumer])

    until(lambda: len(inbox(cy)) == 1)
    assert len(inbox(bob)) == 1
    mentions.scan(consumers.Task(f"doc:{id}", "", 0))
    assert len(inbox(bob)) == len(inbox(cy)) == 1


def test_a_selection_carries_the_senders_identity(ann, bob):
    id = create(ann)["id"]
    channel = f"doc:{id}"
    for user in (ann, bob):
        user.call("subscribe", channel=channel, cursor=[0, ""])
    position = {"type": {"client": 5, "clock": 1}, "assoc": 0}

    assert ann.call("selection", channel=channel, client=5, anchor=position, head=position) == {"ok": []}
    [signal] = bob.received("selection", 1)
    selection = {"person": ann.person, "client": 5, "anchor": position, "head": position}
    assert signal == {"channel": channel, "data": selection}
    assert bob.call("selection", channel=channel, client=6) == {"ok": [selection]}
    assert bob.call("selection", channel=channel, client=6, person=ann.person)["code"] == "bad_input"
    assert bob.call("selection", channel=channel, client=6, anchor="x" * 2000)["code"] == "bad_input"

    ann.client.disconnect()
    until(lambda: [event["data"] for event in bob.received("selection") if event["data"].get("removed")] == [
        {"person": ann.person, "client": 5, "removed": True}])
    assert bob.call("selection", channel=channel, client=6, removed=True) == {"ok": []}
    until(lambda: not selections.state().by_channel)


def test_a_selection_expires_and_ends_with_access_or_the_subscription(ann, bob):
    room = private_room(ann, bob)
    channel = f"doc:{create(ann, room=room)['id']}"
    for user in (ann, bob):
        user.call("subscribe", channel=channel, cursor=[0, ""])
        user.call("selection", channel=channel, client=user.person)
    [anns, bobs] = selections.state().by_channel[channel].values()
    selections.sweep(anns.at + selections.EXPIRY - 1)
    assert len(selections.state().by_channel[channel]) == 2

    ann.call("kick", channel=room, person=bob.person, key="out")
    assert bob.call("selection", channel=channel, client=6)["code"] == "not_found"
    until(lambda: selections.sweep(bobs.at) or list(selections.state().by_channel[channel].values()) == [anns])

    selections.sweep(anns.at + selections.EXPIRY + 1)
    assert not selections.state().by_channel
    ann.call("selection", channel=channel, client=7)
    ann.call("unsubscribe", channel=channel)
    selections.sweep(anns.at)
    assert not selections.state().by_channel
    gone = [bob.person, ann.person]
    until(lambda: [event["data"]["client"] for event in ann.received("selection")
                   if event["data"].get("removed")] == gone)


def test_a_sweep_checks_only_connections_with_a_pointer(ann, monkeypatch):
    channel = f"doc:{create(ann)['id']}"
    ann.call("subscribe", channel=channel, cursor=[0, ""])
    ann.call("selection", channel=channel, client=1)
    monkeypatch.setattr(hub, "channels_read_by", lambda person: pytest.fail("the sweep checks every connection"))

    selections.sweep(node.monotonic())

    assert selections.state().by_channel[channel]


def test_a_partly_refused_change_changes_nothing(ann, monkeypatch):
    document = create(ann)
    announce, calls = model._announce, []

    def fail_second_call(*values):
        calls.append(values)
        if len(calls) == 2:
            raise Refused("error.document_too_long", "too_large")
        announce(*values)

    monkeypatch.setattr(model, "_announce", fail_second_call)
    answer = ann.request("PATCH", f"/api/documents/{document['id']}", title="Tea", archived=True, key="k")

    with db.transaction():
        pass  # this commits everything written before
    assert (answer.status_code, len(calls)) == (413, 2)
    assert ann.get(f"/api/documents/{document['id']}").json == document


def test_a_posted_key_cannot_suppress_an_announcement_of_the_server(ann):
    number = create(ann)["id"] + 1
    ann.call("subscribe", channel="room:1")
    posted = [ann.call("post", channel="room:1", text=key, key=key)
              for key in (f"document/{number}", f"!document/{number}/0")]

    create(ann, title="Next", key="d2")

    assert ["ok" in answer for answer in posted] == [True, False] and posted[1]["code"] == "bad_input"
    assert ann.received("document", 2)[-1]["data"]["title"] == "Next"


def test_the_list_is_paged(ann):
    ids = [create(ann, title=f"D{n}", key=f"d{n}")["id"] for n in range(5)]

    pages = [ann.get("/api/documents?limit=2").json]
    for _ in range(2):
        pages.append(ann.get(f"/api/documents?limit=2&before={pages[-1][-1]['id']}").json)

    assert [[item["id"] for item in page] for page in pages] == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_a_new_document_has_no_text_versions_or_updates(ann):
    id = create(ann)["id"]
    assert ann.get(f"/document/{id}/text").text == ""
    assert ann.get(f"/api/documents/{id}/versions").json == []
    window = ann.get(f"/api/channels/doc:{id}/window").json
    assert (window["state"], window["updates"], window["as_of"]) == ("", [], [0, ""])


def test_an_invalid_document_channel_is_refused(ann):
    for name in ("", "0", "01", "1 ", "-1", "x", "9" * 20, "١"):
        for answer in (ann.call("subscribe", channel=f"doc:{name}", cursor=[0, ""]),
                       ann.call("update", channel=f"doc:{name}", update=typed("x"), key="k")):
            assert answer.get("code") in ("not_found", "bad_input"), name
