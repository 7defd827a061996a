"""Uploads in a cluster: continued at another node, which shares the folder of files or has one of its own."""

import contextlib

import gevent
import gevent.event
import pytest

from hubbub.files import store
from tests.running_app import HERE, LOBBY
from tests.running_cluster import RunningCluster

DATA = bytes(range(256)) * 4096  # 1 MB: two chunks
HALF = len(DATA) // 2


@contextlib.contextmanager
def open_cluster(path, *folders):
    with RunningCluster(path, nodes=0) as cluster:
        for folder in folders:
            cluster.data = path / folder
            cluster.start_node()
        cluster.ann = cluster.apps[0].create_account("ann")[1]
        yield cluster


@pytest.fixture
def shared(tmp_path):
    """Two nodes of one host."""
    with open_cluster(tmp_path, "same", "same") as cluster:
        yield cluster


@pytest.fixture
def separate(tmp_path):
    """Two nodes of different hosts."""
    with open_cluster(tmp_path, "one", "two") as cluster:
        yield cluster


def begin(cluster, app):
    return app.request("/api/files", cluster.ann, channel=LOBBY, name="data.bin", size=len(DATA)).json["id"]


def put(cluster, app, id, offset, chunk):
    return app.flask.test_client().put(f"/api/files/{id}?offset={offset}", data=chunk, environ_overrides=HERE,
                                       headers={"Authorization": f"Bearer {cluster.ann}"})


def download(cluster, app, id):
    return app.request(f"/files/{id}/data.bin", cluster.ann, "GET").data


def test_an_upload_is_continued_at_another_node_of_the_host(shared):
    a, b = shared.apps
    id = begin(shared, a)

    first, last = put(shared, a, id, 0, DATA[:HALF]), put(shared, b, id, HALF, DATA[HALF:])

    assert (first.json["received"], last.json["file"]["size"]) == (HALF, len(DATA))
    assert [download(shared, app, id) == DATA for app in (a, b)] == [True, True]


def test_a_chunk_sent_to_two_nodes_at_once_is_written_by_one(shared, monkeypatch):
    a, b = shared.apps
    id = begin(shared, a)
    put(shared, a, id, 0, DATA[:HALF])
    write, started, go = store.write, gevent.event.Event(), gevent.event.Event()
    monkeypatch.setattr(store, "write", lambda *chunk: (started.set(), go.wait(), write(*chunk)))

    first = gevent.spawn(put, shared, a, id, HALF, DATA[HALF:])
    started.wait(timeout=20)
    second = put(shared, b, id, HALF, DATA[HALF:])
    go.set()

    assert (second.status_code, second.json["id"]) == (409, "error.chunk_in_progress")
    assert first.get(timeout=20).json["file"]
    assert put(shared, b, id, HALF, DATA[HALF:]).json["file"]
    assert download(shared, b, id) == DATA


def test_a_node_without_the_beginning_of_an_upload_has_it_begin_again(separate):
    a, b = separate.apps
    id = begin(separate, a)
    put(separate, a, id, 0, DATA[:HALF])

    progress = b.request(f"/api/files/{id}", separate.ann, "GET").json
    refusal = put(separate, b, id, HALF, DATA[HALF:])
    again = [put(separate, b, id, offset, DATA[offset:offset + HALF]) for offset in (0, HALF)]

    assert progress["received"] == 0
    assert (refusal.status_code, refusal.json["params"]) == (409, {"offset": 0})
    assert again[-1].json["file"] and download(separate, b, id) == DATA
