"""What a page does with what is typed in a document: its own code and the real Yjs, in tests/js/update-queue.mjs."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_what_is_typed_is_sent_once_kept_until_then_and_called_saved_only_after():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: install the package nodejs")
    if not (ROOT / "node_modules" / "yjs").exists():
        pytest.skip("no Yjs: it is among Node's packages that bin/test installs")

    laws = [node, "--test", "tests/js/update-queue.mjs"]
    run = subprocess.run(laws, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stdout[-8000:]
