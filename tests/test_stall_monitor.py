"""A blocked event loop is logged once, with the place in the code; a busy one is not."""

import time

import gevent
import pytest

from hubbub.live import stall_monitor
from tests.waiting import until


@pytest.fixture
def monitor():
    monitor = stall_monitor.StallMonitor().start()
    yield monitor
    monitor.stop()


def compute_for_too_long(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def logged(caplog):
    gevent.sleep(0)
    return [record.getMessage() for record in caplog.records if record.name == "hubbub.live.stall_monitor"]


def test_the_log_names_the_code_that_blocks_the_loop(monitor, caplog):
    gevent.sleep(0.02)

    compute_for_too_long(0.3)
    until(lambda: logged(caplog))
    compute_for_too_long(0.3)

    [message] = logged(caplog)
    assert message.startswith("the event loop was blocked for ")
    assert "compute_for_too_long" in message


def test_a_loop_that_is_only_busy_is_not_logged(monitor, caplog, monkeypatch):
    monkeypatch.setattr(stall_monitor, "LONG", 1.0)  # a busy machine may pause this process for a while

    for _ in range(60):
        compute_for_too_long(0.03)
        gevent.sleep(0)

    assert logged(caplog) == []
