"""`/metrics`: Prometheus' own parser reads it, and its numbers are those of what happened."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hubbub.core import metrics
from hubbub.live import stall_monitor
from tests.running_app import HERE, LOBBY
from tests.waiting import until

ROOT = Path(__file__).parent.parent
AWAY = HERE | {"REMOTE_ADDR": "203.0.113.9"}


def scrape(app, **environ):
    answer = app.flask.test_client().get("/metrics", environ_overrides=environ or HERE)
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(families, name, suffix="", **labels):
    [sample] = [sample for sample in families[name].samples
                if sample.name == name + suffix and labels.items() <= sample.labels.items()]
    return sample.value


def test_traffic_shows_in_the_metrics(any_app, ann, bob):
    for person in (ann, bob):
        person.call("subscribe", channel=LOBBY, cursor=[0, ""])
    before = scrape(any_app)

    for number in range(20):
        assert ann.call("post", channel=LOBBY, text=f"message {number}", key=f"k{number}")["ok"]
    bob.received("message", 20)
    after = scrape(any_app)

    def grown(name, suffix="_total"):
        return value(after, name, suffix) - value(before, name, suffix)

    assert grown("hubbub_entries") >= 20
    assert grown("hubbub_deliveries") >= 40
    assert 1 <= grown("hubbub_commit_seconds", "_count") == grown("hubbub_commit_transactions", "_count")
    assert grown("hubbub_commit_transactions", "_sum") >= 20
    assert grown("hubbub_commit_seconds", "_sum") > 0
    assert value(after, "hubbub_failed_commits", "_total") == 0
    assert value(after, "hubbub_connections") == len(any_app.connections) == value(after, "hubbub_people_present")
    assert value(after, "hubbub_storing") == 1
    assert value(after, "hubbub_unsent_bytes") == 0
    assert {sample.labels["consumer"] for sample in after["hubbub_consumer_lag_seconds"].samples} >= {"push"}
    assert value(after, "process_resident_memory_bytes") > 10_000_000


def test_a_histogram_counts_each_value_in_all_buckets_that_hold_it(app):
    monitor = stall_monitor.StallMonitor().start()
    until(lambda: value(scrape(app), "hubbub_event_loop_lag_seconds", "_count") >= 3)
    monitor.stop()
    family = scrape(app)["hubbub_event_loop_lag_seconds"]
    buckets = [sample.value for sample in family.samples if sample.name.endswith("_bucket")]

    assert buckets == sorted(buckets) and buckets[-1] == value({family.name: family}, family.name, "_count")


def test_strangers_and_members_get_the_answer_of_an_unknown_path(app):
    olga, ann = app.set_up_owner(), app.connect_member("ann")

    def ask(token, path="/metrics"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return app.flask.test_client().get(path, headers=headers, environ_overrides=AWAY)

    read_token = olga.post("/api/tokens", name="t", scope="read").json["secret"]
    refused = {(ask(token).status_code, ask(token).data) for token in (None, ann.token, read_token)}
    assert refused == {(404, ask(None, "/nothing").data)}
    assert ask(olga.token).status_code == 200
    admin_token = olga.post("/api/tokens", name="prometheus", scope="admin").json["secret"]
    assert "hubbub_connections" in ask(admin_token).text


def test_a_metric_that_cannot_be_read_hides_no_other(app, monkeypatch):
    def broken():
        raise RuntimeError("no database")

    metric = metrics.declared["hubbub_consumer_lag_seconds"]
    monkeypatch.setitem(metrics.declared, metric.name, metric._replace(read=broken))

    families = scrape(app)

    assert metric.name not in families and value(families, "hubbub_connections") == 0


def test_labels_are_bounded():
    assert {metric.label for metric in metrics.declared.values()} == {"", "consumer", "version"}


@pytest.mark.parametrize("place", ["examples/grafana.json", "docs/operate.md"])
def test_every_metric_of_the_dashboard_and_the_documentation_exists(app, place):
    text = (ROOT / place).read_text()
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\b(?:hubbub|process)_[a-z_]+", text)}
    if place.endswith("json"):
        assert json.loads(text)["title"] == "Hubbub"

    assert names >= {"hubbub_storing", "hubbub_commit_seconds", "hubbub_event_loop_lag_seconds"}
    assert names - set(metrics.declared) == set()
