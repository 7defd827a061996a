"""Runs the stories of tests/browser, each in Chromium, in a process of their own: gevent's patches break Playwright.

A story that fails is run once more; where it passes then, a warning names it, since a story that fails by chance is a
defect of its own.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests import forks
from tests.browser.conftest import CHROMIUM

STORIES = Path(__file__).parent / "browser"
ALONE = ("test_screens", "test_axe", "test_fits")  # needs a quiet browser; take as long as many stories
TOGETHER = 24  # stories of short files that run in one process, which saves the start of a browser for each
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+::.+?)(?: - |$)", re.MULTILINE)  # in pytest's summary


def told(command, **environ):
    """Run a command in the checkout; everything it said is in `stdout`."""
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "timeout": 400}
    return subprocess.run(command, env={**os.environ, **environ}, cwd=STORIES.parent.parent, **said)


def groups():
    """Return the names of the files in groups: long ones alone, short ones together."""
    found, size = [[]], 0
    for path in sorted(STORIES.glob("test_*.py")):
        stories = len(re.findall("^def test_", path.read_text(encoding="utf-8"), re.MULTILINE))
        if path.stem in ALONE or stories > TOGETHER // 2:
            found.insert(0, [path.stem])
            continue
        if size + stories > TOGETHER:
            found.append([])
            size = 0
        found[-1].append(path.stem)
        size += stories
    return found


@pytest.mark.timeout(820)
@pytest.mark.parametrize("names", groups(), ids=" ".join)
def test_people_at_a_browser(names):
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no Playwright: it is among the test tools that bin/test installs")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")

    run = run_stories(*(str(STORIES / f"{name}.py") for name in names))
    if failed := FAILED.findall(run.stdout):
        again = run_stories(*dict.fromkeys(failed))
        assert again.returncode == 0, run.stdout[-8000:]
        warnings.warn(f"failed, and passed when run again: {', '.join(failed)}\n{run.stdout[-4000:]}", stacklevel=1)
    else:
        assert run.returncode == 0, run.stdout[-8000:]


def run_stories(*stories):
    options = [f"--confcutdir={STORIES}", "--import-mode=prepend", "-p", "no:cacheprovider", "-q"]
    return told([sys.executable, "-m", "pytest", *stories, *options], HUBBUB_STORIES="1",
                HUBBUB_TEST_FORKS=forks.address())


def test_modules_of_the_page_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: install the package nodejs")

    run = told([node, "--test", *map(str, sorted((STORIES.parent / "js").glob("*.test.mjs")))])

    assert run.returncode == 0, run.stdout[-8000:]
