"""A loop that is held up says where, once; one that is only busy says nothing."""

import time

import gevent
import pytest

from hubbub.live import stalls
from tests.club import until


@pytest.fixture
def watch():
    watch = stalls.Watch().start()
    yield watch
    watch.stop()


def compute_for_too_long(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def said(caplog):
    gevent.sleep(0)
    return [record.getMessage() for record in caplog.records if record.name == "hubbub.live.stalls"]


def test_whoever_holds_up_the_loop_is_named_in_the_log(watch, caplog):
    gevent.sleep(0.02)

    compute_for_too_long(0.3)
    until(lambda: said(caplog))
    compute_for_too_long(0.3)

    [word] = said(caplog)
    assert word.startswith("everybody waited for ")
    assert "compute_for_too_long" in word


def test_a_loop_that_takes_turns_is_not_worth_a_word(watch, caplog, monkeypatch):
    monkeypatch.setattr(stalls, "LONG", 1.0)  # so that a machine that pauses us is none either

    for _ in range(60):
        compute_for_too_long(0.03)
        gevent.sleep(0)

    assert said(caplog) == []
