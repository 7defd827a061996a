"""Short fault runs with several workers on one PostgreSQL; `bin/faults` has the long ones, with measurements."""

import pytest

from tests import bus_servers, postgres
from tests.faults import cluster
from tests.faults.process import Process

RATE = 60  # messages a second
TALK = 60  # messages before and after


@pytest.fixture(autouse=True)
def forked_workers(monkeypatch):
    """Fork the workers."""
    monkeypatch.setattr(Process, "module", "tests.forked_workers")


@pytest.fixture
def url():
    """An empty database."""
    return postgres.database()


@pytest.fixture
def bus():
    server = bus_servers.Valkey()
    server.start()
    yield server
    server.stop()


def test_killing_a_worker_loses_duplicates_and_reorders_nothing(tmp_path, url):
    assert cluster.killed(tmp_path, url, rounds=1, rate=RATE).faults == {}


def test_replacing_all_workers_refuses_and_loses_nothing(tmp_path, url):
    outcome = cluster.rolling(tmp_path, url, rounds=1, rate=RATE, talk=TALK)

    assert outcome.faults == {}
    assert outcome.figures["refused"] == [0]
    assert "Traceback" not in outcome.log


def test_a_bus_that_is_killed_delays_and_refuses_nothing(tmp_path, url, bus):
    outcome = cluster.bus_gone(tmp_path, url, bus, "kill", rounds=1, rate=RATE, talk=TALK)

    assert outcome.faults == {}
    assert outcome.figures["refused"] == [0]
    assert "Traceback" not in outcome.log
