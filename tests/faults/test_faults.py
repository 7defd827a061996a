"""Short fault runs against a real server process; `bin/faults` has the long ones, with measurements."""

import pytest

from tests import postgres
from tests.faults import backups, crashes, database, herd, network, readers, webhooks
from tests.faults.world import SHORT


@pytest.fixture
def url():
    """Return the address of an empty PostgreSQL database."""
    return postgres.database()


def test_killing_the_server_at_random_moments_loses_duplicates_and_reorders_nothing(tmp_path):
    outcome = crashes.kills(tmp_path, rounds=2, rate=SHORT)

    assert outcome.faults == {}
    assert len(outcome.figures["caught up"]) == 2


def test_killing_the_server_loses_nothing_on_postgresql_either(tmp_path, url):
    assert crashes.kills(tmp_path, rounds=1, rate=SHORT, database=url).faults == {}


def test_terminated_database_connections_cost_refusals_but_no_message(tmp_path, url):
    outcome = database.terminated(tmp_path, url, rounds=1, rate=SHORT)

    assert outcome.faults == {}
    assert min(outcome.figures["ended"]) >= 1


def test_killing_the_server_while_a_webhook_answers_repeats_its_call_and_posts_its_answer_once(tmp_path):
    assert webhooks.killed(tmp_path, "", kills=1).faults == {}


def test_sigterm_under_load_ends_it_quietly_and_loses_nothing(tmp_path):
    outcome = crashes.endings(tmp_path, rounds=1, rate=SHORT)

    assert outcome.faults == {}
    assert outcome.figures["exit code"] == [0]
    assert max(outcome.figures["ended"]) < 10
    assert "Traceback" not in outcome.log


def test_a_disturbed_network_loses_no_message(tmp_path):
    outcome = network.troubles(tmp_path, network.TROUBLES, rounds=1, rate=SHORT)

    assert outcome.faults == {}
    assert "Traceback" not in outcome.log


def test_a_client_that_vanished_is_detected_and_gets_everything_when_it_is_back(tmp_path):
    outcome = network.half_open(tmp_path, ping=1, timeout=1, rate=SHORT)

    assert outcome.faults == {}
    assert "Traceback" not in outcome.log


def test_readers_that_stop_reading_cost_little_and_catch_up_later(tmp_path):
    outcome = readers.stalled(tmp_path, seconds=3)

    assert outcome.faults == {}
    assert outcome.figures["memory"][0] <= 1


def test_many_clients_that_reconnect_at_once_catch_up_with_few_statements_each(tmp_path):
    outcome = herd.herded(tmp_path, clients=100, filled=500)

    assert outcome.faults == {}
    assert outcome.figures["statements"][0] <= 3.1  # who it is, its rights, its heads; and once for all what was missed


def test_a_backup_made_under_load_has_everything_acknowledged_and_can_be_continued(tmp_path):
    outcome = backups.put_back(tmp_path, rate=SHORT)

    assert outcome.faults == {}
    assert outcome.figures["resets"][0] >= 4  # every reader was told that its history is another
