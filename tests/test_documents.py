"""Documents of a room: made, found, renamed, put away, exported; who is named in one; who is where in it."""


import pytest

from hubbub.core import db, hub, log, node
from hubbub.core.access import Refused
from hubbub.documents import mentions, model, pointers, updates
from tests.replica import Replica, typed
from tests.waiting import until


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Names are looked for at once; a test that wants it otherwise says so."""
    monkeypatch.setattr(mentions, "QUIET", 0.0)


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, ann):
    return any_app.connect_member("bob")


def begin(caller, title="Plans", room="room:1", key="d1"):
    return caller.post("/api/documents", room=room, title=title, key=key).json


def den(ann, *people):
    """A private room."""
    return ann.post("/api/rooms", name="Den", kind="private", people=[one.person for one in people], key="r").json[
        "channel"]


def titles(caller, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return [one["title"] for one in caller.get(f"/api/documents?{asked}").json]


def write(caller, id, words, key, copy=None):
    """Add words at the end of a document."""
    copy = copy or Replica().open(caller.get(f"/api/channels/doc:{id}/window").json)
    said = caller.call("update", channel=f"doc:{id}", update=copy.type(words).send(), key=key)
    assert "ok" in said, said
    return copy


def test_ann_begins_a_document_and_the_room_hears_of_it(ann, bob):
    bob.call("subscribe", channel="room:1", cursor=[0, ""])

    made = begin(ann)

    assert made["title"] == "Plans" and made["maker"] == ann.person and made["room"] == "room:1"
    assert (made["may_write"], made["may_manage"], made["archived"]) == (True, True, False)
    [told] = bob.received("document", 1)
    assert told["data"] == {"document": made["id"], "title": "Plans", "archived": False}
    assert told["author"] == ann.person
    assert begin(ann) == made and titles(bob) == ["Plans"]
    assert bob.get(f"/api/documents/{made['id']}").json == {**made, "may_manage": False}


def test_a_title_is_one_line_with_something_in_it(ann):
    assert begin(ann, "  Plans\n for tea ")["title"] == "Plans for tea"
    assert begin(ann, " \n", key="d2") == {"error": "a document needs a title", "code": "bad_input"}
    assert begin(ann, "x" * 121, key="d3")["error"] == "a title has at most 120 characters"


def test_a_document_is_renamed_and_put_away_by_who_made_it_or_leads_the_room(ann, bob):
    id = begin(ann)["id"]
    bob.call("subscribe", channel=f"doc:{id}", cursor=[0, ""])

    assert bob.request("PATCH", f"/api/documents/{id}", title="Mine", key="k").json["code"] == "denied"
    assert ann.request("PATCH", f"/api/documents/{id}", title="Tea", key="k").json["title"] == "Tea"
    assert ann.request("PATCH", f"/api/documents/{id}", title="Tea", key="k").json["title"] == "Tea"
    owner = ann.app.owner
    assert owner.request("PATCH", f"/api/documents/{id}", archived=True, key="k").json["archived"] is True

    assert [entry["data"] for entry in bob.received("titled", 1)] == [{"title": "Tea"}]
    assert [entry["data"] for entry in bob.received("archived", 1)] == [{"on": True}]
    assert titles(bob) == [] and titles(bob, archived="true") == ["Tea"]
    told = [entry.data for entry in log.read(db, "room:1", 0) if entry.kind == "document"]
    assert [(one["title"], one["archived"]) for one in told] == [("Plans", False), ("Tea", False), ("Tea", True)]


def test_the_list_shows_what_one_may_read_changed_last_first(ann, bob):
    cy = ann.app.connect_member("cy")
    room = den(ann, bob)
    plans, secret = begin(ann)["id"], begin(ann, "Secret", room, "d2")["id"]
    begin(bob, "Tea", key="d3")
    write(bob, plans, "yes", "k1")

    assert titles(bob) == ["Plans", "Tea", "Secret"] and titles(bob, room=room) == ["Secret"]
    assert titles(cy) == ["Plans", "Tea"] and titles(cy, room=room) == []
    absent = {"error": "there is no such channel", "code": "absent"}
    assert cy.get(f"/api/documents/{secret}").json == cy.get("/api/documents/999").json == absent


def test_an_archived_room_is_not_written_in_but_read(ann, bob):
    room = den(ann, bob)
    id = begin(ann, room=room)["id"]
    write(ann, id, "tea", "k1")
    ann.call("archive", channel=room, on=True, key="a")

    said = bob.call("update", channel=f"doc:{id}", update=typed("x"), key="k2")

    assert said["code"] == "denied" and bob.get(f"/document/{id}/text").text == "tea"
    assert begin(bob, room=room, key="d9")["code"] == "denied"


def test_export_is_the_text_as_a_file(ann):
    id = begin(ann, 'Tea & "milk" / é')["id"]
    write(ann, id, "# Tea\n\n- 🍵\n", "k1")

    answer = ann.get(f"/document/{id}/text")

    assert answer.text == "# Tea\n\n- 🍵\n" and answer.mimetype == "text/markdown"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Tea%20%26%20%22milk%22%20%2F%20%C3%A9.md")


def inbox(caller):
    return [(item["author"], item["title"], item["text"], item["url"]) for item in
            caller.get(f"/api/channels/inbox:{caller.person}/window").json["items"] if item["cause"] == "document"]


def unread(caller):
    return caller.get(f"/api/channels/inbox:{caller.person}/window").json["unread"]


def scanned(id):
    """Wait until the document was read to its end."""
    until(lambda: db.execute("select scanned from document where id = :id", id=id)[0][0]
          == log.head(db, f"doc:{id}").seq)


def test_who_is_named_is_told_once_with_the_line(ann, bob):
    id = begin(ann)["id"]
    copy = write(ann, id, "# Tea with bobby\n- @bob. brings milk\n", "k1")
    scanned(id)
    assert inbox(bob) == [(ann.person, "Plans", "@bob. brings milk", f"/document/{id}")]

    assert unread(bob) == 1
    bob.call("read", channel=f"doc:{id}", seq=1)
    assert unread(bob) == 0

    write(ann, id, "- and @Bob brings tea\n", "k2", copy)
    scanned(id)
    assert len(inbox(bob)) == 1

    copy.erase(0, 999)
    write(ann, id, "nobody", "k3", copy)
    scanned(id)
    write(ann, id, ", or @bob", "k4", copy)
    scanned(id)
    assert [text for _, _, text, _ in inbox(bob)] == ["@bob. brings milk", "nobody, or @bob"]


def test_who_names_themselves_or_may_not_read_it_is_not_told(ann, bob):
    cy = ann.app.connect_member("cy")
    id = begin(ann, room=den(ann, bob))["id"]

    write(ann, id, "@ann @cy @nobody @room @here `@bob`", "k1")
    scanned(id)

    assert inbox(ann) == inbox(bob) == inbox(cy) == []


def test_a_name_is_read_when_nobody_types_any_more(ann, bob, monkeypatch):
    monkeypatch.setattr(mentions, "QUIET", 0.2)
    id = begin(ann)["id"]
    copy = write(ann, id, "@bo", "k1")
    write(ann, id, "b", "k2", copy)
    assert inbox(bob) == []
    scanned(id)
    assert len(inbox(bob)) == 1


def test_a_name_is_read_in_the_end_though_somebody_types_all_the_time(ann, bob, monkeypatch):
    monkeypatch.setattr(mentions, "QUIET", 60.0)
    monkeypatch.setattr(mentions, "LATEST", 0.1)
    id = begin(ann)["id"]
    write(ann, id, "@bob", "k1")
    until(lambda: len(inbox(bob)) == 1)


def test_after_a_restart_names_are_read_once(ann, bob, monkeypatch):
    id = begin(ann)["id"]
    copy = write(ann, id, "@bob", "k1")
    scanned(id)
    mentions.stop()
    cy = ann.app.connect_member("cy")
    write(ann, id, " and @cy", "k2", copy)  # nobody reads along: the server goes down just now
    updates.state.forget()

    mentions.start()

    until(lambda: len(inbox(cy)) == 1)
    assert len(inbox(bob)) == 1
    mentions.scan(id)
    assert len(inbox(bob)) == len(inbox(cy)) == 1


def test_pointers_are_told_under_the_name_one_signed_in_with(ann, bob):
    id = begin(ann)["id"]
    channel = f"doc:{id}"
    for one in (ann, bob):
        one.call("subscribe", channel=channel, cursor=[0, ""])
    place = {"type": {"client": 5, "clock": 1}, "assoc": 0}

    assert ann.call("pointer", channel=channel, client=5, anchor=place, head=place) == {"ok": []}
    [seen] = bob.received("pointer", 1)
    there = {"person": ann.person, "client": 5, "anchor": place, "head": place}
    assert seen == {"channel": channel, "data": there}
    assert bob.call("pointer", channel=channel, client=6) == {"ok": [there]}
    assert bob.call("pointer", channel=channel, client=6, person=ann.person)["code"] == "bad_input"
    assert bob.call("pointer", channel=channel, client=6, anchor="x" * 2000)["code"] == "bad_input"

    ann.client.disconnect()
    until(lambda: [said["data"] for said in bob.received("pointer") if said["data"].get("gone")] == [
        {"person": ann.person, "client": 5, "gone": True}])
    assert bob.call("pointer", channel=channel, client=6, gone=True) == {"ok": []}
    until(lambda: not pointers.state().by_channel)


def test_a_pointer_goes_after_half_a_minute_and_with_the_right_to_read(ann, bob):
    room = den(ann, bob)
    channel = f"doc:{begin(ann, room=room)['id']}"
    for one in (ann, bob):
        one.call("subscribe", channel=channel, cursor=[0, ""])
        one.call("pointer", channel=channel, client=one.person)
    [mine, bobs] = pointers.state().by_channel[channel].values()
    pointers.sweep(mine.at + pointers.EXPIRY - 1)
    assert len(pointers.state().by_channel[channel]) == 2

    ann.call("kick", channel=room, person=bob.person, key="out")
    assert bob.call("pointer", channel=channel, client=6)["code"] == "absent"
    until(lambda: pointers.sweep(bobs.at) or list(pointers.state().by_channel[channel].values()) == [mine])

    pointers.sweep(mine.at + pointers.EXPIRY + 1)
    assert not pointers.state().by_channel
    ann.call("pointer", channel=channel, client=7)
    ann.call("unsubscribe", channel=channel)
    pointers.sweep(mine.at)
    assert not pointers.state().by_channel
    until(lambda: [said["data"]["client"] for said in ann.received("pointer") if said["data"].get("gone")] == [
        bob.person, ann.person])


def test_a_sweep_does_not_look_at_connections_without_a_pointer(ann, monkeypatch):
    channel = f"doc:{begin(ann)['id']}"
    ann.call("subscribe", channel=channel, cursor=[0, ""])
    ann.call("pointer", channel=channel, client=1)
    monkeypatch.setattr(hub, "channels_read_by", lambda person: pytest.fail("every connection is looked at"))

    pointers.sweep(node.monotonic())

    assert pointers.state().by_channel[channel]


def test_a_change_that_is_refused_in_part_is_not_made_at_all(ann, monkeypatch):
    document = begin(ann)
    announce, calls = model._announce, []

    def fails_twice(*values):
        calls.append(values)
        if len(calls) == 2:
            raise Refused("that is too long", "too_large")
        announce(*values)

    monkeypatch.setattr(model, "_announce", fails_twice)
    answer = ann.request("PATCH", f"/api/documents/{document['id']}", title="Tea", archived=True, key="k")

    with db.transaction():
        pass  # all that was written before is committed now
    assert (answer.status_code, len(calls)) == (413, 2)
    assert ann.get(f"/api/documents/{document['id']}").json == document


def test_a_post_under_a_key_like_the_servers_own_suppresses_no_announcement(ann):
    number = begin(ann)["id"] + 1
    ann.call("subscribe", channel="room:1")
    posted = [ann.call("post", channel="room:1", text=key, key=key)
              for key in (f"document/{number}", f"!document/{number}/0")]

    begin(ann, title="Next", key="d2")

    assert ["ok" in answer for answer in posted] == [True, False] and posted[1]["code"] == "bad_input"
    assert ann.received("document", 2)[-1]["data"]["title"] == "Next"


def test_the_list_goes_on_after_the_last_document(ann):
    ids = [begin(ann, title=f"D{n}", key=f"d{n}")["id"] for n in range(5)]

    pages = [ann.get("/api/documents?limit=2").json]
    for _ in range(2):
        pages.append(ann.get(f"/api/documents?limit=2&before={pages[-1][-1]['id']}").json)

    assert [[one["id"] for one in page] for page in pages] == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_an_empty_document_is_empty(ann):
    id = begin(ann)["id"]
    assert ann.get(f"/document/{id}/text").text == ""
    assert ann.get(f"/api/documents/{id}/versions").json == []
    window = ann.get(f"/api/channels/doc:{id}/window").json
    assert (window["state"], window["updates"], window["as_of"]) == ("", [], [0, ""])


@pytest.mark.parametrize("name", ["", "0", "01", "1 ", "-1", "x", "9" * 20, "١"])
def test_what_is_no_document_is_absent(ann, name):
    assert ann.call("subscribe", channel=f"doc:{name}", cursor=[0, ""])["code"] in ("absent", "bad_input")
    assert ann.call("update", channel=f"doc:{name}", update=typed("x"), key="k")["code"] in ("absent", "bad_input")
