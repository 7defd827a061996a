"""What a node does with what other nodes wrote: no message is trusted further than the log bears it out."""

import gevent
import pytest

from hubbub.core import access, bus, db, follow, hub, log, missed, rights
from hubbub.core.log import START
from hubbub.live import bus_link
from tests import club
from tests.club import Listener
from tests.statements import start_recording
from tests.waiting import until

CHESS, TEA = "club:chess", "club:tea"


def read_at(reading_node, person=1, channel=CHESS):
    listener = Listener(person)
    reading_node.run(follow.follow, listener, channel, START)
    return listener


def seqs(listener):
    return [payload["seq"] for event, payload in listener.received if event != "heads"]


def settle(network):
    """Deliver everything until nothing more is sent."""
    network.deliver()
    while network.mail:
        network.deliver()


@pytest.fixture
def two(network):
    """A club of two people who read at nodes A and B; returns the nodes and the readers."""
    a, b, _ = network.nodes
    a.run(club.join, 1)
    a.run(club.join, 2)
    ann, bob = read_at(a, 1), read_at(b, 2)
    settle(network)
    until(lambda: len(bob.received) == 2)
    return a, b, ann, bob


def statements_of(reading_node, monkeypatch):
    with reading_node.active():
        return start_recording(monkeypatch.setattr)


def test_an_entry_that_follows_the_head_is_passed_on_without_reading_the_database(network, two, monkeypatch):
    a, b, _, bob = two
    statements = statements_of(b, monkeypatch)

    for n in range(5):
        a.run(club.post, 1, f"text {n}", f"k{n}")
    network.deliver()

    assert bob.texts() == [f"text {n}" for n in range(5)]
    assert statements == []


def test_an_entry_too_long_for_the_bus_is_read_in_the_log(network, two):
    a, _, _, bob = two

    a.run(club.post, 1, "x" * 5000, "long")
    assert all(message.entry is bus.msgspec.UNSET for message in network.messages_to(network.nodes[1]))
    network.deliver()

    until(lambda: bob.texts() == ["x" * 5000])


def test_entries_that_overtake_each_other_are_passed_on_in_order_without_reading(network, two, monkeypatch):
    a, b, _, bob = two
    monkeypatch.setattr(missed, "OVERTAKEN", 60.0)
    statements = statements_of(b, monkeypatch)
    for text in ("first", "second", "third"):
        a.run(club.post, 1, text, text)
        network.messages_to(b)

    network.deliver([2, 0, 1])

    assert bob.texts() == ["first", "second", "third"]
    assert not [sql for sql in statements if "order by seq limit" in sql]


def test_an_entry_after_a_lost_one_waits_until_the_lost_one_is_read(network, two):
    a, b, _, bob = two
    for text in ("lost", "arrives"):
        a.run(club.post, 1, text, text)
        network.messages_to(b)

    network.deliver([1])
    before = bob.texts()

    assert before == []
    until(lambda: bob.texts() == ["lost", "arrives"])


def test_nothing_after_a_removal_reaches_the_person_even_if_every_word_of_it_is_lost(network, two):
    a, b, _, bob = two
    entry = a.run(club.leave, 2)
    network.deliver([])
    a.run(club.post, 1, "a secret", "k1")
    network.deliver()
    until(lambda: b.run(hub.open_tail, CHESS).head == entry.seq + 1)
    a.run(club.post, 1, "another", "k2")
    settle(network)

    assert seqs(bob) == [1, 2, entry.seq]
    assert bob.texts() == []


def test_a_person_who_joins_a_node_during_their_removal_hears_nothing_after_it(network, two, monkeypatch):
    a, b, _, _ = two
    network.deliver()
    with b.active():
        b.values.pop(hub.state)
        hub.attach(Listener.encode)
    allowed, late = access.allowed, Listener(2)

    def removed_meanwhile(*arguments):
        found = allowed(*arguments)
        monkeypatch.setattr(access, "allowed", allowed)
        a.run(club.leave, 2)
        network.deliver([])
        return found

    monkeypatch.setattr(access, "allowed", removed_meanwhile)
    b.run(follow.follow, late, CHESS, START)
    a.run(club.post, 1, "a secret", "k1")
    settle(network)
    until(lambda: b.run(hub.open_tail, CHESS).head == 4)

    assert late.texts() == []


def test_a_person_who_was_added_again_before_the_node_read_the_removal_goes_on_reading(network, two):
    a, b, _, bob = two
    a.run(club.leave, 2)
    a.run(club.join, 2, CHESS, "again")
    network.deliver([])
    b.run(hub.disconnect, bob)
    back = Listener(2)
    b.run(follow.follow, back, CHESS, log.Cursor(2, "join-2"))

    a.run(club.post, 1, "welcome back", "k1")
    settle(network)

    until(lambda: back.texts() == ["welcome back"])


def test_a_blanked_entry_does_not_come_back_by_a_delayed_message(network, two):
    a, b, _, bob = two
    entry = a.run(club.post, 1, "regretted", "k1")
    delayed = network.messages_to(b)
    network.deliver([])
    with a.active(), db.transaction() as tx:
        log.blank(tx, CHESS, [entry.seq], {"text": ""})
    network.deliver()
    for message in delayed:
        b.run(bus.handle, message)

    until(lambda: bob.texts() == [""])
    assert b.run(hub.open_tail, CHESS).after(entry.seq) == []


def test_a_blanked_entry_is_in_no_frame_of_another_node(network, two):
    a, b, _, bob = two
    bob.stall()
    entry = a.run(club.post, 1, "regretted", "k1")
    network.deliver()
    with a.active(), db.transaction() as tx:
        log.blank(tx, CHESS, [entry.seq], {"text": ""})
    network.deliver()
    bob.resume()

    until(lambda: bob.texts() == [""])


def test_a_lost_note_that_an_entry_was_blanked_is_made_up_for_with_the_next_message(network, two):
    a, b, _, bob = two
    bob.stall()
    entry = a.run(club.post, 1, "regretted", "k1")
    network.deliver()
    with a.active(), db.transaction() as tx:
        log.blank(tx, CHESS, [entry.seq], {"text": ""})
    network.deliver([])
    a.run(club.post, 1, "next", "k2")
    network.deliver()
    bob.resume()

    until(lambda: bob.texts() == ["", "next"])


def test_after_a_failover_to_an_earlier_state_readers_get_what_the_log_has_then(network, two):
    a, b, ann, bob = two
    lost = a.run(club.post, 1, "lost", "k1")
    network.deliver()
    with a.active(), db.transaction() as tx:
        tx.execute("delete from entry where channel = :club and seq = :seq", club=CHESS, seq=lost.seq)
        tx.execute("update channel set head = head - 1, n = n - 1 where name = :club", club=CHESS)

    a.run(club.post, 1, "instead", "k2")
    settle(network)

    for reader in (ann, bob):
        until(lambda reader=reader: [event for event, _ in reader.received][-1] == "reset")
        assert reader.received[-1][1]["items"] == [{"seq": lost.seq, "text": "instead"}]


def test_an_entry_of_another_history_is_not_used(network, two):
    a, b, _, bob = two
    alien = log.Entry(CHESS, 3, 1, "message", 1, 0.0, "k", {"text": "alien"})

    b.run(bus.handle, bus.Published(CHESS, 3, "k", "another key", bus.msgspec.Raw(bus.msgspec.json.encode(alien))))
    a.run(club.post, 1, "real", "k1")
    settle(network)

    until(lambda: bob.texts() == ["real"])


def test_a_change_of_rights_is_noticed_with_the_next_beat_if_its_message_is_lost(network, two):
    a, b, _, bob = two
    with a.active(), db.transaction() as tx:
        tx.execute("delete from club_member where person = 2")
        follow.recheck(tx, 2)
    network.deliver([])
    until(lambda: a.run(rights.state).seq == 1)

    a.run(bus_link.check)
    network.deliver()

    until(lambda: b.run(hub.channels_of, bob) == set())


def test_a_change_of_rights_is_noticed_by_polling_while_the_bus_is_away(network, two):
    a, b, _, bob = two
    network.cut_off(b)
    with a.active(), db.transaction() as tx:
        tx.execute("delete from club_member where person = 2")
        follow.recheck(tx, 2)

    b.run(bus_link.check)

    until(lambda: b.run(hub.channels_of, bob) == set())


def test_changes_of_rights_are_handled_once_and_in_order_whatever_the_bus_does(network):
    a, b, _ = network.nodes
    handled = []
    handle, bus.handle = bus.handle, lambda message: handled.append(message)
    try:
        for person in range(5):
            with a.active(), db.transaction() as tx:
                rights.announce(tx, bus.RightsChanged(person))
        until(lambda: a.run(rights.state).seq == 5)
        handled.clear()
        b.run(rights.catch_up)
        b.run(rights.catch_up)
    finally:
        bus.handle = handle

    assert handled == [bus.RightsChanged(person) for person in range(5)]


def test_old_changes_of_rights_are_deleted_except_the_last(network, monkeypatch):
    a = network.nodes[0]
    monkeypatch.setattr(rights, "KEPT", -1.0)
    for person in range(3):
        with a.active(), db.transaction() as tx:
            rights.announce(tx, bus.RightsChanged(person))

    assert a.run(db.execute, "select seq from rights_change order by seq") == [(0,), (3,)]


def test_a_node_without_the_bus_reads_what_others_wrote_with_one_query_for_all_channels(network, two, monkeypatch):
    a, b, _, bob = two
    a.run(club.join, 2, TEA)
    tea = read_at(b, 2, TEA)
    network.deliver()
    network.cut_off(b)
    statements = statements_of(b, monkeypatch)

    b.run(bus_link.check)
    quiet = len(statements)
    a.run(club.post, 1, "during", "k1")
    a.run(club.post, 2, "too", "k2", TEA)
    b.run(bus_link.check)

    assert quiet == 2  # the changes of rights, and the heads
    until(lambda: (bob.texts(), tea.texts()) == (["during"], ["too"]))
    assert b.run(bus_link.away) >= 0.0


def test_a_heartbeat_that_tells_nothing_new_reads_nothing_also_before_the_first_change(network, two, monkeypatch):
    a, b, *_ = two
    settle(network)
    statements = statements_of(b, monkeypatch)

    a.run(bus.send, rights.Changed(a.run(rights.state).seq))
    settle(network)
    gevent.sleep(0)  # what a greenlet would read

    assert statements == []
