"""Every action takes the same number of statements with 1,000 people, rows or documents as with 5."""

import time

from hubbub.chat import drafts, members, messages, projection, reading, rooms, search, threads
from hubbub.core import access, db, log, windows
from hubbub.documents import model as documents
from hubbub.documents import search as document_search
from hubbub.notifications import conversations, snooze, undo
from hubbub.notifications import model as notifications
from hubbub.people import model as people
from tests.statements import statements

SIZES = (5, 1000)
LOBBY = rooms.LOBBY


class Crowd:
    """Ann, Bob and `size` others in one private room; `make_rooms` adds `size` rooms, threads and documents of Bob."""

    def __init__(self, size):
        self.size = size
        with db.transaction() as tx:
            ids = [people.create(tx, name, name, "member").id for name in ("ann", "bob")]
            self.ann, self.bob = ids
            [(first,)] = tx.execute("select max(id) + 1 from person")
            self.others = list(range(first, first + size))
            tx.execute("insert into person (id, name, role, handle, since) "
                       f"select id, 'P' || id, 'member', 'p' || id, 0 from {numbers(first, size)}")
            [(self.room,)] = tx.execute("insert into room (kind, name, created_by, since) "
                                        "values ('private', 'crowd', :ann, 0) returning id", ann=self.ann)
            tx.execute("insert into member (room, person, role, since) select :room, id, 'member', 0 from person "
                       "where id > 0", room=self.room)
            self.channel = f"room:{self.room}"
            self.first = self.append(tx, self.ann, "first")
        self.keys = iter(range(10**6))

    def key(self):
        return f"k{next(self.keys)}"

    def append(self, tx, person, text, channel=""):
        entry = log.append(tx, channel or self.channel, "message", {"text": text}, author=person,
                           key=f"{text}{time.monotonic_ns()}", counts=True)
        search.add(tx, [entry])
        return entry.seq

    def post(self, text, person=0, channel="", **more):
        return messages.post(person or self.ann, channel or self.channel, text, self.key(), messages.Draft(**more)).seq

    def run(self, sql, **values):
        with db.transaction() as tx:
            return tx.execute(sql, **values)


def numbers(first, size):
    return (f"(with recursive number (id) as (select {first} union all select id + 1 from number "
            f"where id < {first + size - 1}) select cast(id as bigint) as id from number) as numbers")


def mention_room(crowd):
    return lambda: crowd.post("@room tea")


def mention_lobby(crowd):
    return lambda: crowd.post("@room tea", channel=LOBBY)


def mention_here(crowd):
    return lambda: crowd.post("@here tea", here=tuple(crowd.others))


def mention_by_name(crowd):
    names = " ".join(f"@p{person}" for person in crowd.others[:50])
    return lambda: crowd.post(names)


def notify_everything(crowd):
    crowd.run("insert into rule (person, kind, channel, root, word, about, level, since) "
              "select person, 'room', :channel, 0, '', 0, 'everything', 0 from member "
              "where room = :room", channel=crowd.channel, room=crowd.room)
    return lambda: crowd.post("hello")


def reply(crowd):
    crowd.run("insert into follower (channel, root, person, seq, n, version) select :channel, :root, person, 0, 0, 1 "
              "from member where room = :room and person not in (select person from follower where root = :root)",
              channel=crowd.channel, root=crowd.first, room=crowd.room)
    return lambda: crowd.post("reply", thread=crowd.first)


def edit_to_names(crowd):
    seq = crowd.post("who?")
    names = " ".join(f"@p{person}" for person in crowd.others[:50])
    return lambda: messages.edit(crowd.ann, crowd.channel, seq, names, crowd.key())


def delete(crowd):
    seq = crowd.post("@room oops")
    crowd.run("insert into edit (channel, target, seq) select :channel, cast(:seq as bigint), id from "
              + numbers(10**6, crowd.size), channel=crowd.channel, seq=seq)
    return lambda: messages.delete(crowd.ann, crowd.channel, seq, crowd.key())


def window_with_reactions(crowd):
    crowd.run("insert into reaction (channel, seq, emoji, person, at) select :channel, cast(:seq as bigint), '+', "
              "person, 0 from member where room = :room", channel=crowd.channel, seq=crowd.first, room=crowd.room)
    return lambda: windows.newest(crowd.channel)


def make_rooms(crowd):
    """Create `size` private rooms of Bob with unread messages, drafts and documents."""
    if hasattr(crowd, "rooms"):
        return crowd.rooms
    with db.transaction() as tx:
        [(first,)] = tx.execute("select max(id) + 1 from room")
        many, values = numbers(first, crowd.size), {"bob": crowd.bob, "ann": crowd.ann}
        tx.execute("insert into room (id, kind, name, created_by, since) "
                   f"select id, 'private', 'R' || id, 0, 0 from {many}")
        for person in values:
            tx.execute("insert into member (room, person, role, since) "
                       f"select id, cast(:{person} as bigint), 'member', 0 from {many}", **{person: values[person]})
        tx.execute(f"insert into channel (name, head, n) select 'room:' || id, 1, 1 from {many}")
        tx.execute("insert into entry (channel, seq, n, kind, author, at, key, data) select 'room:' || id, 1, 1, "
                   f"'message', cast(:ann as bigint), 0, 'k', :data from {many}", ann=crowd.ann, data='{"text":"root"}')
        tx.execute(f"insert into draft (person, channel, thread, text, version, at) select cast(:bob as bigint), "
                   f"'room:' || id, 0, 'hm', 1, 0 from {many}", bob=crowd.bob)
        tx.execute("insert into message (channel, seq, replies, newest_reply, replied, faces) "
                   f"select 'room:' || id, 1, 1, 1, 0, '1' from {many}")
        tx.execute("insert into follower (channel, root, person, seq, n, version) "
                   f"select 'room:' || id, 1, cast(:bob as bigint), 0, 0, 1 from {many}", bob=crowd.bob)
        tx.execute("insert into document (room, title, created_by, since, changed, changed_by) "
                   "select 'room:' || id, 'D' || id, "
                   f"cast(:ann as bigint), 0, 0, cast(:ann as bigint) from {many}", ann=crowd.ann)
    crowd.rooms = [f"room:{id}" for id in range(first, first + crowd.size)]
    return crowd.rooms


def state_window(crowd):
    make_rooms(crowd)
    return lambda: windows.newest(f"user:{crowd.bob}")


def browse(crowd):
    make_rooms(crowd)
    return lambda: rooms.browse(db, crowd.bob)


def check_permissions(crowd):
    channels = make_rooms(crowd)
    return lambda: access.allowed(db, crowd.bob, channels, "read")


def own_drafts(crowd):
    make_rooms(crowd)
    return lambda: drafts.mine(db, crowd.bob)


def list_documents(crowd):
    make_rooms(crowd)
    return lambda: documents.listed(db, crowd.bob)


def followed_threads(crowd):
    make_rooms(crowd)
    return lambda: projection.followed(crowd.bob, 100)


def create_notifications(crowd):
    """Create `size` unread notifications of Bob."""
    crowd.run("delete from notification where person = :bob", bob=crowd.bob)
    crowd.run("insert into notification (person, seq, channel, target, root) "
              "select cast(:bob as bigint), id, :channel, 1, 0 from " + numbers(1, crowd.size),
              bob=crowd.bob, channel=crowd.channel)


def read_all(crowd):
    make_rooms(crowd)
    create_notifications(crowd)
    return lambda: reading.read_all(crowd.bob)


def read_room(crowd):
    create_notifications(crowd)
    return lambda: reading.up_to(crowd.bob, crowd.channel, crowd.first)


def read_thread(crowd):
    create_notifications(crowd)
    crowd.run("update notification set root = :root where person = :bob", bob=crowd.bob, root=crowd.first)
    return lambda: threads.read_up_to(crowd.bob, crowd.channel, crowd.first, crowd.first)


def mark_read(crowd):
    create_notifications(crowd)
    return lambda: notifications.mark_read(crowd.bob, range(1, crowd.size + 1))


def mark_all_read(crowd):
    create_notifications(crowd)
    return lambda: notifications.mark_all_read(crowd.bob)


def inbox_by_conversation(crowd):
    with db.transaction() as tx:
        tx.execute("delete from notification where person = :bob", bob=crowd.bob)
        for nth, other in enumerate(crowd.others):
            cause = notifications.Cause("script", other, crowd.key(), conversation=f"c{nth % 7}")
            notifications.notify(tx, [crowd.bob], cause)
    return lambda: conversations.newest(crowd.bob, "all")


def snooze_all(crowd):
    create_notifications(crowd)
    return lambda: snooze.snooze(crowd.bob, time.time() + 60, range(1, crowd.size + 1), action=crowd.key())


def undo_all(crowd):
    create_notifications(crowd)
    notifications.mark_all_read(crowd.bob, action="all")
    return lambda: undo.undo(crowd.bob, "all")


def inbox_window(crowd):
    with db.transaction() as tx:
        for other in crowd.others[:50]:
            data = {"channel": crowd.channel}
            log.append(tx, f"inbox:{crowd.bob}", "notification", data, author=other, key=crowd.key())
    return lambda: windows.newest(f"inbox:{crowd.bob}")


def people_window(crowd):
    with db.transaction() as tx:
        for other in crowd.others[:50]:
            people.announce(tx, other)
    return lambda: windows.newest(people.EVERYBODY)


def find_people(crowd):
    return lambda: people.find(db, "p", 200)


def directory(crowd):
    return lambda: people.directory(db, crowd.others)


def list_members(crowd):
    return lambda: members.listed(db, crowd.bob, crowd.channel)


def find_messages(crowd):
    make_rooms(crowd)
    with db.transaction() as tx:
        for _ in range(min(100, crowd.size)):
            crowd.append(tx, crowd.ann, "needle")
    hits, _ = search.find(crowd.bob, "needle", 0, 100)
    assert len(hits) == min(100, crowd.size)
    return lambda: projection.found(hits, context=True)


def find_documents(crowd):
    make_rooms(crowd)
    crowd.run("insert into document_text (document, title, lines, text) "
              "select id, 'plans', 'needle', 'needle' from document")
    assert len(document_search.find(crowd.bob, "needle", limit=50)) == min(50, crowd.size)
    return lambda: document_search.find(crowd.bob, "needle", limit=50)


def leave(crowd):
    create_notifications(crowd)
    return lambda: members.leave(crowd.bob, crowd.channel, crowd.key())


def demote_room_admin(crowd):
    make_rooms(crowd)
    crowd.run("update member set role = 'admin'")

    def demote():
        with db.transaction() as tx:
            people.demote(tx, crowd.bob)

    return demote


def check_invited(crowd):
    return lambda: members.check_may_add(db, crowd.room, crowd.others)


ACTIONS = (mention_room, mention_lobby, mention_here, mention_by_name, notify_everything, reply, edit_to_names, delete,
           window_with_reactions, state_window, browse, check_permissions, own_drafts, list_documents,
           followed_threads, read_all, read_room, read_thread, mark_read, mark_all_read, inbox_window,
           inbox_by_conversation, snooze_all, undo_all, people_window, find_people, directory, list_members,
           find_messages, find_documents, leave, demote_room_admin, check_invited)


def test_the_number_of_statements_does_not_grow_with_the_data(database, monkeypatch):
    counts = []
    for size in SIZES:
        crowd = Crowd(size)
        counts.append({action.__name__: len(statements(monkeypatch, action(crowd))) for action in ACTIONS})
        db.execute("select 1")
        delete_everything()

    few, many = counts
    assert {name: (count, many[name]) for name, count in few.items() if count != many[name]} == {}


def delete_everything():
    """Empty the database for another crowd."""
    with db.transaction() as tx:
        for table in ("notification", "mention", "rule", "follower", "reaction", "reply", "edit", "draft",
                      "document_text", "document", "member", "cursor", "message", "searchable", "entry", "channel"):
            tx.execute(f"delete from {table}")
        tx.execute("delete from room where id > 1")
        tx.execute("delete from person where id > 0")
        if db.dialect() == "sqlite":
            tx.execute("insert into searchable_index (searchable_index) values ('delete-all')")
