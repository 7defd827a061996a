"""The promises of feeds under a random mixture of faults; and deliberate mistakes, each of which must be noticed."""

import pytest
from hypothesis import Phase
from hypothesis.errors import Flaky

from hubbub.core import db, latest
from hubbub.feeds import alerts, candles, newest, ticks
from tests import machine, postgres
from tests.machine_feeds import Market, clock
from tests.test_machine import run


def test_screens_candles_and_alerts_follow_what_was_committed_whatever_happens():
    run(40, Market, print_blob=True)


def test_also_on_postgresql():
    class OnPostgres(Market):
        url = postgres.database()

    run(6, OnPostgres, print_blob=True)


def a_frame_while_one_is_in_flight(monkeypatch):
    monkeypatch.setattr(latest.Watcher, "is_ready", lambda watcher, now: True)


def wait_for_ever_for_a_word(monkeypatch):
    monkeypatch.setattr(latest, "UNACKNOWLEDGED", 1e9)


def forget_to_unwatch(monkeypatch):
    monkeypatch.setattr(latest, "unwatch", lambda peer: None)


def leave_out_what_came_while_it_was_full(monkeypatch):
    flush = latest.flush

    def flush_and_forget(rate, now):
        for peer, watcher in latest.state().watchers.items():
            if peer.full:
                watcher.sent = latest.state().version
        flush(rate, now)

    monkeypatch.setattr(latest, "flush", flush_and_forget)


def show_before_the_commit(monkeypatch):
    monkeypatch.setattr(db.Transaction, "after_commit", lambda tx, effect: effect())


def begin_without_the_last_values(monkeypatch):
    monkeypatch.setattr(newest, "load", lambda: None)


def tell_outside_the_transaction(monkeypatch):
    tell = alerts._notify

    def told(tx, *more):
        def later():
            with db.UnitOfWork(), db.transaction() as own:
                tell(own, *more)

        tx.after_commit(lambda: clock.spawn(later))

    monkeypatch.setattr(alerts, "_notify", told)


def alerts_mind_what_is_late(monkeypatch):
    monkeypatch.setattr(ticks, "_in_time", lambda fresh, before: fresh)


def count_what_is_sent_again(monkeypatch):
    monkeypatch.setattr(ticks, "_numbered", lambda feed, batch, now: [
        candles.Counted(feed.n + n, tick.symbol, tick.value, tick.at) for n, tick in enumerate(batch, 1)])


def close_with_what_came_last(monkeypatch):
    start = candles.MERGE.index("close = case")
    end = candles.MERGE.index("high = case")
    monkeypatch.setattr(candles, "MERGE",
                        f"{candles.MERGE[:start]}close = excluded.close,\n    {candles.MERGE[end:]}")


@pytest.mark.parametrize("mistake", [
    a_frame_while_one_is_in_flight, wait_for_ever_for_a_word, forget_to_unwatch, leave_out_what_came_while_it_was_full,
    show_before_the_commit, begin_without_the_last_values, tell_outside_the_transaction, alerts_mind_what_is_late,
    count_what_is_sent_again, close_with_what_came_last], ids=lambda mistake: mistake.__name__)
def test_a_deliberate_mistake_is_noticed(mistake, monkeypatch):
    mistake(monkeypatch)
    monkeypatch.setattr(machine, "DEADLINE", 0.5)

    with pytest.raises((AssertionError, KeyError, Flaky)):  # a slow machine may notice it in one of two tries
        run(400, Market, phases=[Phase.generate], derandomize=True)
