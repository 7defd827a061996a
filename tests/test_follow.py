"""Subscribing to a channel: history, then every new entry once and in order; slow readers, forks, other processes."""

import gevent
import pytest

from hubbub.core import db, follow, hub, log, tail
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from tests import club
from tests.club import Listener
from tests.statements import statements
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("database")
CHESS = "club:chess"


@pytest.fixture(autouse=True)
def ann(database):
    club.join(1)
    return 1


def post(*texts):
    return [club.post(1, text, key=text) for text in texts]


def cursor(entry):
    return Cursor(entry.seq, entry.key)


def test_a_subscriber_receives_the_history_and_then_new_entries():
    bob = Listener()
    post("one", "two")

    head = follow.follow(bob, CHESS, START)
    post("three")

    assert bob.seqs() == [2, 3, 4]
    assert head == 3
    assert bob.texts() == ["one", "two", "three"]


def test_a_subscriber_continues_after_its_cursor():
    one, *_ = post("one", "two", "three")
    bob = Listener()

    follow.follow(bob, CHESS, cursor(one))

    assert bob.texts() == ["two", "three"]


def test_pushed_entries_equal_those_in_the_log():
    bob = Listener()
    follow.follow(bob, CHESS, START)

    post("one", "two")

    pushed = [payload for _, payload in bob.received]
    assert pushed == [log.msgspec.to_builtins(entry) for entry in log.read(db, CHESS, 0)]


def test_an_unchanged_channel_needs_no_query(monkeypatch):
    [one] = post("one")
    follow.follow(Listener(), CHESS, cursor(one))
    bob = Listener()

    executed = statements(monkeypatch, lambda: follow.follow(bob, CHESS, cursor(one)))

    assert ([sql for sql in executed if "club_member" not in sql], bob.received) == ([], [])


def test_returning_subscribers_are_served_from_memory(monkeypatch):
    [one] = post("one")
    follow.follow(Listener(), CHESS, cursor(one))
    post("two", "three")
    bob = Listener()

    executed = statements(monkeypatch, lambda: follow.follow(bob, CHESS, cursor(one)))

    assert ([sql for sql in executed if "club_member" not in sql], bob.texts()) == ([], ["two", "three"])


def test_the_ring_is_bounded_and_older_entries_come_from_the_log():
    bob, late = Listener(), Listener()
    follow.follow(bob, CHESS, START)
    with db.transaction() as tx:
        for n in range(tail.RING_ENTRIES + 50):
            log.append(tx, CHESS, "message", {"text": str(n)}, author=1, key=str(n))

    follow.follow(late, CHESS, START)

    assert len(hub.state().tails[CHESS]._frames) == tail.RING_ENTRIES
    assert late.received == bob.received
    assert len(late.texts()) == tail.RING_ENTRIES + 50


def test_a_slow_subscriber_catches_up_without_loss():
    slow, quick = Listener(), Listener()
    for peer in (slow, quick):
        follow.follow(peer, CHESS, START)
    slow.stall()
    post("one", "two", "three")
    missed = slow.texts()

    slow.resume()
    until(lambda: slow.texts() == ["one", "two", "three"])
    post("four")

    assert missed == []
    assert slow.texts() == quick.texts() == ["one", "two", "three", "four"]


def test_a_stalled_subscriber_is_closed(monkeypatch):
    monkeypatch.setattr(follow, "STALLED", 0.01)
    stuck = Listener()
    follow.follow(stuck, CHESS, START)
    stuck.stall()

    post("one")
    until(lambda: stuck.closed)

    assert stuck not in hub.state().tails[CHESS].live and stuck not in hub.state().tails[CHESS].behind


def test_signals_are_not_sent_to_slow_subscribers():
    slow, quick = Listener(), Listener()
    for peer in (slow, quick):
        follow.follow(peer, CHESS, START)
    slow.stall()

    hub.signal(CHESS, "typing", {"person": 1})

    assert quick.received[-1] == ("typing", {"channel": CHESS, "data": {"person": 1}})
    assert ("typing", {"channel": CHESS, "data": {"person": 1}}) not in slow.received


def test_a_reset_includes_entries_that_are_not_published_yet():
    post("one")
    lost = Cursor(9, "of another history")
    follow.follow(Listener(), CHESS, lost)
    append_in_another_process("committed, and not yet published")
    bob = Listener()

    head = follow.follow(bob, CHESS, lost)

    assert head == 3 and [payload["as_of"][0] for _, payload in bob.received] == [3]


def test_a_subscriber_far_behind_gets_the_newest_window():
    joined = cursor(log.read(db, CHESS, 0)[0])
    with db.transaction() as tx:
        for n in range(follow.FAR + 1):
            log.append(tx, CHESS, "message", {"text": str(n)}, author=1, key=str(n))
    bob = Listener()

    follow.follow(bob, CHESS, joined)
    post("next")

    [(reset, window), (kind, entry)] = bob.received
    assert (reset, kind) == ("reset", "message")
    assert window["as_of"] == [follow.FAR + 2, str(follow.FAR)]
    assert entry["seq"] == follow.FAR + 3


def test_a_cursor_of_another_history_gets_the_newest_window():
    post("one", "two")
    bob = Listener()

    follow.follow(bob, CHESS, Cursor(2, "of a restored backup"))

    [(kind, window)] = bob.received
    assert kind == "reset"
    assert [item["text"] for item in window["items"]] == ["one", "two"]


def test_a_cursor_beyond_the_end_of_the_log_gets_a_reset():
    post("one")
    bob = Listener()

    follow.follow(bob, CHESS, Cursor(99, "lost in the restore"))

    assert [kind for kind, _ in bob.received] == ["reset"]


def append_in_another_process(text):
    """Append an entry that is committed but not published in this process."""
    with db.transaction() as tx:
        entry = log.append(tx, CHESS, "message", {"text": text}, author=1, key=text)
        tx.effects.clear()
    return entry


def test_entries_of_another_process_are_delivered_before_the_next_one():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    append_in_another_process("unpublished")

    post("received")
    until(lambda: bob.texts() == ["unpublished", "received"])

    assert bob.seqs() == [2, 3]


def test_a_cursor_can_be_ahead_of_this_process():
    bob, carol = Listener(), Listener()
    follow.follow(bob, CHESS, START)
    entry = append_in_another_process("from there")

    follow.follow(carol, CHESS, cursor(entry))
    post("from here")

    assert carol.texts() == ["from here"]
    assert bob.texts() == ["from there", "from here"]


def test_an_entry_published_twice_is_delivered_once():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = post("one")

    hub.publish(one)

    assert bob.texts() == ["one"]


def test_subscribing_again_delivers_nothing_twice():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = post("one")

    follow.follow(bob, CHESS, cursor(one))
    post("two")

    assert bob.texts() == ["one", "two"]


def test_nothing_is_delivered_after_unsubscribing_or_disconnecting():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    follow.leave(bob, CHESS)
    carol = Listener()
    follow.follow(carol, CHESS, START)
    hub.disconnect(carol)

    post("gossip")

    assert bob.texts() == carol.texts() == []


def test_a_removed_member_receives_the_removal_and_nothing_after_it():
    club.join(2)
    bob = Listener(person=2)
    follow.follow(bob, CHESS, START)

    club.leave(2)
    post("gossip")

    assert bob.received[-1][0] == "left"
    assert bob.texts() == []


def test_unused_tails_are_evicted_when_memory_is_short(monkeypatch):
    monkeypatch.setattr(hub, "TAILS_BYTES", 500)
    monkeypatch.setattr(hub, "TAIL_BYTES", 0)
    club.join(1, "club:new")
    bob = Listener()
    for n in range(5):
        club.join(1, f"club:{n}")
        follow.follow(bob, f"club:{n}", START)
        club.post(1, "x" * 300, "key", f"club:{n}")
        if n != 3:
            follow.leave(bob, f"club:{n}")

    follow.follow(Listener(), "club:new", START)

    assert sum(tail.size for tail in hub.state().tails.values()) < 1000
    assert "club:3" in hub.state().tails


def test_subscribers_that_join_during_writes_all_receive_the_same():
    listeners = [Listener() for _ in range(20)]
    writers = [gevent.spawn(post, *[f"{n}-{k}" for k in range(10)]) for n in range(5)]
    readers = [gevent.spawn_later(0.002 * n, follow.follow, peer, CHESS, START) for n, peer in enumerate(listeners)]
    gevent.joinall([*writers, *readers], raise_error=True)
    until(lambda: all(len(peer.texts()) == 50 for peer in listeners))

    expected = [entry.data["text"] for entry in log.read(db, CHESS, 1)]
    assert all(peer.texts() == expected for peer in listeners)


def test_a_member_removed_while_subscribing_receives_nothing(monkeypatch):
    club.join(2)
    bob, join = Listener(person=2), hub.join
    monkeypatch.setattr(hub, "join", lambda *arguments: (club.leave(2), join(*arguments)))

    with pytest.raises(Refused, match="no such channel"):
        follow.follow(bob, CHESS, START)
    post("gossip")

    assert bob.received == []


def test_an_entry_published_while_subscribing_is_delivered(monkeypatch):
    [one] = post("one")
    heads, posted = log.heads, []

    def heads_and_post(reads, channels):
        found = heads(reads, channels)
        if not posted:
            posted.append(post("meanwhile"))
        return found

    monkeypatch.setattr(log, "heads", heads_and_post)
    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert bob.texts() == ["meanwhile"]


def test_a_stranger_cannot_subscribe():
    with pytest.raises(Refused):
        follow.follow(Listener(person=99), CHESS, START)

    assert CHESS not in hub.state().tails


def test_a_retry_republishes_an_entry_that_was_never_published():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    append_in_another_process("unpublished")

    post("unpublished")

    assert bob.texts() == ["unpublished"]
