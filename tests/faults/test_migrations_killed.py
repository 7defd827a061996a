"""A migration that is killed at any statement is finished by the next start, and no data is lost."""

import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter

from hubbub.core.db import migrate
from tests import postgres
from tests.faults import cut, migrating

EVERY, NEWEST = 20, 2  # the older migrations, which change no more, are killed at every twentieth step


def killed(*given):
    """Return every trial, as `tests.faults.migrating` prints it."""
    command = [sys.executable, "-m", "tests.faults.migrating", *map(str, given)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def problems(trials):
    """Return the trials that did not end as expected: killed, or complete."""
    return [trial for trial in trials if trial["wrong"] or trial["code"] not in (-signal.SIGKILL, 0)]


def test_the_next_start_finishes_a_migration_that_was_killed_anywhere():
    with tempfile.TemporaryDirectory(dir=cut.MEMORY) as folder:
        trials = killed(folder, "", EVERY, NEWEST)

    steps = Counter(trial["migration"] for trial in trials if trial["code"])
    counts = [len(list(migrating.statements(sql))) + 4  # begin, record, commit, and after it
              for *_, sql in migrate.steps("sqlite")]
    assert problems(trials) == []
    assert all(steps[number] >= count / (EVERY if number <= len(counts) - NEWEST else 1)
               for number, count in enumerate(counts, 1))


def test_the_next_start_finishes_a_killed_migration_on_postgresql(tmp_path):
    trials = killed(tmp_path, postgres.required().url, 0, NEWEST)

    assert problems(trials) == []
    expected = {version + 1 for version in migrating.chosen(len(migrate.steps("postgres")), NEWEST)}
    assert {trial["migration"] for trial in trials if trial["code"]} == expected
