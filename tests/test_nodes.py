"""Several nodes in one process over one PostgreSQL, joined by a bus that loses, repeats, delays and reorders."""

import contextlib

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import access, bus, db, follow, hub, log, missed, node
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
    st.tuples(st.just("kick"), st.integers(0, 2)),
    st.tuples(st.just("add"), st.integers(0, 2)),
    st.tuples(st.just("member"), st.integers(0, 2)),
    st.tuples(st.just("crash"), st.integers(0, 2)),
), max_size=30)


class Story:
    """A random story: readers of person 1, who stays, and of person 2, who is removed and added again."""

    def __init__(self, network):
        self.network, self.readers, self.members, self.posted, self.moves = network, [], [], [], 0
        self.removed_at = 0  # the seq of the removal of person 2; None while they are a member

    def play(self, steps):
        """Play it; return the texts that were received after a removal."""
        for action, value in steps:
            getattr(self, action.replace(" ", "_"))(value)
            gevent.sleep(0)
            for member in self.network.nodes:
                member.run(bus.flush)  # what different steps send travels apart
            if late := self.heard_after_removal():
                return late
        return []

    def heard_after_removal(self):
        return [seq for _, reader in self.members for seq in seqs(reader)
                if self.removed_at is not None and seq > self.removed_at]

    def at(self, number):
        return self.network.nodes[number]

    def post(self, number):
        text = f"{len(self.posted)} at node {number}"
        self.at(number).run(club.post, 1, text, text)
        self.posted.append(text)

    def deliver(self, order):
        self.network.deliver(order)

    def cut_off(self, number):
        self.network.cut_off(self.at(number))

    def heal(self, _):
        self.network.heal()

    def heartbeat(self, number):
        self.at(number).run(follow.heartbeat)

    def reader(self, number):
        self.readers.append((self.at(number), read_at(self.at(number), Listener(1))))

    def member(self, number):
        with contextlib.suppress(access.Refused):
            self.members.append((self.at(number), read_at(self.at(number), Listener(2))))

    def stall(self, number):
        if self.readers:
            _, reader = self.readers[number % len(self.readers)]
            reader.resume() if reader.full else reader.stall()

    def kick(self, number):
        if self.removed_at is None:
            self.moves += 1
            self.removed_at = self.at(number).run(club.leave, 2, CHESS, f"leave-{self.moves}").seq

    def add(self, number):
        if self.removed_at is not None:
            self.moves += 1
            self.at(number).run(club.join, 2, CHESS, f"join-{self.moves}")
            self.removed_at = None

    def crash(self, number):
        crashed = self.at(number)
        forget(crashed)
        crashed.bus.topics = {bus.EVERY_NODE}
        self.network.mail = [letter for letter in self.network.mail if letter[0] is not crashed]
        self.readers = [pair for pair in self.readers if pair[0] is not crashed]
        self.members = [pair for pair in self.members if pair[0] is not crashed]


def forget(member):
    """Forget what a node has in memory."""
    with member.active():
        for state in (hub.state, follow.cache, missed.gaps, bus.state):
            state.forget()
        hub.attach(Listener.encode)


def end_faults(network, readers):
    """End all faults and deliver everything that is left."""
    network.heal()
    for _, reader in readers:
        reader.resume()
    network.deliver()
    heartbeats(network)


def reached(network):
    """Return how far in the club's log each node is that reads it."""
    return {member.run(lambda: tail.head) for member in network.nodes if (tail := member.run(hub.open_tail, CHESS))}


def problem(network, steps):
    """Play a story in an empty club, end all faults, and return what is wrong then, or ''."""
    for member in network.nodes:
        forget(member)
    with network.nodes[0].active(), db.transaction() as tx:
        for table in ("entry", "channel"):
            tx.execute(f"delete from {table} where {'channel' if table == 'entry' else 'name'} = :club", club=CHESS)
        tx.execute(club.TABLE)
        tx.execute("delete from club_member")
    network.mail.clear()
    network.heal()
    network.nodes[0].run(club.join, 1)
    story = Story(network)
    if late := story.play(steps):
        return f"received {late} after the removal at {story.removed_at}"
    end_faults(network, story.readers)
    readers, posted = [reader for _, reader in story.readers], story.posted
    with contextlib.suppress(AssertionError):
        head = network.nodes[0].run(log.head, db, CHESS).seq
        until(lambda: reached(network) <= {head} and all(reader.texts() == posted for reader in readers), seconds=2)
    wrong = [reader.texts() for reader in readers
             if reader.texts() != posted or seqs(reader) != sorted(set(seqs(reader)))]
    if late := story.heard_after_removal():
        return f"received {late} after the removal at {story.removed_at}"
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


def obey_no_removal(monkeypatch):
    monkeypatch.setattr(hub.Hub, "on_entry", lambda *_: None)


KICK = [("reader", 0), ("add", 0), ("deliver", [0]), ("member", 1), ("kick", 0), ("post", 0), ("deliver", [0, 1, 2])]
GAP = [("reader", 0), ("reader", 1), ("post", 0), ("post", 0), ("deliver", [1]), ("post", 0), ("deliver", [])]
LOSS = [("reader", 1), ("post", 0), ("deliver", [])]


@pytest.mark.parametrize("mistake, steps", [(accept_a_message_after_a_gap, GAP), (forget_the_heartbeat, LOSS),
                                            (obey_no_removal, KICK)])
def test_the_story_detects_deliberate_mistakes(network, monkeypatch, mistake, steps):
    mistake(monkeypatch)

    assert problem(network, steps) != ""
