"""Messages in rooms: posting, editing, deleting, quoting and pinning them, and a room's window."""

import re

import pytest

from hubbub.chat import messages
from hubbub.core import cursors, db, log, windows
from tests.running_app import LOBBY, post
from tests.statements import RecordingReads, statements


@pytest.fixture
def olga(any_app):
    """The owner, connected and reading the Lobby."""
    olga = any_app.set_up_owner()
    olga.call("subscribe", channel=LOBBY)
    return olga


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


def window(caller, channel=LOBBY, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return caller.get(f"/api/channels/{channel}/window?{parameters}").json


def item(caller, seq, channel=LOBBY):
    """Return a message of the window, which must equal the same message served alone."""
    [found] = [item for item in window(caller, channel)["items"] if item["seq"] == seq]
    [alone] = caller.get(f"/api/channels/{channel}/messages/{seq}").json["items"]
    assert found == alone
    return found


def test_a_plain_message_has_only_the_fields_it_needs(ann, olga):
    seq = post(ann, "good morning", key="k")

    shown = item(olga, seq)

    assert shown.pop("at") > 1.6e9
    assert shown == {"kind": "message", "seq": seq, "n": 1, "author": ann.person, "key": "k", "text": "good morning"}


def test_posting_moves_only_the_authors_read_cursor(ann, bob):
    post(ann, "one")
    post(ann, "two")

    assert cursors.unread(db, ann.person, LOBBY) == 0
    assert cursors.unread(db, bob.person, LOBBY) == 2


def test_an_edit_shows_the_new_text_and_keeps_the_old_in_the_history(ann, olga):
    seq = post(ann, "the meeting is at nine")
    ann.call("edit", channel=LOBBY, seq=seq, text="the meeting is at ten", key="e1")
    ann.call("edit", channel=LOBBY, seq=seq, text="the meeting is at *eleven*", key="e2")

    shown = item(olga, seq)
    history = olga.get(f"/api/channels/{LOBBY}/messages/{seq}/history").json

    assert shown["text"] == "the meeting is at *eleven*"
    assert shown["edited"] == olga.received("edited", 2)[1]["at"] == history[2]["at"]
    assert [old["text"][18:] for old in history] == ["nine", "ten", "*eleven*"]


def test_only_the_author_edits_a_message_and_only_admins_also_delete_it(any_app, olga, ann, bob):
    seq = post(ann, "mine")

    edited = olga.call("edit", channel=LOBBY, seq=seq, text="olga's", key="e")
    deleted = bob.call("delete", channel=LOBBY, seq=seq, key="d")

    assert (edited["code"], deleted["code"]) == ("denied", "denied")
    assert item(ann, seq)["text"] == "mine"
    assert "ok" in olga.call("delete", channel=LOBBY, seq=seq, key="d")


def tables_with(word):
    """Return the tables of the database that contain a word."""
    tables = ("entry", "message", "edit", "mention", "searchable", "reaction", "draft")
    return [table for table in tables if any(word in str(row) for row in db.execute(f"select * from {table}"))]


def test_deleting_a_message_erases_all_its_texts_everywhere(ann, bob, olga):
    seq = post(ann, "my password is hunter2 @bob", key="k")
    ann.call("edit", channel=LOBBY, seq=seq, text="my password was hunter2 @bob", key="e")
    bob.call("react", channel=LOBBY, seq=seq, emoji="👀", on=True, key="r")
    ann.call("pin", channel=LOBBY, seq=seq, on=True, key="p")
    assert "entry" in tables_with("hunter2")

    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    shown = item(olga, seq)
    assert (shown["deleted"], shown["text"]) == (True, "")
    assert not {"edited", "mentions", "reactions", "pinned"} & set(shown)
    assert tables_with("hunter2") == []
    assert db.execute("select * from mention") == db.execute("select * from reaction") == []
    assert "hunter2" not in olga.get(f"/api/channels/{LOBBY}/entries").text
    assert olga.get(f"/api/channels/{LOBBY}/messages/{seq}/history").status_code == 404


def test_a_deleted_message_is_replayed_without_its_text(ann, bob):
    seq = post(ann, "do not read this")
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    bob.call("subscribe", channel=LOBBY)

    assert bob.received("message", 1)[0]["data"] == {}
    assert bob.received("deleted", 1)[0]["data"] == {"target": seq, "n": 1}


def test_a_deleted_message_accepts_no_changes_quotes_or_replies(ann):
    seq = post(ann, "gone soon")
    ann.call("delete", channel=LOBBY, seq=seq, key="d")
    head = log.head(db, LOBBY)

    answers = [ann.call("edit", channel=LOBBY, seq=seq, text="x", key="1"),
               ann.call("react", channel=LOBBY, seq=seq, emoji="👍", on=True, key="2"),
               ann.call("pin", channel=LOBBY, seq=seq, on=True, key="3"),
               ann.call("post", channel=LOBBY, text="x", key="4", quote=seq),
               ann.call("post", channel=LOBBY, text="x", key="5", thread=seq),
               ann.call("delete", channel=LOBBY, seq=seq, key="6")]

    assert [answer["code"] for answer in answers] == ["not_found"] * 6
    assert log.head(db, LOBBY) == head


def test_a_message_is_quoted_by_its_seq(ann, bob):
    seq = post(ann, "who takes the minutes?")

    answer = post(bob, "me", quote=seq)
    invalid = bob.call("post", channel=LOBBY, text="me", key="q", quote=4711)

    assert item(ann, answer)["quote"] == seq
    assert invalid["code"] == "not_found"


def test_pins_are_listed_newest_first_until_removed(ann, bob):
    first, second = post(ann, "rules"), post(ann, "door code")
    bob.call("pin", channel=LOBBY, seq=second, on=True, key="1")
    bob.call("pin", channel=LOBBY, seq=first, on=True, key="2")
    listed = ann.get(f"/api/channels/{LOBBY}/pins").json["items"]
    ann.call("pin", channel=LOBBY, seq=second, on=False, key="3")

    remaining = ann.get(f"/api/channels/{LOBBY}/pins").json["items"]

    assert [pin["text"] for pin in listed] == ["rules", "door code"]
    assert remaining == [item(bob, first)]
    assert "pinned" not in item(bob, second)


def test_pinning_a_pinned_message_appends_no_entry(ann):
    seq = post(ann, "rules")
    ann.call("pin", channel=LOBBY, seq=seq, on=True, key="1")
    head = log.head(db, LOBBY)

    assert ann.call("pin", channel=LOBBY, seq=seq, on=True, key="2") == {"ok": 0}
    assert log.head(db, LOBBY) == head


def test_an_empty_or_long_message_is_refused(ann):
    seq = post(ann, "fine")

    for text, id in [("", "error.message_empty"), (" \n\t", "error.message_empty"),
                     ("x" * 16_001, "error.message_too_long")]:
        posted = ann.call("post", channel=LOBBY, text=text, key="k")
        edited = ann.call("edit", channel=LOBBY, seq=seq, text=text, key="k")
        assert (posted.get("id"), edited.get("id")) == (id, id), text[:10]


def test_the_longest_text_of_four_byte_characters_is_stored(ann, olga):
    text = "🦆" * 16_000

    seq = post(ann, text, key="long")

    assert item(olga, seq)["text"] == text


def test_a_window_around_a_message_can_be_paged_in_both_directions(ann):
    seqs = [post(ann, f"number {n}", key=str(n)) for n in range(30)]

    middle = window(ann, around=seqs[15], limit=6)
    newer = window(ann, after=middle["items"][-1]["seq"], limit=50)
    older = window(ann, before=middle["items"][0]["seq"], limit=50)

    found = [item["seq"] for page in (older, middle, newer) for item in page["items"]]
    assert seqs[15] in [item["seq"] for item in middle["items"]]
    assert len(middle["items"]) == 6
    assert (middle["complete"], middle["latest"]) == (False, False)
    assert found == seqs
    assert (older["complete"], newer["latest"]) == (True, True)


def test_a_window_around_a_reply_or_a_missing_message_shows_its_neighbours(ann):
    root = post(ann, "who comes?")
    reply = post(ann, "I do", thread=root)
    after = post(ann, "settled")

    shown = window(ann, around=reply, limit=10)
    beyond = window(ann, around=4711, limit=10)

    assert [item["seq"] for item in shown["items"]] == [item["seq"] for item in beyond["items"]] == [root, after]


def test_messages_are_managed_over_http(ann, bob):
    room = f"/api/channels/{LOBBY}"
    seq = ann.post(f"{room}/entries", text="@bob first", key="1").json["seq"]
    ann.request("PATCH", f"{room}/messages/{seq}", text="@bob second", key="2")
    bob.request("PUT", f"{room}/messages/{seq}/reactions/🎉", key="3")
    bob.request("PUT", f"{room}/messages/{seq}/pin", key="4")
    decorated = item(ann, seq)
    bob.request("DELETE", f"{room}/messages/{seq}/reactions/🎉", key="5")
    bob.request("DELETE", f"{room}/messages/{seq}/pin", key="6")
    plain = item(ann, seq)
    ann.request("DELETE", f"{room}/messages/{seq}", key="7")

    assert (decorated["text"], decorated["reactions"]) == ("@bob second", {"🎉": [bob.person]})
    assert "pinned" in decorated
    assert "reactions" not in plain and "pinned" not in plain
    assert item(bob, seq)["deleted"]


def test_a_removed_member_can_neither_post_nor_edit_nor_read(any_app, olga, ann):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]
    seq = post(ann, "hello", channel=room)
    olga.call("kick", channel=room, person=ann.person, key="kick")

    answers = [ann.call("post", channel=room, text="x", key="1"),
               ann.call("edit", channel=room, seq=seq, text="x", key="2"),
               ann.call("delete", channel=room, seq=seq, key="3"),
               ann.call("pin", channel=room, seq=seq, on=True, key="4"),
               ann.call("react", channel=room, seq=seq, emoji="👍", on=True, key="5")]
    served = [ann.get(f"/api/channels/{room}/{part}").status_code for part in
              ("window", "pins", f"messages/{seq}", f"messages/{seq}/history", f"threads/{seq}")]

    assert [answer["code"] for answer in answers] == ["not_found"] * 5
    assert served == [404] * 5


def test_members_of_an_announcement_room_reply_but_do_not_post(any_app, olga, ann):
    room = olga.call("create_room", name="news", kind="announcement", people=[ann.person], key="c")["ok"]["channel"]
    seq = post(olga, "we moved", channel=room)

    replied = ann.call("post", channel=room, text="great", key="1", thread=seq)
    also_in_room = ann.call("post", channel=room, text="great", key="2", thread=seq, also_to_room=True)
    posted = ann.call("post", channel=room, text="me too", key="3")

    assert "ok" in replied
    assert (also_in_room["code"], posted["code"]) == ("denied", "denied")


def test_a_plain_message_takes_few_statements(ann, monkeypatch):
    post(ann, "first")

    executed = statements(monkeypatch, lambda: messages.post(ann.person, LOBBY, "second", "k"))

    written = re.findall(r"insert into (\w+)", " ".join(executed))
    assert len(executed) <= 12
    assert sorted(set(written) - {"searchable_index"}) == ["channel", "cursor", "entry", "searchable"]


def test_a_window_takes_the_same_number_of_statements_for_any_history(ann, bob):
    def count():
        executed = []
        with db.snapshot() as reads:
            windows._project(RecordingReads(reads, executed), LOBBY, windows.Span())
        return len([sql for sql in executed if "from person" not in sql])

    post(ann, "plain")
    before = count()
    for n in range(12):
        seq = post(ann, f"message {n}", key=f"m{n}")
        bob.call("react", channel=LOBBY, seq=seq, emoji="👍", on=True, key=f"r{n}")
        bob.call("post", channel=LOBBY, text="reply", key=f"a{n}", thread=seq)
        ann.call("edit", channel=LOBBY, seq=seq, text=f"edited {n}", key=f"e{n}")

    assert count() == before <= 3
