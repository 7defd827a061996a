"""The promises of the log under a random mixture of faults; and deliberate mistakes, each of which must be noticed."""

import gevent
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from hubbub.core import db, follow, hub, log, missed, tail, windows
from tests import device, machine, postgres
from tests.device import Shelf
from tests.machine_log import Clubs


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Limits so small that a few steps reach them."""
    monkeypatch.setattr(tail, "RING_ENTRIES", 4)
    monkeypatch.setattr(log, "PAGE_ENTRIES", 3)
    monkeypatch.setattr(log.read, "__defaults__", (3,))
    monkeypatch.setattr(follow, "FAR", 8)
    monkeypatch.setattr(missed, "OVERTAKEN", 0.0)
    monkeypatch.setattr(windows.newest, "__defaults__", (windows.Span(limit=3),))


def run(examples, world=Clubs, steps=40, **options):
    run_state_machine_as_test(world, settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, report_multiple_bugs=False, **options))


def test_nothing_is_lost_doubled_or_reordered_whatever_happens():
    run(60, print_blob=True)


def test_nor_on_postgresql():
    with postgres.lent() as address:
        class OnPostgres(Clubs):
            url = address

        run(8, OnPostgres, print_blob=True)


def no_dedupe(monkeypatch):
    append, count = log.append, iter(range(10**9))
    monkeypatch.setattr(log, "append", lambda tx, channel, kind, data, *, author, key, counts=False: append(
        tx, channel, kind, data, author=author, key=f"{key}#{next(count)}", counts=counts))


def push_over_a_hole(monkeypatch):
    add = hub.Tail.add

    def skip(tail, entry, before=None):
        tail.head = max(tail.head, entry.seq - 1)
        add(tail, entry)

    monkeypatch.setattr(hub.Tail, "add", skip)


def drop_on_overflow(monkeypatch):
    monkeypatch.setattr(hub.Hub, "on_lag", lambda *_: None)


def never_overflow(monkeypatch):
    keep = hub.Tail._keep

    def push(tail, entry):
        keep(tail, entry, frame := hub.encode(entry.kind, entry))
        for peer in tail.live:
            peer.send(frame)
        hub.state().on_entry(tail, entry)

    monkeypatch.setattr(hub.Tail, "_push", push)


def live_before_history(monkeypatch):
    pull = follow.pull

    def early(tail, peer):
        sent = tail.behind.get(peer)
        if sent is not None:
            tail.go_live(peer)
            gevent.sleep(0.001)  # a commit looks at the sockets first
            hub.join(tail, peer, sent)
            pull(tail, peer)

    monkeypatch.setattr(follow, "pull", early)


def subscribe_from_the_head(monkeypatch):
    begin = follow._begin
    monkeypatch.setattr(follow, "_begin", lambda tail, peer, cursor: (
        hub.join(tail, peer, tail.head), begin(tail, peer, log.head(db, tail.channel)))[1])


def speak_before_the_commit(monkeypatch):
    monkeypatch.setattr(db.Transaction, "after_commit", lambda tx, effect: effect())


def answer_before_the_commit(monkeypatch):
    monkeypatch.setattr(db.Batch, "then", lambda batch, call: call(None))


def forget_the_removal(monkeypatch):
    monkeypatch.setattr(hub.Hub, "on_entry", lambda *_: None)


def forget_what_rests_on_it(monkeypatch):
    monkeypatch.setattr(follow, "recheck", lambda tx, person: None)


def look_once(monkeypatch):
    monkeypatch.setattr(follow, "_verify", lambda peer, cursors, channels: channels)


def believe_the_number_of_a_cursor(monkeypatch):
    monkeypatch.setattr(follow, "_holds", lambda tail, cursor: cursor.seq <= tail.head)


def add_the_window_to_what_was_there(monkeypatch):
    replace = Shelf.replace
    monkeypatch.setattr(Shelf, "replace", lambda shelf, shown, seq: replace(shelf, shelf.shown | shown, seq))


def one_transaction_for_each_channel(monkeypatch):
    say = device.say
    monkeypatch.setattr(device, "say", lambda person, key, channels: {
        channel: say(person, key, [channel])[channel] for channel in channels})


def keep_half_of_what_was_refused(monkeypatch):
    monkeypatch.setattr(db.Writer, "_undo", lambda writer, *_: writer.engine.release())


def tell_no_heads(monkeypatch):
    monkeypatch.setattr(follow, "heartbeat", lambda: None)


# The lengths of histories that show these soonest.
SOONEST = {forget_the_removal: 60, tell_no_heads: 30, believe_the_number_of_a_cursor: 60}


@pytest.mark.parametrize("mistake", [
    no_dedupe, push_over_a_hole, drop_on_overflow, never_overflow, live_before_history, subscribe_from_the_head,
    speak_before_the_commit, answer_before_the_commit, forget_the_removal, forget_what_rests_on_it, look_once,
    believe_the_number_of_a_cursor, add_the_window_to_what_was_there, one_transaction_for_each_channel,
    keep_half_of_what_was_refused, tell_no_heads], ids=lambda mistake: mistake.__name__)
def test_a_deliberate_mistake_is_noticed(mistake, monkeypatch):
    mistake(monkeypatch)
    monkeypatch.setattr(machine, "DEADLINE", 1.0)

    with pytest.raises((AssertionError, RuntimeError, Flaky)):  # a slow machine may notice it in one of two tries
        run(400, steps=SOONEST.get(mistake, 40), phases=[Phase.generate], derandomize=True)
