"""Two nodes behind one proxy, by the configurations in `examples`: a session stays at its node, without cookies.

The nodes share a database and a bucket, and no folder.
"""

import contextlib
import functools
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
        settings = {"HUBBUB_PROXIES": "1", "HUBBUB_WORKERS": "2", "HUBBUB_FILES_URL": s3.server().bucket(), **s3.KEYS,
                    "module": "tests.forked_workers"}
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


@pytest.fixture
def requests_by_proxy(cluster, tmp_path):
    """Return, for each running proxy in front of the two nodes, its address and what sends a request to it."""
    with contextlib.ExitStack() as running:
        found = {}
        for name in proxies.TWO_NODES:
            (folder := tmp_path / name).mkdir()
            proxy = Proxy(name, folder, *cluster.ports, way="two nodes")
            running.callback(proxy.stop)
            found[name] = proxy, functools.partial(send, proxy)
        yield found


def send(proxy, method, path, **more):
    """Send a request over a connection of its own."""
    return requests.request(method, proxy.url + path, verify=str(proxy.certificate), timeout=20, **more)


def test_sessions_stay_at_their_node_and_a_stopped_node_is_left_out(cluster, requests_by_proxy):
    for name, (proxy, ask) in requests_by_proxy.items():
        assert (name, nodes_of_sessions(ask, cluster.token, name)) == (name, {"a", "b"})
        check_an_upgrade(proxy, cluster.token, name)
        for number in range(2):
            check_an_upload(ask, cluster.token, f"{name}-{number}.bin")

    cluster.nodes[0].stop()

    for name, (_, ask) in requests_by_proxy.items():
        end = time.monotonic() + 20
        while {ask("GET", "/healthz").status_code for _ in range(10)} != {200}:
            assert time.monotonic() < end, f"{name} still asks the node that stopped"


def nodes_of_sessions(ask, token, name):
    """Post in sessions by long polling, each request over a connection of its own; return the nodes they were at."""
    address, nodes = "/socket.io/?EIO=4&transport=polling", set()
    for number in range(SESSIONS):
        sid = re.search('"sid":"([^"]+)"', ask("GET", address).text)[1]
        entered = ask("POST", f"{address}&sid={sid}", data=f'40/live,{{"token":"{token}"}}')
        posted = f'42/live,7["post",{{"channel":"room:1","text":"hello {number}","key":"{name}{number}"}}]'
        received = ask("GET", f"{address}&sid={sid}").text
        assert (entered.text, ask("POST", f"{address}&sid={sid}", data=posted).text) == ("ok", "ok")
        while "43/live,7" not in received:
            received += ask("GET", f"{address}&sid={sid}").text
        ask("POST", f"{address}&sid={sid}", data="1")  # the end: one person has 20 connections at most
        nodes.add(sid.partition(".")[0])
    return nodes


def check_an_upgrade(proxy, token, name):
    """Upgrade a session to a WebSocket, and post: all posts of the other sessions were stored once."""
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False,
                             http_session=session_of(proxy))
    client.connect(proxy.url, {}, {"token": token}, ["polling", "websocket"], ["/live"], wait_timeout=10)
    before = call(client, "post", channel="room:1", text="hello 0", key=f"{name}0")  # is answered as the first time
    assert call(client, "post", channel="room:1", text="through both", key=name) == before + SESSIONS
    client.disconnect()


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
