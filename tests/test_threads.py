"""Threads: replies to a message, their followers, and unread replies."""

import pytest

from hubbub.core import cursors, db
from tests.running_app import LOBBY, post


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("Ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("Bob")


@pytest.fixture
def root(ann):
    return post(ann, "who comes to the lake?")


def thread(caller, root, channel=LOBBY, query=""):
    return caller.get(f"/api/channels/{channel}/threads/{root}?{query}").json


def item(caller, seq):
    [found] = caller.get(f"/api/channels/{LOBBY}/messages/{seq}").json["items"]
    return found


def followed(caller):
    """Return the threads that a person follows: the seq of the root, and the number of unread replies."""
    threads = caller.get("/api/threads").json["threads"]
    return {thread["root"]["seq"]: thread["replies"] - thread["n"] for thread in threads}


def test_a_reply_is_in_its_thread_and_not_in_the_room(ann, bob, root):
    reply = post(bob, "I do", thread=root)

    room = ann.get(f"/api/channels/{LOBBY}/window").json["items"]
    found = thread(ann, root)

    assert [item["seq"] for item in room] == [root]
    assert [(item["seq"], item["text"], item["thread"]) for item in found["items"]] == [(reply, "I do", root)]
    assert found["root"] == room[0]
    assert room[0]["replies"] == {"n": 1, "newest": reply, "at": found["items"][0]["at"], "people": [bob.person]}
    assert cursors.unread(db, bob.person, LOBBY) == 1


def test_a_reply_also_sent_to_the_room_is_in_both_and_counts_as_unread(ann, bob, root):
    reply = post(bob, "I do", thread=root, also_to_room=True)

    room = ann.get(f"/api/channels/{LOBBY}/window").json["items"]

    assert [item["seq"] for item in room] == [root, reply]
    assert [item["seq"] for item in thread(ann, root)["items"]] == [reply]
    assert cursors.unread(db, ann.person, LOBBY) == 1


def test_the_root_shows_the_first_five_people_who_replied(any_app, ann, root):
    people = [any_app.connect_member(f"P{n}") for n in range(6)]
    for caller in [*people, people[0]]:
        post(caller, f"me {caller.person} {len(caller.events)}", thread=root, key=f"k{len(thread(ann, root)['items'])}")

    assert item(ann, root)["replies"]["people"] == [caller.person for caller in people[:5]]
    assert item(ann, root)["replies"]["n"] == 7


def test_a_reply_or_a_missing_message_cannot_have_a_thread(bob, root):
    reply = post(bob, "I do", thread=root)
    also = post(bob, "so there", thread=root, also_to_room=True)

    answers = [bob.call("post", channel=LOBBY, text="x", key=str(n), thread=seq)["code"]
               for n, seq in enumerate((reply, also, 4711))]

    assert answers == ["not_found"] * 3
    assert bob.get(f"/api/channels/{LOBBY}/threads/4711").status_code == 404
    assert bob.get(f"/api/channels/{LOBBY}/threads/{reply}").status_code == 404


def test_a_thread_is_paged_from_its_end(bob, root):
    seqs = [post(bob, f"reply {n}", thread=root) for n in range(7)]

    newest = thread(bob, root, query="limit=3")
    older = thread(bob, root, query=f"limit=4&before={newest['items'][0]['seq']}")

    assert [item["seq"] for page in (older, newest) for item in page["items"]] == seqs
    assert (newest["complete"], older["complete"]) == (False, True)
    assert newest["root"] == older["root"]


def test_author_repliers_and_mentioned_people_follow_a_thread(ann, bob, olga, root):
    post(bob, "I do, and @olga?", thread=root)
    post(bob, "bring towels", thread=root)

    assert (followed(ann), followed(bob), followed(olga)) == ({root: 2}, {root: 0}, {root: 2})


def test_reading_a_thread_does_not_follow_it(any_app, bob, root):
    cleo = any_app.connect_member("Cleo")
    post(bob, "I do", thread=root)

    assert followed(cleo) == {}
    assert (thread(cleo, root)["following"], thread(cleo, root)["cursor"]) == (False, [0, 0, 0])


def test_the_read_cursor_of_a_thread_is_sent_to_all_devices(any_app, ann, bob, root):
    phone = any_app.connect(ann.person, ann.token)
    phone.call("subscribe", channel=f"user:{ann.person}")
    first, second = post(bob, "one", thread=root), post(bob, "two", thread=root)

    ann.call("read_thread", channel=LOBBY, root=root, seq=second)
    read = followed(ann)
    ann.call("read_thread", channel=LOBBY, root=root, seq=first)

    assert (read, followed(ann)) == ({root: 0}, {root: 1})
    received = [event["data"] for event in phone.received("thread_cursor", 2)]
    assert [(cursor["seq"], cursor["n"]) for cursor in received] == [(second, 2), (first, 1)]
    assert received[0]["version"] < received[1]["version"]
    assert thread(ann, root)["cursor"] == [first, 1, received[1]["version"]]


def test_new_replies_do_not_change_who_follows_by_choice(ann, bob, olga, root):
    post(bob, "one", thread=root)
    olga.call("follow_thread", channel=LOBBY, root=root, on=True)
    ann.call("follow_thread", channel=LOBBY, root=root, on=False)
    post(bob, "two", thread=root)

    assert (followed(olga), followed(ann)) == ({root: 1}, {})


def test_following_is_sent_to_all_devices(any_app, ann, bob, root):
    phone = any_app.connect(ann.person, ann.token)
    phone.call("subscribe", channel=f"user:{ann.person}")

    post(bob, "one", thread=root)
    ann.call("follow_thread", channel=LOBBY, root=root, on=False)

    assert [event["data"]["on"] for event in phone.received("following", 2)] == [True, False]


def test_people_without_access_do_not_follow_a_thread(olga, ann, bob):
    room = olga.call("create_room", name="plans", kind="private", people=[ann.person], key="c")["ok"]["channel"]
    root = post(ann, "the merger", channel=room)
    olga.call("kick", channel=room, person=ann.person, key="kick")
    post(olga, "@bob @ann is out", channel=room, thread=root)

    assert followed(ann) == followed(bob) == {}
    assert bob.call("follow_thread", channel=room, root=root, on=True)["code"] == "not_found"
    assert bob.get(f"/api/channels/{room}/threads/{root}").status_code == 404


def test_a_deleted_reply_is_still_counted_and_a_deleted_root_keeps_its_thread(ann, bob, root):
    reply = post(bob, "I do", thread=root)
    bob.call("delete", channel=LOBBY, seq=reply, key="d")
    ann.call("delete", channel=LOBBY, seq=root, key="d")

    found = thread(ann, root)

    assert (found["root"]["deleted"], found["root"]["replies"]["n"]) == (True, 1)
    assert [(item["deleted"], item["text"], item["thread"]) for item in found["items"]] == [(True, "", root)]
