"""A Valkey and a PostgreSQL server for the tests, to be killed, paused and started again with the same address."""

import runpy
from pathlib import Path

_servers = runpy.run_path(str(Path(__file__).parents[1] / "flask_fanout" / "tests" / "bus_servers.py"))
Valkey, Postgresql = _servers["Valkey"], _servers["Postgresql"]
