"""socket.io-client, the JavaScript client, over each transport."""

import pathlib
import shutil
import subprocess

import pytest
from transport_clients import TRANSPORTS, Server

HERE = pathlib.Path(__file__).parent
MISSING = (
    "no Node on this machine: install the package nodejs"
    if shutil.which("node") is None
    else "no socket.io-client in a folder above: run npm install socket.io-client there"
    if not any((folder / "node_modules" / "socket.io-client").exists() for folder in HERE.parents)
    else ""
)
# the stock manager loses events during an upgrade and sends events before the CONNECT reply: `short` leaves that out
WAYS = [(mode, transport) for mode in ("fanout", "stock") for transport in TRANSPORTS]


@pytest.fixture(scope="module")
def servers():
    running = {mode: Server(mode) for mode in ("fanout", "stock")}
    yield running
    for server in running.values():
        server.stop()


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
@pytest.mark.parametrize(("mode", "transport"), WAYS)
def test_the_javascript_client_works(servers, mode, transport):
    command = ["node", str(HERE / "client.mjs"), servers[mode].url, ",".join(TRANSPORTS[transport])]

    result = subprocess.run(
        command + ["short"] * (mode == "stock"), capture_output=True, text=True, timeout=60, check=False
    )

    assert (result.stdout, result.stderr) == ("ok\n", "")
