"""The wheel of this checkout, installed into an empty environment; its dependencies are those of the tests."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build(folder):
    """Build the wheel; return its path."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps",
           "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(pip, check=True, timeout=120, capture_output=True)
    [wheel] = Path(folder).glob("*.whl")
    return wheel


def install(wheel, folder):
    """Install a wheel into a new environment; return the environment variables and the path of its `hubbub`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", f"{folder}/bin/python", "install",
           "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, timeout=120, capture_output=True)
    # On PYTHONPATH, the .pth file of this checkout has no effect, so `hubbub` is that of the wheel alone.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("HUBBUB_", "PYTHON"))}
    return environ | {"PYTHONPATH": sysconfig.get_path("purelib")}, Path(folder) / "bin" / "hubbub"
