"""People in a cluster: the set-up link, sign-ins, guesses of passwords and guests, at two nodes."""

import time

import gevent
import pytest

from hubbub.core import db, node
from hubbub.people import invites
from tests.running_app import PASSWORD
from tests.waiting import until

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}


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


def test_guests_switched_off_at_one_node_are_out_at_all(cluster):
    a, b = cluster.apps
    olga = a.set_up_owner()
    person, secret = a.create_guest("gus")
    gus, owner_at_b = b.connect(person, secret), b.connect(olga.person, olga.token)

    olga.request("PATCH", "/api/settings", guests=False)

    until(lambda: not gus.client.connected)
    assert owner_at_b.client.connected
    assert b.request("/api/people", secret, "GET").status_code == 401


@pytest.fixture
def frozen_time(monkeypatch):
    """Wall time stands still, so that no delay ends."""
    now = time.time()
    monkeypatch.setattr(node, "now", lambda: now)


def test_guesses_at_several_nodes_are_counted_together(cluster, frozen_time):
    cluster.apps[0].create_account("ann")

    def guess(n):
        app = cluster.apps[n % 2]
        return app.flask.test_client().post("/api/sign-in", json={"handle": "ann", "password": "wrong"},
                                            environ_overrides=AWAY | {"REMOTE_ADDR": f"203.0.113.{n}"}).status_code

    attempts = [gevent.spawn(guess, n) for n in range(12)]
    statuses = [attempt.get(timeout=30) for attempt in attempts]

    assert sorted(statuses) == [403] * 5 + [429] * 7


def test_a_right_password_at_one_node_resets_the_count_of_all(cluster, frozen_time):
    a, b = cluster.apps
    a.create_account("ann")

    def sign_in(app, password, n):
        return app.flask.test_client().post("/api/sign-in", json={"handle": "ann", "password": password},
                                            environ_overrides=AWAY | {"REMOTE_ADDR": f"203.0.113.{n}"}).status_code

    first = [sign_in(app, password, n) for n, (app, password) in enumerate([(a, "wrong"), (b, "wrong")] * 2)]
    right = sign_in(b, PASSWORD, 8)
    again = [sign_in(a, "wrong", n) for n in range(5)]

    assert (first, right, again) == ([403] * 4, 200, [403] * 5)
