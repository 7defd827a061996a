"""Short runs of the faults against a real server process; `bin/faults` has the long ones, with their figures."""

import pytest

from tests.faults import crashes, network


def test_kill_9_at_random_moments_loses_doubles_and_moves_nothing(tmp_path):
    outcome = crashes.kills(tmp_path, rounds=5)

    assert outcome.faults == {}
    assert outcome.messages > 5 * 50


def test_sigterm_under_load_ends_it_quietly_and_loses_nothing(tmp_path):
    outcome = crashes.endings(tmp_path, rounds=2)

    assert outcome.faults == {}
    assert outcome.figures["exit code"] == [0, 0]
    assert max(outcome.figures["ended"]) < 10
    assert "Traceback" not in outcome.log


@pytest.mark.parametrize("trouble", [network.cut, network.flapping, network.lossy, network.delayed, network.silent])
def test_a_network_in_trouble_loses_nothing(tmp_path, trouble):
    outcome = network.trouble(tmp_path, trouble, rounds=1)

    assert outcome.faults == {}
    assert "Traceback" not in outcome.log
