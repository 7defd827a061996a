"""The promises of the inbox under a random mixture of what people and nodes do; and mistakes, which are noticed."""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from hubbub.core import timers
from hubbub.notifications import alarms, model
from tests import postgres
from tests.machine_inbox import Inboxes


def run(examples, world=Inboxes, steps=25, **options):
    run_state_machine_as_test(world, settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, report_multiple_bugs=False, **options))


def test_each_cause_notifies_once_and_every_device_shows_the_same():
    run(10, print_blob=True)


def test_nor_with_two_nodes_on_postgresql():
    class OnPostgres(Inboxes):
        url = postgres.database()

    run(1, OnPostgres, print_blob=True)


def nothing_is_urgent_to_anybody(monkeypatch):
    monkeypatch.setattr(alarms, "start", lambda tx, cause, asks=0: cause)


def reading_is_not_announced(monkeypatch):
    append = model.append
    monkeypatch.setattr(model, "append", lambda tx, person, kind, *rest: kind == "read" or append(
        tx, person, kind, *rest))


def an_acknowledgement_is_kept_secret(monkeypatch):
    append = alarms._append_to_all
    monkeypatch.setattr(alarms, "_append_to_all", lambda tx, id, kind, *rest: kind == "acknowledged" or append(
        tx, id, kind, *rest))


def nobody_rings(monkeypatch):
    monkeypatch.setattr(timers, "set", lambda *_: None)


def a_killed_node_is_followed_by_one_that_begins_again(monkeypatch):
    notify, tries = model.notify, itertools.count()
    monkeypatch.setattr(model, "notify", lambda tx, people, cause: notify(
        tx, people, cause._replace(key=f"{cause.key}/{next(tries)}")))


@pytest.mark.parametrize("mistake", [
    nothing_is_urgent_to_anybody, reading_is_not_announced, an_acknowledgement_is_kept_secret, nobody_rings,
    a_killed_node_is_followed_by_one_that_begins_again])
def test_a_mistake_is_noticed(monkeypatch, mistake):
    mistake(monkeypatch)

    with pytest.raises((AssertionError, Flaky)):
        run(60, phases=[Phase.generate])
