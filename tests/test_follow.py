"""Reading a channel live: history first, then every entry, in order, once; slow readers, forks, and other processes."""

import gevent
import pytest

from hubbub.core import db, follow, hub, log
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from tests import club
from tests.club import Listener
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("database")
CHESS = "club:chess"


@pytest.fixture(autouse=True)
def ann(database):
    club.join(1)
    return 1


def say(*texts):
    return [club.say(1, text, key=text) for text in texts]


def cursor(entry):
    return Cursor(entry.seq, entry.key)


def test_bob_hears_the_history_first_and_then_what_is_said():
    bob = Listener()
    say("one", "two")

    head = follow.follow(bob, CHESS, START)
    say("three")

    assert bob.seqs() == [2, 3, 4]
    assert head == 3
    assert bob.texts() == ["one", "two", "three"]


def test_bob_goes_on_after_his_cursor():
    one, *_ = say("one", "two", "three")
    bob = Listener()

    follow.follow(bob, CHESS, cursor(one))

    assert bob.texts() == ["two", "three"]


def test_what_is_pushed_is_what_is_read():
    bob = Listener()
    follow.follow(bob, CHESS, START)

    say("one", "two")

    pushed = [payload for _, payload in bob.received]
    assert pushed == [log.msgspec.to_builtins(entry) for entry in log.read(db, CHESS, 0)]


def test_a_channel_that_has_not_moved_costs_no_query(monkeypatch):
    [one] = say("one")
    follow.follow(Listener(), CHESS, cursor(one))
    asked = []
    read = db.state().writer.engine.read
    monkeypatch.setattr(db.state().writer.engine, "read", lambda sql, values: (asked.append(sql), read(sql, values))[1])

    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert ([sql for sql in asked if "club_member" not in sql], bob.received) == ([], [])


def test_returning_readers_are_served_from_the_ring(monkeypatch):
    [one] = say("one")
    follow.follow(Listener(), CHESS, cursor(one))
    say("two", "three")
    asked = []
    read = db.state().writer.engine.read
    monkeypatch.setattr(db.state().writer.engine, "read", lambda sql, values: (asked.append(sql), read(sql, values))[1])

    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert ([sql for sql in asked if "club_member" not in sql], bob.texts()) == ([], ["two", "three"])


def test_the_ring_is_bounded_and_the_log_takes_over_below_it():
    bob, late = Listener(), Listener()
    follow.follow(bob, CHESS, START)
    with db.transaction() as tx:
        for n in range(hub.RING_ENTRIES + 50):
            log.append(tx, CHESS, "message", {"text": str(n)}, author=1, key=str(n))

    follow.follow(late, CHESS, START)

    assert len(hub.state().tails[CHESS]._frames) == hub.RING_ENTRIES
    assert late.received == bob.received
    assert len(late.texts()) == hub.RING_ENTRIES + 50


def test_a_slow_reader_falls_behind_and_is_pulled_forward_without_a_loss():
    slow, quick = Listener(), Listener()
    for peer in (slow, quick):
        follow.follow(peer, CHESS, START)
    slow.stall()
    say("one", "two", "three")
    missed = slow.texts()

    slow.resume()
    until(lambda: slow.texts() == ["one", "two", "three"])
    say("four")

    assert missed == []
    assert slow.texts() == quick.texts() == ["one", "two", "three", "four"]


def test_a_reader_that_never_takes_anything_is_given_up(monkeypatch):
    monkeypatch.setattr(follow, "STALLED", 0.01)
    stuck = Listener()
    follow.follow(stuck, CHESS, START)
    stuck.stall()

    say("one")
    until(lambda: stuck.closed)

    assert stuck not in hub.state().tails[CHESS].live and stuck not in hub.state().tails[CHESS].behind


def test_signals_are_not_kept_and_not_sent_to_those_who_lag():
    slow, quick = Listener(), Listener()
    for peer in (slow, quick):
        follow.follow(peer, CHESS, START)
    slow.stall()

    hub.signal(CHESS, "typing", {"person": 1})

    assert quick.received[-1] == ("typing", {"channel": CHESS, "data": {"person": 1}})
    assert ("typing", {"channel": CHESS, "data": {"person": 1}}) not in slow.received


def test_a_reset_is_never_older_than_what_is_read_on_to():
    say("one")
    lost = Cursor(9, "of another history")
    follow.follow(Listener(), CHESS, lost)
    elsewhere("committed, and not yet published")
    bob = Listener()

    head = follow.follow(bob, CHESS, lost)

    assert head == 3 and [payload["as_of"][0] for _, payload in bob.received] == [3]


def test_who_was_away_for_too_long_gets_the_newest_window_instead():
    joined = cursor(log.read(db, CHESS, 0)[0])
    with db.transaction() as tx:
        for n in range(follow.FAR + 1):
            log.append(tx, CHESS, "message", {"text": str(n)}, author=1, key=str(n))
    bob = Listener()

    follow.follow(bob, CHESS, joined)
    say("next")

    [(reset, window), (kind, entry)] = bob.received
    assert (reset, kind) == ("reset", "message")
    assert window["as_of"] == [follow.FAR + 2, str(follow.FAR)]
    assert entry["seq"] == follow.FAR + 3


def test_a_cursor_of_another_history_gets_the_newest_window_never_silence():
    say("one", "two")
    bob = Listener()

    follow.follow(bob, CHESS, Cursor(2, "of a restored backup"))

    [(kind, window)] = bob.received
    assert kind == "reset"
    assert [item["text"] for item in window["items"]] == ["one", "two"]


def test_a_cursor_beyond_the_end_of_the_log_is_a_fork_too():
    say("one")
    bob = Listener()

    follow.follow(bob, CHESS, Cursor(99, "lost in the restore"))

    assert [kind for kind, _ in bob.received] == ["reset"]


def elsewhere(text):
    """Another process appends: committed, but not published here."""
    with db.transaction() as tx:
        entry = log.append(tx, CHESS, "message", {"text": text}, author=1, key=text)
        tx.effects.clear()
    return entry


def test_what_another_process_wrote_is_pulled_before_what_comes_next():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    elsewhere("unheard")

    say("received")
    until(lambda: bob.texts() == ["unheard", "received"])

    assert bob.seqs() == [2, 3]


def test_a_cursor_from_another_process_may_be_ahead_of_this_one():
    bob, carol = Listener(), Listener()
    follow.follow(bob, CHESS, START)
    there = elsewhere("said there")

    follow.follow(carol, CHESS, cursor(there))
    say("said here")

    assert carol.texts() == ["said here"]
    assert bob.texts() == ["said there", "said here"]


def test_an_entry_published_twice_is_heard_once():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = say("one")

    hub.publish(one)

    assert bob.texts() == ["one"]


def test_reading_anew_on_the_same_connection_does_not_double_anything():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = say("one")

    follow.follow(bob, CHESS, cursor(one))
    say("two")

    assert bob.texts() == ["one", "two"]


def test_who_leaves_hears_nothing_more():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    follow.leave(bob, CHESS)
    carol = Listener()
    follow.follow(carol, CHESS, START)
    hub.disconnect(carol)

    say("gossip")

    assert bob.texts() == carol.texts() == []


def test_whose_membership_ends_hears_the_end_of_it_and_nothing_more():
    club.join(2)
    bob = Listener(person=2)
    follow.follow(bob, CHESS, START)

    club.leave(2)
    say("gossip")

    assert bob.received[-1][0] == "left"
    assert bob.texts() == []


def test_tails_nobody_reads_are_let_go_when_memory_is_short(monkeypatch):
    monkeypatch.setattr(hub, "TAILS_BYTES", 500)
    monkeypatch.setattr(hub, "TAIL_BYTES", 0)
    club.join(1, "club:new")
    bob = Listener()
    for n in range(5):
        club.join(1, f"club:{n}")
        follow.follow(bob, f"club:{n}", START)
        club.say(1, "x" * 300, "key", f"club:{n}")
        if n != 3:
            follow.leave(bob, f"club:{n}")

    follow.follow(Listener(), "club:new", START)

    assert sum(tail.size for tail in hub.state().tails.values()) < 1000
    assert "club:3" in hub.state().tails


def test_many_who_arrive_while_others_write_all_hear_the_same():
    listeners = [Listener() for _ in range(20)]
    writers = [gevent.spawn(say, *[f"{n}-{k}" for k in range(10)]) for n in range(5)]
    readers = [gevent.spawn_later(0.002 * n, follow.follow, peer, CHESS, START) for n, peer in enumerate(listeners)]
    gevent.joinall([*writers, *readers], raise_error=True)
    until(lambda: all(len(peer.texts()) == 50 for peer in listeners))

    told = [entry.data["text"] for entry in log.read(db, CHESS, 1)]
    assert all(peer.texts() == told for peer in listeners)


def test_who_is_removed_while_they_begin_to_read_hears_nothing(monkeypatch):
    club.join(2)
    bob, join = Listener(person=2), hub.join
    monkeypatch.setattr(hub, "join", lambda *place: (club.leave(2), join(*place)))

    with pytest.raises(Refused, match="no such channel"):
        follow.follow(bob, CHESS, START)
    say("gossip")

    assert bob.received == []


def test_what_is_published_while_a_channel_is_opened_is_not_missed(monkeypatch):
    [one] = say("one")
    heads, asked = log.heads, []

    def slowly(reads, channels):
        found = heads(reads, channels)
        if not asked:
            asked.append(say("meanwhile"))
        return found

    monkeypatch.setattr(log, "heads", slowly)
    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert bob.texts() == ["meanwhile"]


def test_a_stranger_opens_nothing():
    with pytest.raises(Refused):
        follow.follow(Listener(person=99), CHESS, START)

    assert CHESS not in hub.state().tails


def test_a_retry_heals_readers_of_an_entry_whose_commit_was_never_answered():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    elsewhere("unheard")

    say("unheard")

    assert bob.texts() == ["unheard"]
