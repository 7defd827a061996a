"""What is said in rooms: posting, editing, deleting, quoting, pinning, and how a room's window shows it."""

import pytest

from hubbub.chat import messages
from hubbub.core import cursors, db, log, windows

LOBBY = "room:1"


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


def say(caller, text, channel=LOBBY, **more):
    """Post, and return the seq."""
    return caller.call("post", channel=channel, text=text, **{"key": text[:60], **more})["ok"]


def window(caller, channel=LOBBY, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return caller.get(f"/api/channels/{channel}/window?{asked}").json


def item(caller, seq, channel=LOBBY):
    """A message as the window shows it; the same as it is served alone."""
    [found] = [one for one in window(caller, channel)["items"] if one["seq"] == seq]
    [alone] = caller.get(f"/api/channels/{channel}/messages/{seq}").json["items"]
    assert found == alone
    return found


def test_a_plain_message_has_only_what_it_needs(ann, olga):
    seq = say(ann, "good morning", key="k")

    shown = item(olga, seq)

    assert shown.pop("at") > 1.6e9
    assert shown == {"kind": "message", "seq": seq, "n": 1, "author": ann.person, "key": "k", "text": "good morning"}


def test_posting_moves_ones_own_cursor_and_nobody_elses(ann, bob):
    say(ann, "one")
    say(ann, "two")

    assert cursors.unread(db, ann.person, LOBBY) == 0
    assert cursors.unread(db, bob.person, LOBBY) == 2


def test_an_edit_shows_the_new_words_and_keeps_the_old_ones_in_the_history(ann, olga):
    seq = say(ann, "the meeting is at nine")
    ann.call("edit", channel=LOBBY, seq=seq, text="the meeting is at ten", key="e1")
    ann.call("edit", channel=LOBBY, seq=seq, text="the meeting is at *eleven*", key="e2")

    shown = item(olga, seq)
    history = olga.get(f"/api/channels/{LOBBY}/messages/{seq}/history").json

    assert shown["text"] == "the meeting is at *eleven*"
    assert shown["edited"] == olga.received("edited", 2)[1]["at"] == history[2]["at"]
    assert [old["text"][18:] for old in history] == ["nine", "ten", "*eleven*"]


def test_nobody_edits_what_others_wrote_and_only_who_leads_deletes_it(any_app, olga, ann, bob):
    seq = say(ann, "mine")

    edited = olga.call("edit", channel=LOBBY, seq=seq, text="olga's", key="e")
    deleted = bob.call("delete", channel=LOBBY, seq=seq, key="d")

    assert (edited["code"], deleted["code"]) == ("denied", "denied")
    assert item(ann, seq)["text"] == "mine"
    assert "ok" in olga.call("delete", channel=LOBBY, seq=seq, key="d")


def kept(word):
    """Where a word still stands in the database, whatever the table."""
    tables = ("entry", "message", "edit", "mention", "searchable", "reaction", "draft")
    return [table for table in tables if any(word in str(row) for row in db.execute(f"select * from {table}"))]


def test_what_is_deleted_is_forgotten_everywhere_with_its_earlier_texts(ann, bob, olga):
    seq = say(ann, "my password is hunter2 @bob", key="k")
    ann.call("edit", channel=LOBBY, seq=seq, text="my password was hunter2 @bob", key="e")
    bob.call("react", channel=LOBBY, seq=seq, emoji="👀", on=True, key="r")
    ann.call("pin", channel=LOBBY, seq=seq, on=True, key="p")
    assert "entry" in kept("hunter2")

    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    shown = item(olga, seq)
    assert (shown["deleted"], shown["text"]) == (True, "")
    assert not {"edited", "mentions", "reactions", "pinned"} & set(shown)
    assert kept("hunter2") == []
    assert db.execute("select * from mention") == db.execute("select * from reaction") == []
    assert "hunter2" not in olga.get(f"/api/channels/{LOBBY}/entries").text
    assert olga.get(f"/api/channels/{LOBBY}/messages/{seq}/history").status_code == 404


def test_who_lagged_behind_gets_a_deleted_message_without_its_words(ann, bob):
    seq = say(ann, "do not read this")
    ann.call("delete", channel=LOBBY, seq=seq, key="d")

    bob.call("subscribe", channel=LOBBY)

    assert bob.received("message", 1)[0]["data"] == {}
    assert bob.received("deleted", 1)[0]["data"] == {"target": seq}


def test_a_deleted_message_takes_no_more_edits_reactions_pins_quotes_or_replies(ann):
    seq = say(ann, "gone soon")
    ann.call("delete", channel=LOBBY, seq=seq, key="d")
    head = log.head(db, LOBBY)

    answers = [ann.call("edit", channel=LOBBY, seq=seq, text="x", key="1"),
               ann.call("react", channel=LOBBY, seq=seq, emoji="👍", on=True, key="2"),
               ann.call("pin", channel=LOBBY, seq=seq, on=True, key="3"),
               ann.call("post", channel=LOBBY, text="x", key="4", quote=seq),
               ann.call("post", channel=LOBBY, text="x", key="5", thread=seq),
               ann.call("delete", channel=LOBBY, seq=seq, key="6")]

    assert [answer["code"] for answer in answers] == ["absent"] * 6
    assert log.head(db, LOBBY) == head


def test_a_message_is_quoted_by_its_place(ann, bob):
    seq = say(ann, "who takes the minutes?")

    answer = say(bob, "me", quote=seq)
    nonsense = bob.call("post", channel=LOBBY, text="me", key="q", quote=4711)

    assert item(ann, answer)["quote"] == seq
    assert nonsense["code"] == "absent"


def test_pins_are_listed_last_pinned_first_until_they_are_taken_down(ann, bob):
    first, second = say(ann, "rules"), say(ann, "door code")
    bob.call("pin", channel=LOBBY, seq=second, on=True, key="1")
    bob.call("pin", channel=LOBBY, seq=first, on=True, key="2")
    listed = ann.get(f"/api/channels/{LOBBY}/pins").json["items"]
    ann.call("pin", channel=LOBBY, seq=second, on=False, key="3")

    left = ann.get(f"/api/channels/{LOBBY}/pins").json["items"]

    assert [one["text"] for one in listed] == ["rules", "door code"]
    assert left == [item(bob, first)]
    assert "pinned" not in item(bob, second)


def test_to_pin_what_is_pinned_says_nothing_to_the_room(ann):
    seq = say(ann, "rules")
    ann.call("pin", channel=LOBBY, seq=seq, on=True, key="1")
    head = log.head(db, LOBBY)

    assert ann.call("pin", channel=LOBBY, seq=seq, on=True, key="2") == {"ok": 0}
    assert log.head(db, LOBBY) == head


@pytest.mark.parametrize("text, id", [
    ("", "error.message_empty"), (" \n\t", "error.message_empty"),
    ("x" * 16_001, "error.message_too_long")])
def test_an_empty_or_long_message_is_refused(ann, text, id):
    seq = say(ann, "fine")

    posted = ann.call("post", channel=LOBBY, text=text, key="k")
    edited = ann.call("edit", channel=LOBBY, seq=seq, text=text, key="k")

    assert posted["id"] == edited["id"] == id


def test_the_longest_text_of_the_largest_characters_is_kept(ann, olga):
    text = "🦆" * 16_000

    seq = say(ann, text, key="long")

    assert item(olga, seq)["text"] == text


def test_a_permalink_opens_the_room_around_its_message_and_one_pages_on_from_there(ann):
    seqs = [say(ann, f"number {n}", key=str(n)) for n in range(30)]

    middle = window(ann, around=seqs[15], limit=6)
    newer = window(ann, after=middle["items"][-1]["seq"], limit=50)
    older = window(ann, before=middle["items"][0]["seq"], limit=50)

    whole = [one["seq"] for page in (older, middle, newer) for one in page["items"]]
    assert seqs[15] in [one["seq"] for one in middle["items"]]
    assert len(middle["items"]) == 6
    assert (middle["complete"], middle["latest"]) == (False, False)
    assert whole == seqs
    assert (older["complete"], newer["latest"]) == (True, True)


def test_a_window_around_what_is_a_reply_or_nothing_shows_what_is_near(ann):
    root = say(ann, "who comes?")
    reply = say(ann, "I do", thread=root)
    after = say(ann, "settled")

    shown = window(ann, around=reply, limit=10)
    beyond = window(ann, around=4711, limit=10)

    assert [one["seq"] for one in shown["items"]] == [one["seq"] for one in beyond["items"]] == [root, after]


def test_everything_works_over_http_as_well(ann, bob):
    room = f"/api/channels/{LOBBY}"
    seq = ann.post(f"{room}/entries", text="@bob first", key="1").json["seq"]
    ann.request("PATCH", f"{room}/messages/{seq}", text="@bob second", key="2")
    bob.request("PUT", f"{room}/messages/{seq}/reactions/🎉", key="3")
    bob.request("PUT", f"{room}/messages/{seq}/pin", key="4")
    both = item(ann, seq)
    bob.request("DELETE", f"{room}/messages/{seq}/reactions/🎉", key="5")
    bob.request("DELETE", f"{room}/messages/{seq}/pin", key="6")
    none = item(ann, seq)
    ann.request("DELETE", f"{room}/messages/{seq}", key="7")

    assert (both["text"], both["reactions"], "pinned" in both) == ("@bob second", {"🎉": [bob.person]}, True)
    assert "reactions" not in none and "pinned" not in none
    assert item(bob, seq)["deleted"]


def test_after_a_removal_nothing_can_be_said_edited_or_seen(any_app, olga, ann):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]
    seq = say(ann, "hello", channel=room)
    olga.call("kick", channel=room, person=ann.person, key="kick")

    answers = [ann.call("post", channel=room, text="x", key="1"),
               ann.call("edit", channel=room, seq=seq, text="x", key="2"),
               ann.call("delete", channel=room, seq=seq, key="3"),
               ann.call("pin", channel=room, seq=seq, on=True, key="4"),
               ann.call("react", channel=room, seq=seq, emoji="👍", on=True, key="5")]
    served = [ann.get(f"/api/channels/{room}/{what}").status_code for what in
              ("window", "pins", f"messages/{seq}", f"messages/{seq}/history", f"threads/{seq}")]

    assert [answer["code"] for answer in answers] == ["absent"] * 5
    assert served == [404] * 5


def test_in_announcements_members_reply_and_react_but_do_not_post(any_app, olga, ann):
    room = olga.call("create_room", name="news", kind="announcement", people=[ann.person], key="c")["ok"]["channel"]
    seq = say(olga, "we moved", channel=room)

    replied = ann.call("post", channel=room, text="great", key="1", thread=seq)
    loud = ann.call("post", channel=room, text="great", key="2", thread=seq, also_to_room=True)
    posted = ann.call("post", channel=room, text="me too", key="3")

    assert "ok" in replied
    assert (loud["code"], posted["code"]) == ("denied", "denied")


def statements(monkeypatch, act):
    """The SQL that an act runs."""
    ran, engine = [], db.state().writer.engine
    with monkeypatch.context() as patch:
        for name in ("execute", "read"):
            run = getattr(engine, name)
            patch.setattr(engine, name, lambda sql, values, run=run: (ran.append(sql), run(sql, values))[1])
        act()
    return ran


def test_a_plain_message_costs_few_statements(ann, monkeypatch):
    say(ann, "first")

    ran = statements(monkeypatch, lambda: messages.post(ann.person, LOBBY, "second", "k"))

    written = [sql.split()[2] for sql in ran if sql.startswith("insert")]
    assert len(ran) <= 12  # two for who is told, one for what reading up to it marks as read
    assert sorted(set(written) - {"searchable_index"}) == ["channel", "cursor", "entry", "searchable"]


def test_a_window_costs_the_same_number_of_statements_however_much_happened_to_its_messages(ann, bob, monkeypatch):
    def cost():
        ran = []
        with db.snapshot() as reads:
            class Counted:
                @staticmethod
                def execute(sql, **values):
                    ran.append(sql)
                    return reads.execute(sql, **values)

            windows._project(Counted, LOBBY, windows.Span())
        return len([sql for sql in ran if "from person" not in sql])

    say(ann, "plain")
    before = cost()
    for n in range(12):
        seq = say(ann, f"message {n}", key=f"m{n}")
        bob.call("react", channel=LOBBY, seq=seq, emoji="👍", on=True, key=f"r{n}")
        bob.call("post", channel=LOBBY, text="reply", key=f"a{n}", thread=seq)
        ann.call("edit", channel=LOBBY, seq=seq, text=f"edited {n}", key=f"e{n}")

    assert cost() == before <= 3
