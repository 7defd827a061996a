"""Install examples/polls like any package, without the network, into a folder of its own."""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
POLLS = ROOT / "examples" / "polls"


@functools.cache
def site():
    """Return a folder for PYTHONPATH in which the package is installed, once per process."""
    folder = tempfile.mkdtemp(prefix="hubbub-polls-")
    install = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", folder, str(POLLS)], check=True, capture_output=True)
    return folder
