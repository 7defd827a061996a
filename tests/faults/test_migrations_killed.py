"""A migration that is killed at any statement is finished by the next start, and no data is lost.

`bin/faults migrations` kills every migration at every statement, on both databases.
"""

import tempfile

from tests import postgres
from tests.faults import cut, migrating


def test_the_next_start_finishes_a_migration_that_was_killed_at_any_kind_of_statement():
    with tempfile.TemporaryDirectory(dir=cut.MEMORY) as folder:
        trials = migrating.run(migrating.every_kind, folder)

    assert migrating.problems(trials) == []
    assert [(trial["migration"] - 1, trial["step"]) for trial in trials] == migrating.every_kind()


def test_the_next_start_finishes_a_killed_migration_on_postgresql(tmp_path):
    trials = migrating.run(migrating.few, tmp_path, postgres.required().url)

    assert migrating.problems(trials) == []
    assert [(trial["migration"] - 1, trial["step"]) for trial in trials] == migrating.few()
