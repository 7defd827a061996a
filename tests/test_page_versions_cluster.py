"""A rolling update: pages of the older and of the newer version get their files from nodes of either."""

import copy
import re

import pytest

from hubbub.core import db, node
from hubbub.web import other_versions, static_tree
from tests.conftest import pack_files
from tests.running_app import HERE
from tests.running_cluster import RunningCluster

MODULE = "web/static/app.js"


@pytest.fixture
def update(tmp_path, monkeypatch):
    """A node of the older version and one of the newer."""
    older = static_tree.tree()
    newer = copy.copy(older)
    newer.files = older.files | {MODULE: older.files[MODULE] + b"\n// newer"}
    monkeypatch.setattr(other_versions, "pack", pack_files)
    newer.version, newer.base, newer._compressed = "0" * 12, f"/s/{'0' * 12}", {}
    with RunningCluster(tmp_path, nodes=1) as cluster:
        first = cluster.apps[0].flask.node
        monkeypatch.setattr(static_tree, "tree", lambda: older if node.current() is first else newer)
        cluster.start_node()
        yield cluster.apps


def get(app, path, **headers):
    return app.flask.test_client().get(path, headers=headers, environ_overrides=HERE)


def test_the_page_of_each_version_gets_all_its_files_from_the_node_of_the_other(update):
    for one, other in (update, reversed(update)):
        paths = set(re.findall(r'"(/s/[0-9a-f]{12}/[^"]+)"', get(one, "/").text))
        assert len(paths) > 3
        for path in paths:
            own, foreign = get(one, path), get(other, path, **{"Accept-Encoding": "gzip"})
            assert (foreign.status_code, foreign.headers["Content-Type"]) == (200, own.headers["Content-Type"])
            assert foreign.headers["Cache-Control"] == own.headers["Cache-Control"]


def test_each_version_keeps_its_own_content_at_both_nodes(update):
    a, b = update
    old, new = (f"{app.flask.node.run(static_tree.tree).base}/{MODULE}" for app in (a, b))

    contents = {path: {get(app, path).data for app in (a, b)} for path in (old, new)}

    assert [len(found) for found in contents.values()] == [1, 1]
    assert contents[new].pop() == contents[old].pop() + b"\n// newer"


@pytest.mark.parametrize("path", ["/s/123456789abc/web/static/app.js", "/s/older/x.js", "/s/000000000000/no.js",
                                  "/s/%00/x.js", "/s/000000000000/%00.js"])
def test_an_unknown_version_or_file_is_refused(update, path):
    answers = [get(app, path) for app in update]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_the_newest_versions_are_kept(update):
    a = update[0].flask.node
    own = a.run(db.execute, "select version from page_version order by version")
    for n in range(1, 6):
        a.run(other_versions.keep, f"{n:012}", {"x.js": b"x"})

    kept = [version for version, in a.run(db.execute, "select version from page_version order by at")]
    assert len(own) == 2
    assert kept == [f"{n:012}" for n in (3, 4, 5)]
