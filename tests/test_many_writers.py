"""Two nodes write to one PostgreSQL at the same moment: locks, lanes and conflicts; documents and feeds."""

import contextlib

import gevent
import gevent.event
import pytest

from hubbub.core import db, follow, log
from hubbub.core.access import Refused
from hubbub.documents import model as documents
from hubbub.documents import updates
from hubbub.feeds import alerts, ticks
from hubbub.feeds.ticks import Tick
from tests import club
from tests.club import Listener
from tests.many_writers import Held, channels_of_one_lane, entries, race, refusals, rows, waiting_for_locks
from tests.replica import typed
from tests.waiting import until

CHESS = "club:chess"

def test_a_message_sent_again_at_another_node_is_one_message(two_nodes):
    a, b = two_nodes
    a.run(club.join, 1)

    first, again = race(a, lambda: club.post(1, "hello", "k1"), b, lambda: club.post(1, "hello", "k1"))

    assert first == again
    assert [entry.key for entry in entries(a, CHESS, "message")] == ["k1"]


def test_a_server_entry_appended_at_two_nodes_is_one_entry(two_nodes):
    a, b = two_nodes

    def append():
        with db.transaction() as tx:
            return log.append(tx, "audit:all", "audit", {}, author=0, key="started")

    first, again = race(a, append, b, append)

    assert first == again
    assert len(entries(a, "audit:all", "audit")) == 1


def test_a_member_removed_at_one_node_posts_nothing_after_it_at_another(two_nodes):
    a, b = two_nodes
    a.run(club.join, 1)

    left, posted = race(a, lambda: club.leave(1), b, lambda: club.post(1, "still here", "k1"))

    assert refusals([left, posted]) == ["error.channel_not_found"]
    assert entries(a, CHESS, "message") == []


def test_a_batch_commits_before_one_of_its_transactions_waits_for_another_node(two_nodes):
    a, b = two_nodes
    free, taken, _ = channels_of_one_lane(4)
    for channel in (free, taken):
        a.run(club.join, 1, channel)

    with Held(b) as held:
        holder = gevent.spawn(b.run, club.post, 1, "first", "k1", taken)
        until(lambda: held.waiting)
        quick = gevent.spawn(a.run, club.post, 1, "quick", "k2", free)
        slow = gevent.spawn(a.run, club.post, 1, "slow", "k3", taken)
        until(lambda: quick.ready() and waiting_for_locks())
        early = quick.value.seq, slow.ready()

    assert early == (2, False)
    assert [one.get(timeout=20).seq for one in (holder, slow)] == [2, 3]


def test_two_transactions_that_wait_for_each_other_both_succeed(two_nodes):
    met = gevent.event.Event()
    arrived = []

    def both(first, second):
        with db.transaction(first) as tx:
            arrived.append(first)
            met.set() if len(arrived) >= 2 else met.wait(20)
            tx.lock(second)
            return log.append(tx, second, "met", {}, author=1, key=f"{first}-{second}").seq

    one, two = (gevent.spawn(member.run, db.retry, lambda pair=pair: both(*pair))
                for member, pair in zip(two_nodes, (("x:1", "x:2"), ("x:2", "x:1")), strict=True))

    assert [one.get(timeout=20), two.get(timeout=20)] == [1, 1]
    assert len(arrived) == 3


def test_a_conflict_that_does_not_end_is_refused_so_that_the_client_tries_again(two_nodes):
    calls = []

    def collide():
        calls.append(1)
        with db.transaction() as tx:
            tx.execute("insert into setting (name, value) values ('same', '1')")

    two_nodes[0].run(collide)

    with pytest.raises(Refused) as refusal:
        two_nodes[1].run(db.retry, collide)

    assert (refusal.value.code, len(calls)) == ("not_saved", 4)


def test_transactions_of_different_lanes_do_not_wait_for_each_others_commits(two_nodes):
    a, b = two_nodes
    first, _, other = channels_of_one_lane(4)
    for channel in (first, other):
        a.run(club.join, 1, channel)

    with Held(b) as held:
        holder = gevent.spawn(b.run, club.post, 1, "held", "k1", first)
        until(lambda: held.waiting)
        slow = gevent.spawn(a.run, club.post, 1, "slow", "k2", first)
        until(waiting_for_locks)
        quick = a.run(club.post, 1, "quick", "k3", other)

    assert (quick.seq, holder.get(timeout=20).seq, slow.get(timeout=20).seq) == (2, 2, 3)


def test_a_unit_of_work_that_writes_in_two_lanes_answers_after_both_commits(two_nodes):
    a, _ = two_nodes
    first, _, other = channels_of_one_lane(4)
    for channel in (first, other):
        a.run(club.join, 1, channel)

    def write():
        with db.UnitOfWork() as unit:
            club.post(1, "one", "k1", first)
            club.post(1, "two", "k2", other)
            unit.wait_for_commit()
            return [rows(a, "select head from channel where name = :name", name=name) for name in (first, other)]

    assert a.run(write) == [[(2,)], [(2,)]]


def test_readers_of_a_channel_get_everything_in_order_while_two_nodes_and_all_lanes_write(two_nodes):
    a, b = two_nodes
    a.run(club.join, 1)
    reader = Listener(1)
    a.run(follow.follow, reader, CHESS, log.START)

    def write(member, n):
        member.run(db.retry, lambda: club.post(1, f"{n}", f"k{n}"))
        member.run(db.retry, lambda: club.post(1, f"{n}", f"k{n}", channel=CHESS))

    gevent.joinall([gevent.spawn(write, two_nodes[n % 2], n) for n in range(60)], raise_error=True)

    a.run(follow.heartbeat)
    b.run(follow.heartbeat)
    with contextlib.suppress(AssertionError):
        until(lambda: len(reader.texts()) == 60, seconds=5)
    a.run(club.post, 1, "last", "last")
    until(lambda: reader.texts()[-1:] == ["last"])
    seqs = [payload["seq"] for event, payload in reader.received if event in ("joined", "message")]
    assert seqs == list(range(1, 63))


@pytest.fixture
def doc(two_nodes, team, team_room):
    """A document that both nodes have in memory."""
    channel = documents.channel(two_nodes[0].run(documents.create, team[0], team_room, "Plan", "d").id)
    two_nodes[0].run(updates.update, team[0], channel, typed("plan ", 1), "first")
    for member in two_nodes:
        assert member.run(updates.text, channel)[0] == "plan "
    return channel


def test_text_typed_at_two_nodes_is_in_the_document_and_in_its_snapshot(two_nodes, team, doc, monkeypatch):
    ann, bob, _ = team
    a, b = two_nodes
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 2)

    race(a, lambda: updates.update(ann, doc, typed("tea ", 2), "k1"),
         b, lambda: updates.update(bob, doc, typed("cake ", 3), "k2"))
    b.run(updates.update, bob, doc, typed("milk ", 4), "k3")

    texts = {member.run(updates.text, doc)[0] for member in two_nodes}
    for member in two_nodes:
        member.run(updates.state.forget)
    texts |= {member.run(updates.text, doc)[0] for member in two_nodes}
    assert len(texts) == 1
    assert sorted(texts.pop().split()) == ["cake", "milk", "plan", "tea"]


def test_a_document_created_twice_with_one_key_is_one_document(two_nodes, team, team_room):
    a, b = two_nodes

    one, two = race(a, lambda: documents.create(team[0], team_room, "Notes", "same"),
                    b, lambda: documents.create(team[0], "room:1", "Notes", "same"))

    assert one.id == two.id


def test_ticks_sent_again_at_another_node_count_once(two_nodes, team):
    a, b = two_nodes
    batch = tuple(Tick("ACME", float(n), n=n) for n in (1, 2, 3))
    a.run(ticks.publish, team[0], "shop", (Tick("TEA", 1.0, n=1),))
    batch = tuple(Tick("ACME", float(n), n=n) for n in (2, 3, 4))

    outcomes = race(a, lambda: ticks.publish(team[0], "shop", batch), b, lambda: ticks.publish(team[0], "shop", batch))

    assert outcomes == ((4, 3), (4, 0))
    assert rows(a, "select ticks from candle where symbol = 'ACME' and resolution = 60") == [(3,)]


def test_the_first_ticks_of_a_feed_sent_twice_count_once(two_nodes, team):
    a, b = two_nodes
    batch = tuple(Tick("ACME", float(n), n=n) for n in (1, 2, 3))

    outcomes = race(a, lambda: ticks.publish(team[0], "shop", batch), b, lambda: ticks.publish(team[0], "shop", batch))

    assert outcomes == ((3, 3), (3, 0))


def test_an_alert_set_at_the_moment_of_a_crossing_fires_for_the_next_one_only(two_nodes, team):
    ann = team[0]
    a, b = two_nodes
    a.run(ticks.publish, ann, "shop", (Tick("TEA", 1.0),))

    _, alert = race(a, lambda: ticks.publish(ann, "shop", (Tick("TEA", 9.0),)),
                    b, lambda: alerts.set(ann, "TEA", 5.0, "above", False))
    b.run(ticks.publish, ann, "shop", (Tick("TEA", 9.5),))

    assert rows(a, "select fired from alert where id = :id", id=alert.id) == [(0,)]


def test_an_alert_fires_once_for_a_crossing_that_two_nodes_publish(two_nodes, team):
    ann = team[0]
    a, b = two_nodes
    a.run(ticks.publish, ann, "shop", (Tick("TEA", 1.0),))
    a.run(alerts.set, ann, "TEA", 5.0, "above", False)

    race(a, lambda: ticks.publish(ann, "shop", (Tick("TEA", 9.0),)), b, lambda: ticks.publish(
        ann, "shop", (Tick("TEA", 9.5),)))

    assert rows(a, "select fired from alert") == [(1,)]
