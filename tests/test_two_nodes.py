"""Two nodes behind one proxy, by the configurations in `examples`: a session stays at its node, without cookies.

The nodes share a database and a bucket, and no folder.
"""

import random
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import socketio

from tests import postgres, proxies, s3
from tests.process import Server, call
from tests.proxies import Proxy
from tests.running_app import PASSWORD
from tests.test_proxies import session_of

ROOT = Path(__file__).parent.parent
INSTALL = (ROOT / "docs" / "install.md").read_text()
SESSIONS = 16


class Cluster:
    """The nodes a and b, of two processes each, with one database and one bucket; a has an owner."""

    def __init__(self, folder):
        url = postgres.database()
        settings = {"HUBBUB_PROXIES": "1", "HUBBUB_WORKERS": "2", "HUBBUB_FILES_URL": s3.server().bucket(), **s3.KEYS}
        self.nodes = [Server(folder / name, url, HUBBUB_NODE=name, **settings) for name in "ab"]
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
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False,
                             http_session=session_of(proxy))
    client.connect(proxy.url, {}, {"token": cluster.token}, ["polling", "websocket"], ["/live"], wait_timeout=10)
    assert call(client, "post", channel="room:1", text="through both", key="last") == SESSIONS + 1
    client.disconnect()
    assert nodes == {"a", "b"}
    for name in "ab":
        check_an_upload(ask, cluster.token, f"{name}.bin")

    cluster.nodes[0].stop()

    end = time.monotonic() + 20
    while {ask("GET", "/healthz").status_code for _ in range(10)} != {200}:
        assert time.monotonic() < end, "the proxy still asks the node that stopped"


def check_an_upload(ask, token, name):
    """Upload a file in parts, each over a connection of its own, and load it, from whichever node."""
    headers, data = {"Authorization": f"Bearer {token}"}, random.Random(name).randbytes(1_500_000)
    wanted = {"channel": "room:1", "name": name, "size": len(data)}
    begun = ask("POST", "/api/files", json=wanted, headers=headers).json()
    for offset in range(0, len(data), begun["chunk"]):
        part = data[offset:offset + begun["chunk"]]
        last = ask("PUT", f"/api/files/{begun['id']}?offset={offset}", data=part, headers=headers)
        assert last.status_code == 200, last.text
    posted = ask("POST", "/api/channels/room:1/entries", headers=headers,
                 json={"text": "", "key": name, "files": [begun["id"]]})
    assert posted.status_code == 201, posted.text
    for _ in range(4):
        assert ask("GET", f"/files/{begun['id']}/{name}", headers=headers).content == data


@pytest.mark.parametrize("file", [*proxies.TWO_NODES.values(), ROOT / "examples" / "systemd" / "hubbub.service"],
                         ids=lambda path: path.name)
def test_the_documentation_names_each_file(file):
    assert f"(../{file.relative_to(ROOT)})" in INSTALL
