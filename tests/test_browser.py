"""Runs the stories of tests/browser, each in Chromium, in a process of their own: gevent's patches break Playwright."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forks
from tests.browser.conftest import CHROMIUM

STORIES = Path(__file__).parent / "browser"


def told(command, **environ):
    """Run a command in the checkout; everything it said is in `stdout`."""
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "timeout": 400}
    return subprocess.run(command, env={**os.environ, **environ}, cwd=STORIES.parent.parent, **said)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("story", sorted(path.stem for path in STORIES.glob("test_*.py")))
def test_people_at_a_browser(story):
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no Playwright: it is among the test tools that bin/test installs")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")

    options = [f"--confcutdir={STORIES}", "--import-mode=prepend", "-p", "no:cacheprovider", "-q"]
    run = told([sys.executable, "-m", "pytest", str(STORIES / f"{story}.py"), *options], HUBBUB_STORIES="1",
               HUBBUB_TEST_FORKS=forks.address())

    assert run.returncode == 0, run.stdout[-8000:]


def test_modules_of_the_page_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: install the package nodejs")

    run = told([node, "--test", *map(str, sorted((STORIES.parent / "js").glob("*.test.mjs")))])

    assert run.returncode == 0, run.stdout[-8000:]
