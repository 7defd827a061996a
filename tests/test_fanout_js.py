"""What socket.io-client, the JavaScript one, gets from the transport on every way to connect."""

import pathlib
import shutil
import subprocess

import pytest

from tests.fanout_world import TRANSPORTS, Server

ROOT = pathlib.Path(__file__).parent.parent
MISSING = (
    "no node: the JavaScript client is not tested"
    if shutil.which("node") is None
    else "no node_modules/socket.io-client: run `npm ci`, else the JavaScript client is not tested"
    if not (ROOT / "node_modules" / "socket.io-client").exists()
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
    command = ["node", "tests/js/client.mjs", servers[mode].url, ",".join(TRANSPORTS[transport])]

    told = subprocess.run(
        command + ["short"] * (mode == "stock"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (told.stdout, told.stderr) == ("all well\n", "")
