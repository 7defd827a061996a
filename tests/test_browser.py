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
# Files that run in one process, which saves the start of a browser for each.  A group may take half of the time that
# `run` gives it, also on a busy machine; the files that are not named here are the last group.
GROUPS = ("documents files kept after_a_cut", "fits", "rooms feeds", "people offline",
          "messages lobby notifications")


def run(command, **environ):
    """Run a command in the checkout; its output is in `stdout`."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "timeout": 400}
    return subprocess.run(command, env={**os.environ, **environ}, cwd=STORIES.parent.parent, **output)


def groups():
    """Return the names of all files in their groups."""
    named = [[f"test_{name}" for name in group.split()] for group in GROUPS]
    return [*named, sorted({path.stem for path in STORIES.glob("test_*.py")}.difference(*named))]


@pytest.mark.timeout(420)
@pytest.mark.parametrize("names", groups(), ids=" ".join)
def test_people_at_a_browser(names):
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no Playwright: it is among the test tools that bin/test installs")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")

    stories = [str(STORIES / f"{name}.py") for name in names]
    options = [f"--confcutdir={STORIES}", "--import-mode=prepend", "-p", "no:cacheprovider", "-q"]
    tests = run([sys.executable, "-m", "pytest", *stories, *options], HUBBUB_STORIES="1",
                HUBBUB_TEST_FORKS=forks.address())

    assert tests.returncode == 0, tests.stdout[-8000:]


def test_modules_of_the_page_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: install the package nodejs")

    tests = run([node, "--test", *map(str, sorted((STORIES.parent / "js").glob("*.test.mjs")))])

    assert tests.returncode == 0, tests.stdout[-8000:]
