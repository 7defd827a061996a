"""Run flask_fanout's contract tests of Engine.IO and Socket.IO against Hubbub's HTTP server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("protocol", ["engineio", "socketio"])
def test_the_contract_holds_with_hubbubs_http_server(protocol):
    command = [sys.executable, "-m", "pytest", "-q", f"flask_fanout/tests/test_{protocol}_contract.py"]
    environment = os.environ | {"FANOUT_CONTRACT_APP": str(HERE / "contract_app.py")}

    run = subprocess.run(command, cwd=HERE.parent, env=environment, capture_output=True, text=True, timeout=100)

    assert run.returncode == 0, run.stdout[-4000:]
    assert " passed" in run.stdout
