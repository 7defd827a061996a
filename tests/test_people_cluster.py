"""People in a cluster: the set-up link, sign-ins, guesses of passwords and guests, at two nodes."""

import gevent
import pytest

from hubbub.core import db
from hubbub.people import invites
from tests import postgres
from tests.running_app import PASSWORD
from tests.running_cluster import RunningCluster

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}


@pytest.fixture
def cluster(tmp_path):
    if postgres.server() is None:
        pytest.skip(f"no PostgreSQL: {postgres.reason}")
    cluster = RunningCluster(tmp_path)
    yield cluster
    cluster.close()


def claim(app, secret, handle="olga"):
    """Claim the server from another machine."""
    body = {"secret": secret, "name": handle, "handle": handle, "password": PASSWORD}
    return app.flask.test_client().post("/api/join", json=body, environ_overrides=AWAY)


def test_nodes_that_start_at_the_same_time_print_one_set_up_link_which_the_claim_ends_everywhere(cluster):
    a, b = cluster.apps
    prints = [gevent.spawn(app.flask.node.run, invites.for_owner) for app in (a, b, a, b)]
    [secret] = {each.get(timeout=20) for each in prints}

    first, second = claim(b, secret), claim(a, secret, "eve")

    assert (first.status_code, second.status_code) == (201, 404)
    assert [app.flask.node.run(invites.for_owner) for app in (a, b)] == ["", ""]
    assert a.flask.node.run(db.execute, "select handle from person where role = 'owner'") == [("olga",)]
