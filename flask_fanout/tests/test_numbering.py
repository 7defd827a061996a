"""The numbers of messages: nothing twice, nothing late, nothing missing without a report."""

import pytest
from flask_fanout.bus import numbering
from flask_fanout.bus.numbering import Sender, Subscription
from hypothesis import given
from hypothesis import strategies as st

FINE, GAP, OLD = (True, False), (True, True), (False, False)


@pytest.fixture
def now(monkeypatch):
    """Set the clock by calling this."""
    times = [1000.0]
    monkeypatch.setattr(numbering.time, "monotonic", lambda: times[0])
    return lambda time: times.__setitem__(0, time)


@pytest.fixture
def subscription(now):
    effective = Subscription()
    effective.take_effect()
    now(1001)
    return effective


def test_messages_in_order_are_fine_and_repeated_ones_are_dropped(subscription):
    headers = [Sender.header(sender, "a") for sender in [Sender()] for _ in range(3)]

    assert [subscription.check(header) for header in headers] == [FINE] * 3
    assert [subscription.check(header) for header in headers] == [OLD] * 3


def test_a_missing_number_is_a_gap_and_a_late_message_is_dropped(subscription):
    sender = Sender()
    first, second, third, fourth = (sender.header("a") for _ in range(4))

    assert [subscription.check(header) for header in (first, third, second, fourth)] == [FINE, GAP, OLD, FINE]


@given(st.lists(st.integers(0, 9), max_size=20))
def test_whatever_is_lost_repeated_or_late_is_dropped_or_reported(order):
    effective, sender = Subscription(), Sender()
    effective.take_effect()
    headers = [sender.header("a") for _ in range(10)]

    last = -1
    for number in order:
        is_new, is_gap = effective.check(headers[number])
        assert (is_new, is_gap) == (number > last, number > last + 1)
        last = max(last, number)


def test_topics_and_senders_are_numbered_separately(subscription):
    ann, bob = Sender(), Sender()

    checked = [subscription.check(each) for each in (ann.header("a"), bob.header("a"), ann.header("a"))]
    ann.header("b")

    assert [*checked, subscription.check(ann.header("a"))] == [FINE] * 4


def test_an_unknown_sender_in_the_middle_is_a_gap_if_the_message_before_came_after_the_subscription(now):
    sender, late = Sender(), Subscription()
    now(2000)
    sender.header("a")
    now(2001)
    late.take_effect()
    now(2002)
    assert late.check(sender.header("a")) == FINE

    late.take_effect()
    now(2003)
    sender.header("a")
    assert late.check(sender.header("a")) == GAP


def test_a_sender_that_starts_again_is_new(subscription, now):
    assert subscription.check(Sender().header("a")) == FINE
    assert subscription.check(Sender().header("a")) == FINE


def test_a_sender_forgets_the_topics_it_has_not_used_for_longest(subscription, now, monkeypatch):
    monkeypatch.setattr(numbering, "MAX_TOPICS", 2)
    sender = Sender()
    assert subscription.check(sender.header("a")) == FINE
    for topic in ("b", "c", "d"):
        sender.header(topic)

    assert len(sender.topics) == 2
    assert subscription.check(sender.header("a")) == GAP  # it cannot know; too much is better than too little
    stranger = Subscription()
    stranger.take_effect()
    assert stranger.check(sender.header("b")) == GAP
    now(1100)
    assert subscription.check(sender.header("a")) == FINE


def test_a_receiver_forgets_the_senders_that_were_silent_for_longest(subscription, monkeypatch):
    monkeypatch.setattr(numbering, "MAX_SENDERS", 2)
    for _ in range(5):
        assert subscription.check(Sender().header("a")) == FINE

    assert len(subscription.numbers) == 2
