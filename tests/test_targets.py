"""Targets of notifications besides the page: browsers, UnifiedPush and topics of ntfy, each with a test and a state."""

from email.header import decode_header, make_header

import pytest

from hubbub.core import db, node
from hubbub.notifications import push, subscriptions
from tests.push_service import Topics, cursors, remove_delays, restart_push, subscribe, wait_for_cursor
from tests.running_app import LOBBY, PASSWORD
from tests.running_app import post_and_notify as post
from tests.waiting import until


@pytest.fixture(autouse=True)
def push_at_once(monkeypatch):
    remove_delays(monkeypatch)


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    restart_push(any_app.config)
    return any_app.connect_member("ann")


@pytest.fixture
def topics():
    topics = Topics()
    yield topics
    topics.server.stop(timeout=0)


def listed(who):
    return [(target["kind"], target["name"], target["failures"]) for target in who.get("/api/targets").json]


def test_a_unifiedpush_endpoint_gets_encrypted_messages_until_it_is_removed(any_app, ann, bob, service):
    subscribe(bob, service)
    keys = service.browser("phone")
    target = bob.post("/api/targets", **keys, name="My phone").json
    bob.post("/api/sign-out")
    seq = post(ann, "tea, @bob?")
    until(lambda: service.texts("phone") == ["tea, @bob?"])
    bob = any_app.connect(bob.person, any_app.request("/api/sign-in", handle="bob", password=PASSWORD).json["token"])
    assert listed(bob) == [("unifiedpush", "My phone", 0)]
    bob.call("read", channel=LOBBY, seq=seq)
    until(lambda: service.withdrawn == [("phone", [LOBBY], 0)])

    assert bob.post(f"/api/targets/{target['id']}/check").json == {"result": "accepted", "status": 201}
    assert bob.request("DELETE", f"/api/targets/{target['id']}").status_code == 200
    assert listed(bob) == [] and service.requested.count("laptop") == 0


def test_a_topic_of_ntfy_gets_title_priority_and_link(ann, bob, topics):
    answer = bob.post("/api/targets", endpoint=f"{topics.url}/bobs-topic", auth="tk_abc", name="ntfy")
    assert answer.status_code == 201
    bob.request("PATCH", "/api/me/preferences", changes={"language": "de"})
    seq = post(ann, "tea, @bob?")
    wait_for_cursor(1)
    ann.post("/api/notify", person="bob", text="Ünder water\nnow", key="k", url="https://ops.example/ü", urgent=True)
    wait_for_cursor(2)
    bob.post(f"/api/targets/{answer.json['id']}/check")
    bob.call("read_all_notifications")
    wait_for_cursor(3)

    paths, headers, texts = zip(*topics.published, strict=True)
    assert set(paths) == {"/bobs-topic"} and texts[:2] == ("tea, @bob?", "Ünder water now")
    assert [str(make_header(decode_header(one["title"]))) for one in headers] == [
        "ann hat dich in Lobby erwähnt", "ann, von einem Skript", "Es funktioniert"]
    assert [one["priority"] for one in headers] == ["3", "5", "3"]
    assert headers[0]["click"] == f"http://127.0.0.1/room/1/{seq}"
    assert headers[1]["click"] == "https://ops.example/%C3%BC"
    assert {one["authorization"] for one in headers} == {"Bearer tk_abc"}


def test_failures_of_a_target_are_shown_and_end_it_as_they_end_a_browser(ann, bob, topics, monkeypatch):
    bob.post("/api/targets", endpoint=f"{topics.url}/bobs-topic")
    topics.answers = ["429 Later", "500 Oh"]
    monkeypatch.setattr(push, "BACKOFF", 0.2)
    post(ann, "one, @bob")
    until(lambda: listed(bob) == [("ntfy", "", 1)])
    wait_for_cursor(1)
    assert listed(bob) == [("ntfy", "", 0)] and len(topics.published) == 1
    topics.answers = ["404 Not Found"]
    post(ann, "two, @bob")

    until(lambda: cursors() == [])


def test_a_target_is_refused_if_it_is_private_malformed_or_taken(any_app, ann, bob, topics, service):
    endpoint = f"{topics.url}/t"
    assert bob.post("/api/targets", endpoint=endpoint).status_code == 201
    for body, id in (({"endpoint": endpoint}, "error.target_exists"),
                     ({"endpoint": f"{topics.url}/u", "auth": "a\r\nb"}, "error.ntfy_token"),
                     (service.browser() | {"p256dh": "x"}, "error.push_keys"),
                     ({"endpoint": "https://ntfy.example/#x"}, "error.url_has_extras")):
        assert ann.post("/api/targets", **body).json["id"] == id
    node.current().config = any_app.config
    assert ann.post("/api/targets", endpoint=f"{topics.url}/v").json["id"] == "error.url_not_https"
    assert ann.post("/api/targets", endpoint="https://10.0.0.1/v").json["id"] == "error.url_not_public"
    for n in range(10):
        ann.post("/api/targets", endpoint=f"https://ntfy.example/{n}")
    assert ann.post("/api/targets", endpoint="https://ntfy.example/x").json["id"] == "error.too_many_targets"
    [mine] = bob.get("/api/targets").json
    assert ann.request("DELETE", f"/api/targets/{mine['id']}").json["id"] == "error.target_not_found"
    assert ann.post(f"/api/targets/{mine['id']}/check").json["id"] == "error.target_not_found"


def test_targets_of_a_banned_person_end(any_app, ann, bob, topics):
    bob.post("/api/targets", endpoint=f"{topics.url}/t")
    any_app.owner.post(f"/api/people/{bob.person}/ban")
    subscriptions.delete_expired()

    assert db.execute("select 1 from push_subscription") == []
