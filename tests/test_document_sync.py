"""Run tests/js/update-queue.mjs: the page's queue of document updates, with the real Yjs."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_update_queue_of_the_page():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: install the package nodejs")
    if not (ROOT / "node_modules" / "yjs").exists():
        pytest.skip("no Yjs: it is among Node's packages that bin/test installs")

    command = [node, "--test", "tests/js/update-queue.mjs"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stdout[-8000:]
