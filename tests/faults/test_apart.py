"""Stories that replace system calls under SQLite, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stories", sorted(path.name for path in HERE.glob("stories_*.py")))
def test_a_disk_that_fails(stories):
    run = subprocess.run([sys.executable, "-m", "pytest", str(HERE / stories), "-q", "-p", "no:cacheprovider"],
                         cwd=HERE.parent.parent, capture_output=True, text=True, timeout=280)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
