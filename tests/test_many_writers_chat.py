"""Two nodes write messages, members and notifications at the same moment: no rule of a room is broken."""

import pytest

from hubbub.chat import create_room, members, messages, reading, rooms, threads
from hubbub.core import cursors, db, follow, log
from hubbub.files import uploads
from hubbub.notifications import model as notifications
from hubbub.notifications import notes
from hubbub.people import roles
from tests.club import Listener
from tests.many_writers import entries, race, refusals, rows
from tests.waiting import until


def test_two_people_who_open_a_conversation_at_the_same_moment_get_the_same(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes

    one, two = race(a, lambda: create_room.direct(ann, [bob]), b, lambda: create_room.direct(bob, [ann]))

    assert one.channel == two.channel


def test_a_room_created_twice_with_one_key_is_one_room(two_nodes, team):
    a, b = two_nodes

    def create():
        return create_room.create(team[0], "Tea", "public", "", [], "same")

    one, two = race(a, create, b, create)

    assert one.channel == two.channel


def test_two_rooms_do_not_get_the_same_name(two_nodes, team):
    a, b = two_nodes

    outcomes = race(a, lambda: create_room.create(team[0], "Café", "public", "", [], "k1"),
                    b, lambda: create_room.create(team[1], "CAFÉ", "public", "", [], "k2"))

    assert refusals(outcomes) == ["error.room_name_taken"]


def test_a_member_removed_from_a_room_posts_nothing_after_it_at_another_node(two_nodes, team, team_room):
    ann, bob, _ = team
    a, b = two_nodes

    outcomes = race(a, lambda: members.kick(ann, team_room, bob, "kick"),
                    b, lambda: messages.post(bob, team_room, "hi", "k1"))

    assert refusals(outcomes) == ["error.channel_not_found"]
    assert entries(a, team_room, "message") == []


@pytest.mark.parametrize("channel", ["room:1", "room:2"])
def test_a_banned_person_posts_nothing_after_it_at_another_node(two_nodes, team, team_room, channel):
    ann, bob, _ = team
    a, b = two_nodes

    outcomes = race(a, lambda: roles.ban(ann, bob), b, lambda: messages.post(bob, channel, "hi", "k1"))

    assert refusals(outcomes) == ["error.channel_not_found"]
    assert entries(a, channel, "message") == []


def test_a_banned_person_does_not_join_at_another_node(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    channel = a.run(create_room.create, ann, "Tea", "public", "", [], "r").channel

    outcomes = race(a, lambda: members.kick(ann, channel, bob, "kick", ban=True),
                    b, lambda: members.join(bob, channel, "join"))

    assert refusals(outcomes) == ["error.you_are_banned"]


def test_a_person_who_joins_at_two_nodes_is_a_member_once(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    channel = a.run(create_room.create, ann, "Tea", "public", "", [], "r").channel

    outcomes = race(a, lambda: members.join(bob, channel, "k1"), b, lambda: members.join(bob, channel, "k2"))

    assert refusals(outcomes) == []
    assert [entry.data["person"] for entry in entries(a, channel, "joined")] == [ann, bob]


def test_a_room_keeps_an_admin_when_both_admins_leave_at_the_same_moment(two_nodes, team, team_room):
    ann, bob, cyd = team
    a, b = two_nodes
    a.run(members.set_role, ann, team_room, bob, "admin", "k")

    outcomes = race(a, lambda: members.leave(ann, team_room, "k1"), b, lambda: members.leave(bob, team_room, "k2"))

    assert refusals(outcomes) == []
    assert a.run(members.role, db, rooms.number(team_room), cyd) == "admin"


def test_a_room_keeps_an_admin_when_one_leaves_while_the_other_is_banned(two_nodes, team, team_room):
    ann, bob, cyd = team
    a, b = two_nodes
    a.run(members.set_role, ann, team_room, bob, "admin", "k")

    outcomes = race(a, lambda: members.leave(ann, team_room, "k1"), b, lambda: roles.ban(ann, bob))

    assert refusals(outcomes) == []
    assert a.run(members.role, db, rooms.number(team_room), cyd) == "admin"


def file_of(member, person, channel):
    """Return the id of a file that the person has uploaded."""
    member.run(uploads.store.make_folders)
    upload = member.run(uploads.begin, person, channel, "notes.txt", 5)
    member.run(uploads.add, person, upload.id, 0, b"hello")
    return upload.id


def test_a_file_belongs_to_its_message_although_another_node_posts_at_the_same_moment(two_nodes, team, team_room):
    ann, bob, _ = team
    a, b = two_nodes
    file = file_of(b, bob, team_room)

    _, shown = race(a, lambda: messages.post(ann, team_room, "hi", "k1"),
                    b, lambda: messages.post(bob, team_room, "", "k2", messages.Draft(files=(file,))))

    assert rows(a, "select seq from file where id = :id", id=file) == [(shown.seq,)]


def test_a_file_goes_into_one_of_two_messages_sent_at_the_same_moment(two_nodes, team, team_room):
    bob = team[1]
    a, b = two_nodes
    file = file_of(b, bob, team_room)
    draft = messages.Draft(files=(file,))

    outcomes = race(a, lambda: messages.post(bob, team_room, "", "k1", draft), b, lambda: messages.post(
        bob, "room:1", "", "k2", draft))

    assert refusals(outcomes) == ["error.files_unusable"]


def test_a_file_that_was_just_sent_cannot_be_cancelled_at_another_node(two_nodes, team, team_room):
    bob = team[1]
    a, b = two_nodes
    file = file_of(b, bob, team_room)

    outcomes = race(a, lambda: messages.post(bob, team_room, "", "k1", messages.Draft(files=(file,))),
                    b, lambda: uploads.cancel(bob, file))

    assert refusals(outcomes) == ["error.file_in_message"]
    assert a.run(uploads.store.path_of, file).exists()


def test_a_reaction_and_a_pin_made_twice_count_once(two_nodes, team, team_room):
    ann, bob, _ = team
    a, b = two_nodes
    seq = a.run(messages.post, ann, team_room, "tea?", "m").seq

    reacted = race(a, lambda: messages.react(bob, team_room, seq, "👍", True, "k1"),
                   b, lambda: messages.react(bob, team_room, seq, "👍", True, "k2"))
    pinned = race(a, lambda: messages.pin(bob, team_room, seq, True, "k3"),
                  b, lambda: messages.pin(bob, team_room, seq, True, "k4"))

    assert refusals(reacted + pinned) == []
    assert (reacted[1], pinned[1]) == (None, None)
    assert len(entries(a, team_room, "reacted")) == len(entries(a, team_room, "pinned")) == 1


def test_replies_at_two_nodes_are_both_counted(two_nodes, team, team_room):
    ann, bob, cyd = team
    a, b = two_nodes
    root = a.run(messages.post, ann, team_room, "tea?", "m").seq

    race(a, lambda: messages.post(bob, team_room, "yes", "k1", messages.Draft(thread=root)),
         b, lambda: messages.post(cyd, team_room, "no", "k2", messages.Draft(thread=root)))

    assert rows(a, "select replies, faces from message") == [(2, f"{bob},{cyd}")]
    assert rows(a, "select nth from reply order by nth") == [(1,), (2,)]


def test_an_edit_of_a_message_that_is_deleted_at_the_same_moment_is_refused(two_nodes, team, team_room):
    ann = team[0]
    a, b = two_nodes
    seq = a.run(messages.post, ann, team_room, "a secret", "m").seq

    outcomes = race(a, lambda: messages.delete(ann, team_room, seq, "k1"),
                    b, lambda: messages.edit(ann, team_room, seq, "more", "k2"))

    assert refusals(outcomes) == ["error.message_not_found"]


def test_a_thread_followed_at_the_moment_of_a_reply_has_it_unread_or_counted(two_nodes, team, team_room):
    ann, bob, cyd = team
    a, b = two_nodes
    root = a.run(messages.post, ann, team_room, "tea?", "m").seq

    race(a, lambda: messages.post(bob, team_room, "yes", "k1", messages.Draft(thread=root)),
         b, lambda: threads.follow(cyd, team_room, root, True))

    assert b.run(threads.cursor_of, db, cyd, team_room, root)[1] == 1


def test_a_cursor_moved_back_shows_its_mentions_although_another_device_reads_on(two_nodes, team, team_room):
    ann, bob, _ = team
    a, b = two_nodes
    first = a.run(messages.post, ann, team_room, "@bob?", "m1").seq
    second = a.run(messages.post, ann, team_room, "@bob!", "m2").seq
    phone = Listener(bob)
    b.run(follow.follow, phone, cursors.user_channel(bob), b.run(log.head, db, cursors.user_channel(bob)))

    race(a, lambda: reading.up_to(bob, team_room, second), b, lambda: reading.up_to(bob, team_room, first))

    until(lambda: [data["data"]["seqs"] for event, data in phone.received if event == "mentions"] == [[second]])


def test_a_notification_sent_twice_with_one_key_arrives_once_and_leaves_no_hole(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes

    first, again = race(a, lambda: notes.send(ann, "bob", "done", "k"), b, lambda: notes.send(ann, "bob", "done", "k"))

    assert first == again
    assert rows(a, "select head, n from channel where name = :inbox", inbox=notifications.inbox(bob)) == [(1, 1)]


def test_a_cause_that_two_nodes_notify_of_is_one_notification(two_nodes, team):
    bob = team[1]
    a, b = two_nodes

    def notify():
        with db.transaction() as tx:
            notifications.notify(tx, [bob], notifications.Cause("alert", 0, "same", text="now"))

    outcomes = race(a, notify, b, notify)

    assert refusals(outcomes) == []
    assert [entry.seq for entry in entries(a, notifications.inbox(bob), "notification")] == [1]
    assert rows(a, "select head, n from channel where name = :inbox", inbox=notifications.inbox(bob)) == [(1, 1)]


def test_a_notification_read_at_two_nodes_is_marked_once(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    seq = a.run(notes.send, ann, "bob", "done", "k").seq

    race(a, lambda: notifications.mark_read(bob, [seq]), b, lambda: notifications.mark_all_read(bob))

    assert len(entries(a, notifications.inbox(bob), "read")) == 1
