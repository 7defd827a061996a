"""Several nodes in one process over one PostgreSQL, joined by a bus that loses, repeats, delays and reorders."""

import contextlib

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import db, follow, hub, node
from hubbub.core.log import START
from tests import club
from tests.club import Listener
from tests.waiting import until

CHESS = "club:chess"
FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def read_at(reading_node, listener, cursor=START):
    """Have a listener read the club at a node."""
    reading_node.run(follow.follow, listener, CHESS, cursor)
    return listener


def heartbeats(network):
    for member in network.nodes:
        member.run(follow.heartbeat)


def seqs(listener):
    return [payload["seq"] for event, payload in listener.received if event != "heads"]


def test_state_of_one_node_is_not_seen_by_another():
    counter = node.state(list)
    first, second = node.Node(), node.Node()
    first.run(lambda: counter().append(1))
    second.run(lambda: counter().append(2))

    assert (first.run(counter), second.run(counter)) == ([1], [2])


def test_code_outside_a_node_raises_in_a_process_with_several():
    node.make_default(None)
    with pytest.raises(RuntimeError, match="several nodes"):
        node.current().clock.now()
    node.make_default(node.Node())


def test_a_greenlet_runs_for_the_node_that_spawned_it():
    first, second = node.Node(), node.Node()

    found = [each.run(node.spawn, node.current).get(timeout=5) for each in (first, second)]

    assert found == [first, second]


def test_closing_a_node_stops_its_background_work_even_if_one_part_fails():
    stopped, closing = [], node.Node()
    closing.on_close(lambda: stopped.append("first"))
    closing.on_close(lambda: 1 / 0)
    closing.on_close(lambda: stopped.append("last"))

    closing.close()
    closing.close()

    assert stopped == ["last", "first"]


def test_a_message_posted_at_one_node_reaches_readers_at_the_others(network):
    a, b, c = network.nodes
    a.run(club.join, 1)
    ann, bob = read_at(b, Listener(1)), read_at(c, Listener(1))

    a.run(club.post, 1, "hello", "k1")
    network.deliver()

    until(lambda: ann.texts() == bob.texts() == ["hello"])


def test_a_signal_reaches_readers_at_the_others(network):
    a, b, _ = network.nodes
    a.run(club.join, 1)
    ann = read_at(b, Listener(1))

    a.run(hub.signal, CHESS, "typing", {"person": 2})
    network.deliver()

    assert ann.received[-1] == ("typing", {"channel": CHESS, "data": {"person": 2}})


def test_a_node_gets_only_messages_of_channels_that_it_serves(network):
    a, b, c = network.nodes
    a.run(club.join, 1)
    network.deliver()
    ann = read_at(b, Listener(1))

    a.run(club.post, 1, "hello", "k1")
    a.run(hub.signal, CHESS, "typing", {"person": 1})
    counts = [len(network.messages_to(member)) for member in (b, c)]
    b.run(hub.disconnect, ann)
    b.run(hub.drop_idle)
    b.run(hub.drop_idle)
    network.deliver()
    a.run(club.post, 1, "nobody reads this", "k2")

    assert counts == [2, 0]
    assert network.messages_to(b) == []


def test_a_message_lost_before_a_subscription_took_effect_is_read_then(network):
    a, b, _ = network.nodes
    a.run(club.join, 1)
    ann = Listener(1)
    b.bus.subscribe = lambda topic: None
    read_at(b, ann)
    a.run(club.post, 1, "meanwhile", "k1")
    network.deliver()

    del b.bus.subscribe
    b.bus.subscribe(CHESS)

    until(lambda: ann.texts() == ["meanwhile"])


def test_a_member_removed_at_one_node_stops_reading_at_the_others(network):
    a, b, _ = network.nodes
    for person in (1, 2):
        a.run(club.join, person)
    bob = read_at(b, Listener(2))

    entry = a.run(club.leave, 2)
    network.deliver()
    a.run(club.post, 1, "a secret", "k1")
    network.deliver()
    heartbeats(network)

    assert max(seqs(bob)) <= entry.seq
    assert bob.texts() == []


def test_permissions_changed_at_one_node_are_checked_again_at_the_others(network):
    a, b, _ = network.nodes
    a.run(club.join, 2)
    bob = read_at(b, Listener(2))
    with a.active(), db.transaction() as tx:
        tx.execute("delete from club_member where person = 2")
        follow.recheck(tx, 2)
    network.deliver()

    until(lambda: b.run(hub.channels_of, bob) == set())


def test_permissions_are_checked_again_until_the_database_answers(network, monkeypatch):
    a = network.nodes[0]
    a.run(club.join, 2)
    bob = read_at(a, Listener(2))
    with a.active(), db.transaction() as tx:
        tx.execute("delete from club_member where person = 2")
    allowed, failures = follow.access.allowed, iter([RuntimeError("busy"), RuntimeError("busy")])

    def busy(*arguments):
        for failure in failures:
            raise failure
        return allowed(*arguments)

    monkeypatch.setattr(follow, "RECHECKS", (0.01,) * 4)
    monkeypatch.setattr(follow.access, "allowed", busy)
    with a.active(), db.transaction() as tx:
        follow.recheck(tx, 2)

    until(lambda: a.run(hub.channels_of, bob) == set())


def test_without_any_answer_from_the_database_a_person_is_expelled(network, monkeypatch):
    a = network.nodes[0]
    a.run(club.join, 2)
    bob = read_at(a, Listener(2))
    monkeypatch.setattr(follow, "RECHECKS", (0.01,) * 4)
    monkeypatch.setattr(follow.access, "allowed", lambda *arguments: 1 / 0)

    with a.active(), db.transaction() as tx:
        follow.recheck(tx, 2)

    until(lambda: a.run(hub.channels_of, bob) == set())


def test_a_node_cut_off_from_the_bus_catches_up_by_heartbeat(network):
    a, b, _ = network.nodes
    a.run(club.join, 1)
    ann = read_at(b, Listener(1))
    network.cut_off(b)

    a.run(club.post, 1, "missed", "k1")
    network.deliver()
    before = ann.texts()
    heartbeats(network)

    assert before == []
    until(lambda: ann.texts() == ["missed"])


STEPS = st.lists(st.one_of(
    st.tuples(st.just("post"), st.integers(0, 2)),
    st.tuples(st.just("deliver"), st.lists(st.integers(0, 20), max_size=12)),
    st.tuples(st.just("cut off"), st.integers(0, 2)),
    st.tuples(st.just("heal"), st.just(0)),
    st.tuples(st.just("heartbeat"), st.integers(0, 2)),
    st.tuples(st.just("reader"), st.integers(0, 2)),
    st.tuples(st.just("stall"), st.integers(0, 5)),
), max_size=30)


def play(network, steps):
    """Play a random story; return the readers and the texts that were acknowledged."""
    readers, posted = [], []
    for action, value in steps:
        if action == "post":
            text = f"{len(posted)} at node {value}"
            network.nodes[value].run(club.post, 1, text, text)
            posted.append(text)
        elif action == "deliver":
            network.deliver(value)
        elif action == "cut off":
            network.cut_off(network.nodes[value])
        elif action == "heal":
            network.heal()
        elif action == "heartbeat":
            network.nodes[value].run(follow.heartbeat)
        elif action == "reader":
            readers.append(read_at(network.nodes[value], Listener(1)))
        elif readers:
            reader = readers[value % len(readers)]
            reader.resume() if reader.full else reader.stall()
        gevent.sleep(0)
    return readers, posted


def end_faults(network, readers):
    """End all faults and deliver everything that is left."""
    network.heal()
    for reader in readers:
        reader.resume()
    network.deliver()
    heartbeats(network)


def problem(network, steps):
    """Play a story in an empty club, end all faults, and return what is wrong then, or ''."""
    for member in network.nodes:
        with member.active():
            hub.state.forget()
            follow.cache.forget()
            hub.attach(Listener.encode)
    with network.nodes[0].active(), db.transaction() as tx:
        for table in ("entry", "channel"):
            tx.execute(f"delete from {table} where {'channel' if table == 'entry' else 'name'} = :club", club=CHESS)
    network.mail.clear()
    network.heal()
    network.nodes[0].run(club.join, 1)
    readers, posted = play(network, steps)
    end_faults(network, readers)
    with contextlib.suppress(AssertionError):
        until(lambda: all(reader.texts() == posted for reader in readers), seconds=2)
    wrong = [reader.texts() for reader in readers
             if reader.texts() != posted or seqs(reader) != sorted(set(seqs(reader)))]
    return f"acknowledged {posted}, received {wrong}" if wrong else ""


def test_all_readers_get_all_messages_once_and_in_order_over_a_faulty_bus(network):
    @FEW
    @given(steps=STEPS)
    def story(steps):
        assert problem(network, steps) == ""

    story()


def accept_a_message_after_a_gap(monkeypatch):
    add = hub.Tail.add

    def skip(tail, entry, before=None):
        tail.head = max(tail.head, entry.seq - 1)
        add(tail, entry)

    monkeypatch.setattr(hub.Tail, "add", skip)


def forget_the_heartbeat(monkeypatch):
    monkeypatch.setattr(follow, "heartbeat", lambda: None)


GAP = [("reader", 0), ("reader", 1), ("post", 0), ("post", 0), ("deliver", [1]), ("post", 0), ("deliver", [])]
LOSS = [("reader", 1), ("post", 0), ("deliver", [])]


@pytest.mark.parametrize("mistake, steps", [(accept_a_message_after_a_gap, GAP), (forget_the_heartbeat, LOSS)])
def test_the_story_detects_deliberate_mistakes(network, monkeypatch, mistake, steps):
    mistake(monkeypatch)

    assert problem(network, steps) != ""
