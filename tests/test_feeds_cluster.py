"""Feeds in a cluster: a value published at one node is shown at all, also if the bus lost it; alerts fire once."""

import time

import gevent
import pytest

from hubbub.core import bus, db, latest
from hubbub.feeds import alerts, market, newest, ticks
from hubbub.feeds.ticks import Tick
from tests.waiting import until


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    monkeypatch.setattr(newest, "INTERVAL", 0.3)


@pytest.fixture
def publish(cluster):
    """`publish(node, value)` sends the next value of ACME to the feed of a member."""
    [cluster.ann] = [cluster.apps[0].connect_member("ann")]

    def publish(app, value, symbol="ACME"):
        return app.flask.node.run(ticks.publish, cluster.ann.person, "prices", (Tick(symbol, value),))

    return publish


def watch(cluster, app, *symbols):
    """Watch symbols at a node; return the watcher and the values at the beginning."""
    watcher = app.connect(cluster.ann.person, cluster.ann.token)
    return watcher, watcher.call("watch", symbols=symbols, rate=100)["ok"]["values"]


def shown(watcher):
    """Return the newest values that a watcher got, and acknowledge them."""
    values = {}
    for frame in watcher.received("latest"):
        values |= {symbol: quote["value"] for symbol, quote in frame["values"].items()}
        watcher.call("ack_latest", version=frame["version"])
    return values


def test_a_watcher_at_one_node_sees_values_published_at_another(cluster, publish):
    a, b = cluster.apps
    publish(a, 1.0)
    until(lambda: b.flask.node.run(latest.value, "ACME"))
    bob, before = watch(cluster, b, "ACME")

    publish(a, 2.0)

    assert before["ACME"]["value"] == 1.0
    until(lambda: shown(bob) == {"ACME": 2.0})


def test_many_values_of_one_node_reach_another_as_few_messages(cluster, publish, monkeypatch):
    a, b = cluster.apps
    publish(a, 0.0)
    until(lambda: b.flask.node.run(latest.value, "ACME"))
    watch(cluster, b, "ACME")
    messages, receive = [], latest._receive
    monkeypatch.setitem(bus._receivers, latest.Values, [lambda message: (messages.append(message), receive(message))])

    since = time.monotonic()
    for value in range(1, 200):
        publish(a, float(value))
    until(lambda: (b.flask.node.run(latest.value, "ACME") or {}).get("value") == 199.0)

    assert 0 < len(messages) <= (time.monotonic() - since) / latest.SHARED + 1


def test_a_lost_value_is_shown_within_a_few_seconds(cluster, publish):
    a, b = cluster.apps
    publish(a, 1.0)
    until(lambda: b.flask.node.run(latest.value, "ACME"))
    bob, _ = watch(cluster, b, "ACME")
    cluster.is_bus_away = True

    publish(a, 2.0)

    until(lambda: shown(bob) == {"ACME": 2.0})


def test_an_older_value_that_arrives_late_is_ignored(cluster, publish):
    a, b = cluster.apps
    publish(a, 1.0)
    until(lambda: b.flask.node.run(latest.value, "ACME"))
    [(since,)] = a.flask.node.run(db.execute, "select since from feed where name = 'prices'")
    publish(b, 2.0)

    b.flask.node.run(bus.handle, latest.Values({"ACME": ((since, 1), {"value": 1.0})}, []))

    assert b.flask.node.run(latest.value, "ACME")["value"] == 2.0


def test_a_node_that_starts_has_all_values(cluster, publish):
    publish(cluster.apps[0], 1.0)

    late = cluster.start_node()

    assert late.flask.node.run(latest.value, "ACME")["value"] == 1.0


def test_a_feed_deleted_at_one_node_has_no_values_at_another_even_without_the_bus(cluster, publish):
    a, b = cluster.apps
    publish(a, 1.0)
    until(lambda: b.flask.node.run(latest.value, "ACME"))
    cluster.is_bus_away = True

    cluster.ann.request("DELETE", "/api/feeds/prices")
    until(lambda: b.flask.node.run(latest.value, "ACME") is None)
    publish(a, 7.0)

    until(lambda: (b.flask.node.run(latest.value, "ACME") or {}).get("value") == 7.0)


def test_an_alert_fires_once_for_crossings_that_several_nodes_publish(cluster, publish):
    publish(cluster.apps[0], 0.0)
    cluster.apps[0].flask.node.run(alerts.set, cluster.ann.person, "ACME", 5.0, "above", False)

    for _ in range(10):
        for value in (1.0, 9.0):
            gevent.joinall([gevent.spawn(publish, app, value) for app in cluster.apps], raise_error=True)

    [(fired,)] = cluster.apps[0].flask.node.run(db.execute, "select fired from alert")
    [(told,)] = cluster.apps[0].flask.node.run(db.execute, "select count(*) from entry where kind = 'notification'")
    assert fired == told == 10


def test_one_node_changes_the_demo_market_and_another_takes_over(cluster, monkeypatch):
    monkeypatch.setattr(market, "BEAT", 0.01)
    monkeypatch.setattr(market, "LEASE_SECONDS", 0.4)
    steps, step = [], market.step
    monkeypatch.setattr(market, "step", lambda: (steps.append(market.node.current()), step()))
    a, b = cluster.apps
    cluster.ann = a.connect_member("ann")
    cluster.ann.post("/api/market")
    for app in (a, b):
        watch(cluster, app, "ACME")
    until(lambda: len(steps) > 10)
    first = set(steps)

    cluster.stop_node(a if first == {a.flask.node} else b)
    steps.clear()

    assert len(first) == 1
    until(lambda: steps and set(steps).isdisjoint(first))
