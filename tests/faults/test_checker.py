"""The checker detects each kind of damage that is planted into a log or its readers."""

import copy

import pytest

from tests.faults.checker import Received, Sent, check

ROOM = "room:1"
ANN, BOB = 1, 2


def story():
    """Ann and Bob post three messages each by turns, all acknowledged; Carol received two, skipped two, and went on."""
    sent = [Sent(name, author, k, ROOM, f"{name}-{k}", f"{name} says {k}")
            for k in range(3) for name, author in (("ann", ANN), ("bob", BOB))]
    log = [{"seq": 1, "author": 0, "key": "", "kind": "created", "data": {}}]
    for one in sent:
        log.append({"seq": len(log) + 1, "author": one.author, "key": one.key, "kind": "message",
                    "data": {"text": one.text}})
        one.answers.append(len(log))
    received = Received(1, [*log[1:3], *log[5:]], [(3, 5)])
    return {ROOM: log}, sent, {"carol": {ROOM: copy.deepcopy(received)}}


def swap(log, sent, received):
    """Swap Ann's second and third message everywhere."""
    log[3], log[5] = {**log[5], "seq": 4}, {**log[3], "seq": 6}
    sent[2].answers, sent[4].answers = [6], [4]
    received.entries[2] = log[5]


def found(logs, sent, readers):
    return set(check(logs, sent, readers, {ROOM: 1}))


def test_an_undamaged_log_has_no_faults():
    assert check(*story(), {ROOM: 1}) == {}


def test_a_lost_entry_is_detected_at_the_end_and_in_the_middle():
    logs, sent, readers = story()

    logs[ROOM].pop()
    assert found(logs, sent, readers) == {"lost", "missed"}
    del logs[ROOM][3]
    assert found(logs, sent, readers) == {"lost", "missed", "holes"}


def test_an_acknowledged_entry_at_another_place_is_detected():
    logs, sent, readers = story()
    sent[2].answers = [40]

    assert check(logs, sent, readers, {ROOM: 1}) == {"lost": ["room:1: ann-1 was acknowledged as 40 and is not there"]}


def test_a_message_without_an_answer_is_detected():
    logs, sent, readers = story()
    sent[2].answers = []

    assert found(logs, sent, readers) == {"lost"}


def test_a_duplicate_entry_is_detected():
    logs, sent, readers = story()
    again = {**logs[ROOM][3], "seq": 8}
    logs[ROOM].append(again)
    readers["carol"][ROOM].entries.append(again)

    assert found(logs, sent, readers) == {"doubled", "disordered"}


def test_two_different_acknowledgements_of_one_message_are_detected():
    logs, sent, readers = story()
    sent[0].answers.append(3)

    assert found(logs, sent, readers) == {"doubled", "lost"}


def test_two_swapped_entries_of_one_writer_are_detected():
    logs, sent, readers = story()
    swap(logs[ROOM], sent, readers["carol"][ROOM])

    assert found(logs, sent, readers) == {"disordered"}


def test_a_message_that_was_refused_and_sent_again_may_be_out_of_order():
    logs, sent, readers = story()
    swap(logs[ROOM], sent, readers["carol"][ROOM])
    sent[2].refused = True

    assert found(logs, sent, readers) == set()


def test_a_gap_is_detected():
    logs, sent, readers = story()
    for entry in logs[ROOM][5:]:
        entry["seq"] += 1
    for one in sent[4:]:
        one.answers = [one.answers[0] + 1]
    for entry in readers["carol"][ROOM].entries[2:]:
        entry["seq"] += 1
    readers["carol"][ROOM].jumps = [(3, 6)]

    assert found(logs, sent, readers) == {"holes"}


def test_a_log_that_does_not_begin_with_one_has_a_gap():
    logs, sent, readers = story()
    del logs[ROOM][0]

    assert found(logs, sent, readers) == {"holes"}


@pytest.mark.parametrize("change", [{"key": "eve-1"}, {"author": 3}, {"data": {"text": "something else"}}])
def test_an_entry_that_differs_from_what_was_sent_is_detected(change):
    logs, sent, readers = story()
    foreign = {**logs[ROOM][6], "key": "bob-9", "seq": 8} | change
    logs[ROOM].append(foreign)
    readers["carol"][ROOM].entries.append(foreign)

    assert found(logs, sent, readers) == {"foreign"}


def test_a_message_that_was_refused_but_stored_is_detected():
    logs, sent, readers = story()
    sent[3].answers, sent[3].failed = [], "you may not post here"

    assert found(logs, sent, readers) == {"foreign"}


@pytest.mark.parametrize("damage", [
    lambda received: received.entries.pop(),
    lambda received: received.entries.pop(1),
    lambda received: received.entries.append(received.entries[-1]),
    lambda received: received.entries.reverse(),
    lambda received: received.jumps.clear(),
    lambda received: received.entries[0]["data"].update(text="something else"),
    lambda received: received.odd.append("5 after 3 on one connection"),
])
def test_a_reader_that_differs_from_the_log_is_detected(damage):
    logs, sent, readers = story()

    damage(readers["carol"][ROOM])

    assert found(logs, sent, readers) == {"missed"}
