"""Two nodes behind one proxy, by the configurations in `examples`: a session stays at its node, without cookies."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import socketio

from tests import postgres, proxies
from tests.process import Server, call
from tests.proxies import Proxy
from tests.running_app import PASSWORD
from tests.test_proxies import session_of

ROOT = Path(__file__).parent.parent
INSTALL = (ROOT / "docs" / "install.md").read_text()
SESSIONS = 16

pytestmark = pytest.mark.skipif(postgres.server() is None, reason=f"no PostgreSQL: {postgres.reason}")


class Cluster:
    """The nodes a and b, of two processes each, with one database and one data folder; a has an owner."""

    def __init__(self, folder):
        url = postgres.server().database()
        self.nodes = [Server(folder, url, HUBBUB_PROXIES="1", HUBBUB_WORKERS="2", HUBBUB_NODE=name) for name in "ab"]
        self.ports = [urlsplit(node.url).port for node in self.nodes]
        secret = self.nodes[0].process.stdout.readline().partition("/join#")[2].strip()
        body = {"secret": secret, "name": "Olga", "handle": "olga", "password": PASSWORD}
        self.token = self.nodes[0].request_json("POST", "/api/join", body=body)["token"]

    def stop(self):
        for node in self.nodes:
            if node.process.poll() is None:
                node.stop()


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path / "data")
    yield cluster
    cluster.stop()


@pytest.fixture(params=list(proxies.TWO_NODES))
def proxy(request, cluster, tmp_path):
    proxy = Proxy(request.param, tmp_path, *cluster.ports, way="two nodes")
    yield proxy
    proxy.stop()


def test_sessions_stay_at_their_node_and_a_stopped_node_is_left_out(cluster, proxy):
    ask = lambda method, path, **more: requests.request(  # noqa: E731  (over a connection of its own)
        method, proxy.url + path, verify=str(proxy.certificate), timeout=20, **more)
    address, nodes = "/socket.io/?EIO=4&transport=polling", set()
    for number in range(SESSIONS):
        sid = re.search('"sid":"([^"]+)"', ask("GET", address).text)[1]
        entered = ask("POST", f"{address}&sid={sid}", data=f'40/live,{{"token":"{cluster.token}"}}')
        posted = f'42/live,7["post",{{"channel":"room:1","text":"hello {number}","key":"k{number}"}}]'
        received = ask("GET", f"{address}&sid={sid}").text
        assert (entered.text, ask("POST", f"{address}&sid={sid}", data=posted).text) == ("ok", "ok")
        while "43/live,7" not in received:
            received += ask("GET", f"{address}&sid={sid}").text
        nodes.add(sid.partition(".")[0])
    client = socketio.Client(reconnection=False, handle_sigint=False, http_session=session_of(proxy))
    client.connect(proxy.url, {}, {"token": cluster.token}, ["polling", "websocket"], ["/live"], wait_timeout=10)
    assert call(client, "post", channel="room:1", text="through both", key="last") == SESSIONS + 1
    client.disconnect()
    assert nodes == {"a", "b"}

    cluster.nodes[0].stop()

    end = time.monotonic() + 20
    while {ask("GET", "/healthz").status_code for _ in range(10)} != {200}:
        assert time.monotonic() < end, "the proxy still asks the node that stopped"


@pytest.mark.parametrize("file", [*proxies.TWO_NODES.values(), ROOT / "examples" / "systemd" / "hubbub.service"],
                         ids=lambda path: path.name)
def test_the_documentation_names_each_file(file):
    assert f"(../{file.relative_to(ROOT)})" in INSTALL
