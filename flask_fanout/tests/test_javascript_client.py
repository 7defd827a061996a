"""What socket.io-client, the JavaScript one, gets from the transport on every way to connect."""

import pathlib
import shutil
import subprocess

import pytest
from transport_clients import TRANSPORTS, Server

HERE = pathlib.Path(__file__).parent
MISSING = (
    "no node: the JavaScript client is not tested"
    if shutil.which("node") is None
    else "no node_modules/socket.io-client in a folder above: the JavaScript client is not tested"
    if not any((folder / "node_modules" / "socket.io-client").exists() for folder in HERE.parents)
    else ""
)
# over stock, ticks are lost in an upgrade and welcomes come before CONNECT is answered, so it has the conversation only
WAYS = [(mode, transport) for mode in ("fanout", "stock") for transport in TRANSPORTS]


@pytest.fixture(scope="module")
def servers():
    running = {mode: Server(mode) for mode in ("fanout", "stock")}
    yield running
    for server in running.values():
        server.stop()


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
@pytest.mark.parametrize(("mode", "transport"), WAYS)
def test_two_people_talk_with_the_javascript_client(servers, mode, transport):
    command = ["node", str(HERE / "client.mjs"), servers[mode].url, ",".join(TRANSPORTS[transport])]

    told = subprocess.run(
        command + ["short"] * (mode == "stock"), capture_output=True, text=True, timeout=60, check=False
    )

    assert (told.stdout, told.stderr) == ("all well\n", "")
