"""Threads: replies to a message, who follows them, and what of them is unread."""

import pytest

from hubbub.core import cursors, db

LOBBY = "room:1"


@pytest.fixture
def olga(any_app):
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


@pytest.fixture
def root(ann):
    return say(ann, "who comes to the lake?")


def say(caller, text, channel=LOBBY, **more):
    return caller.call("post", channel=channel, text=text, **{"key": text[:60], **more})["ok"]


def thread(caller, root, channel=LOBBY, query=""):
    return caller.get(f"/api/channels/{channel}/threads/{root}?{query}").json


def item(caller, seq):
    [found] = caller.get(f"/api/channels/{LOBBY}/messages/{seq}").json["items"]
    return found


def followed(caller):
    """The threads that somebody follows: root and how many replies they have not read."""
    return {one["root"]["seq"]: one["replies"] - one["n"] for one in caller.get("/api/threads").json["threads"]}


def test_a_reply_stands_in_its_thread_and_not_in_the_room(ann, bob, root):
    reply = say(bob, "I do", thread=root)

    room = ann.get(f"/api/channels/{LOBBY}/window").json["items"]
    found = thread(ann, root)

    assert [one["seq"] for one in room] == [root]
    assert [(one["seq"], one["text"], one["thread"]) for one in found["items"]] == [(reply, "I do", root)]
    assert found["root"] == room[0]
    assert room[0]["replies"] == {"n": 1, "newest": reply, "at": found["items"][0]["at"], "people": [bob.person]}
    assert cursors.unread(db, bob.person, LOBBY) == 1


def test_a_reply_that_is_also_sent_to_the_room_stands_in_both_and_counts(ann, bob, root):
    reply = say(bob, "I do", thread=root, also_to_room=True)

    room = ann.get(f"/api/channels/{LOBBY}/window").json["items"]

    assert [one["seq"] for one in room] == [root, reply]
    assert [one["seq"] for one in thread(ann, root)["items"]] == [reply]
    assert cursors.unread(db, ann.person, LOBBY) == 1


def test_the_root_shows_the_first_five_who_replied(any_app, ann, root):
    people = [any_app.connect_member(f"P{n}") for n in range(6)]
    for caller in [*people, people[0]]:
        say(caller, f"me {caller.person} {len(caller.events)}", thread=root, key=f"k{len(thread(ann, root)['items'])}")

    assert item(ann, root)["replies"]["people"] == [caller.person for caller in people[:5]]
    assert item(ann, root)["replies"]["n"] == 7


def test_there_is_no_thread_under_a_reply_or_under_nothing(bob, root):
    reply = say(bob, "I do", thread=root)
    also = say(bob, "so there", thread=root, also_to_room=True)

    answers = [bob.call("post", channel=LOBBY, text="x", key=str(n), thread=seq)["code"]
               for n, seq in enumerate((reply, also, 4711))]

    assert answers == ["absent"] * 3
    assert bob.get(f"/api/channels/{LOBBY}/threads/4711").status_code == 404
    assert bob.get(f"/api/channels/{LOBBY}/threads/{reply}").status_code == 404


def test_a_thread_is_paged_from_its_end(bob, root):
    seqs = [say(bob, f"reply {n}", thread=root) for n in range(7)]

    newest = thread(bob, root, query="limit=3")
    older = thread(bob, root, query=f"limit=4&before={newest['items'][0]['seq']}")

    assert [one["seq"] for page in (older, newest) for one in page["items"]] == seqs
    assert (newest["complete"], older["complete"]) == (False, True)
    assert newest["root"] == older["root"]


def test_who_asks_answers_or_is_named_follows_and_has_their_own_unread(ann, bob, olga, root):
    say(bob, "I do, and @olga?", thread=root)
    say(bob, "bring towels", thread=root)

    assert (followed(ann), followed(bob), followed(olga)) == ({root: 2}, {root: 0}, {root: 2})


def test_who_only_looks_on_follows_nothing(any_app, bob, root):
    cleo = any_app.connect_member("Cleo")
    say(bob, "I do", thread=root)

    assert followed(cleo) == {}
    assert (thread(cleo, root)["following"], thread(cleo, root)["read"]) == (False, [0, 0, 0])


def test_reading_a_thread_is_the_same_on_all_devices_also_backwards(any_app, ann, bob, root):
    phone = any_app.connect(ann.person, ann.token)
    phone.call("subscribe", channel=f"user:{ann.person}")
    first, second = say(bob, "one", thread=root), say(bob, "two", thread=root)

    ann.call("thread_read", channel=LOBBY, root=root, seq=second)
    read = followed(ann)
    ann.call("thread_read", channel=LOBBY, root=root, seq=first)

    assert (read, followed(ann)) == ({root: 0}, {root: 1})
    told = [said["data"] for said in phone.received("thread_cursor", 2)]
    assert [(said["seq"], said["n"]) for said in told] == [(second, 2), (first, 1)]
    assert told[0]["version"] < told[1]["version"]
    assert thread(ann, root)["read"] == [first, 1, told[1]["version"]]


def test_one_follows_and_stops_and_a_new_reply_does_not_change_that(ann, bob, olga, root):
    say(bob, "one", thread=root)
    olga.call("follow_thread", channel=LOBBY, root=root, on=True)
    ann.call("follow_thread", channel=LOBBY, root=root, on=False)
    say(bob, "two", thread=root)

    assert (followed(olga), followed(ann)) == ({root: 1}, {})


def test_following_goes_through_all_devices(any_app, ann, bob, root):
    phone = any_app.connect(ann.person, ann.token)
    phone.call("subscribe", channel=f"user:{ann.person}")

    say(bob, "one", thread=root)
    ann.call("follow_thread", channel=LOBBY, root=root, on=False)

    assert [said["data"]["on"] for said in phone.received("following", 2)] == [True, False]


def test_nobody_is_made_to_follow_what_they_may_not_read(olga, ann, bob):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]
    root = say(ann, "the merger", channel=room)
    olga.call("kick", channel=room, person=ann.person, key="kick")
    say(olga, "@bob @ann is out", channel=room, thread=root)

    assert followed(ann) == followed(bob) == {}
    assert bob.call("follow_thread", channel=room, root=root, on=True)["code"] == "absent"
    assert bob.get(f"/api/channels/{room}/threads/{root}").status_code == 404


def test_a_deleted_reply_still_counts_and_a_deleted_root_keeps_its_thread(ann, bob, root):
    reply = say(bob, "I do", thread=root)
    bob.call("delete", channel=LOBBY, seq=reply, key="d")
    ann.call("delete", channel=LOBBY, seq=root, key="d")

    found = thread(ann, root)

    assert (found["root"]["deleted"], found["root"]["replies"]["n"]) == (True, 1)
    assert [(one["deleted"], one["text"], one["thread"]) for one in found["items"]] == [(True, "", root)]
