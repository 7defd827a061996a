"""Rate limits and connection limits: a flood is refused with a retry time, then disconnected; others are unaffected."""

import json
import math

import pytest
import socketio
import websocket

from hubbub import limits, live
from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.live import connection_limits, subscriptions
from hubbub.web import api, client
from tests.running_app import RunningApp
from tests.waiting import until

REMOTE = "203.0.113.7"


@pytest.fixture
def strict(tmp_path):
    """A running Hubbub with limits on this machine, too."""
    app = RunningApp(tmp_path, limits="on")
    yield app
    app.close()


@pytest.fixture
def clock(monkeypatch):
    """The clock of the limits, which stands still until the test moves it."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(node, "monotonic", clock.monotonic)
    limits.state.forget()
    yield clock
    limits.state.forget()


def refused(function):
    with pytest.raises(Refused) as refusal:
        function()
    return refusal.value


def posts(who, count, channel="room:1"):
    """Send this many posts without waiting in between; return their answers."""
    waiting = [who.send("post", {"channel": channel, "text": f"{n}", "key": f"{who.person}-{n}"}) for n in range(count)]
    return [wait() for wait in waiting]


def test_after_a_burst_requests_are_allowed_at_the_rate_with_a_retry_time(clock):
    for _ in range(limits.POST.burst):
        limits.take(limits.POST, 7, REMOTE)

    refusal = refused(lambda: limits.take(limits.POST, 7, REMOTE))
    clock.now += refusal.retry_after
    limits.take(limits.POST, 7, REMOTE)
    again = refused(lambda: limits.take(limits.POST, 7, REMOTE))
    limits.take(limits.READ, 7, REMOTE)
    limits.take(limits.POST, 8, REMOTE)

    assert refusal.payload == {"error": "You are going too fast: wait 1 second.", "code": "too_fast",
                               "id": "error.too_fast", "params": {"n": 1}, "retry_after": 0.05}
    assert again.retry_after == pytest.approx(1 / limits.POST.per_second, abs=0.002)


def test_a_pause_restores_the_burst_and_no_more(clock):
    def burst():
        taken = 0
        while True:
            try:
                limits.take(limits.POST, 7, REMOTE)
            except Refused:
                return taken
            taken += 1

    first = burst()
    clock.now += 3600

    assert (first, burst()) == (40, 40)


def test_an_address_has_ten_times_the_rate_and_a_64_prefix_is_one_address(clock):
    def people_until_refused(address):
        person = 0
        while True:
            try:
                limits.take(limits.POST, person, limits.network(address(person)))
            except Refused as refusal:
                return person, refusal.message
            person += 1

    of_one_address = people_until_refused(lambda n: REMOTE)
    of_one_prefix = people_until_refused(lambda n: f"2001:db8:1:2::{n:x}")

    assert of_one_address == (400, "Your network is sending too much at once: wait 1 second.")
    assert of_one_prefix[0] == 400
    assert limits.network("2001:db8:1:2::1") != limits.network("2001:db8:1:3::1")
    assert limits.network("::ffff:203.0.113.7") == REMOTE


def test_a_room_has_a_rate_limit_of_its_own(clock):
    for n in range(limits.POST.burst * limits.PER_ROOM):
        limits.take_room(limits.POST, "room:1", f"198.51.100.{n % 200}")

    refusal = refused(lambda: limits.take_room(limits.POST, "room:1", REMOTE))
    limits.take_room(limits.POST, "room:2", REMOTE)

    assert refusal.message == "Too much is happening here at once: wait 1 second."


def test_a_stranger_cannot_use_up_the_rate_of_a_room(strict):
    olga, ann, mallory = strict.set_up_owner(), strict.connect_member("ann"), strict.connect_guest("mallory")
    room = olga.call("create_room", name="Den", kind="private", people=[ann.person], key="k")["ok"]["channel"]
    limits.take_room(limits.POST, room, REMOTE)
    key, full_at = next(reversed(limits.state().full_at.items()))

    assert {answer["code"] for answer in posts(mallory, 30, room)} == {"not_found"}
    over_http = strict.request(f"/api/channels/{room}/entries", mallory.token, text="x", key="h").json

    assert over_http["code"] == "not_found" and limits.state().full_at[key] == full_at
    assert "ok" in ann.call("post", channel=room, text="hello", key="a") and limits.state().full_at[key] > full_at


def test_full_buckets_are_dropped_and_their_number_is_limited(clock, monkeypatch):
    monkeypatch.setattr(limits, "KEPT", 500)
    for n in range(5000):
        limits.take(limits.HEAVY, n, limits.network(f"2001:db8:0:{n:x}::1"))
    at_most = len(limits.state().full_at)
    clock.now += 3600
    for n in range(100):
        limits.take(limits.HEAVY, 10_000 + n, REMOTE)

    assert at_most == 500
    assert len(limits.state().full_at) == 101


def test_every_event_and_route_has_a_rate_by_default():
    rates = [live.registry.rates[event] for event in live.registry.handlers]
    rates += [operation.rate for operation in api.operations.values()]

    assert set(map(type, rates)) == {limits.Class}
    assert live.registry.rates["post"] is limits.POST and live.registry.rates["members"] is limits.READ
    assert api.operations["POST", "/api/feeds/<feed>/ticks"].rate is limits.STREAM


def test_a_flood_of_messages_is_refused_with_a_retry_time_and_affects_nobody_else(strict, clock):
    ann, mallory = strict.connect_guest("ann"), strict.connect_guest("mallory")
    ann.call("subscribe", channel="room:1")

    flood = posts(mallory, 100)
    answers = posts(ann, 20)

    accepted = [answer for answer in flood if "ok" in answer]
    refused = [answer for answer in flood if "ok" not in answer]
    assert len(accepted) == 40
    assert {answer["code"] for answer in refused} == {"too_fast"}
    assert all(answer["id"] == "error.too_fast" and answer["params"] == {"n": 1} for answer in refused)
    assert all(0 < answer["retry_after"] <= 1 for answer in refused)
    assert all("ok" in answer for answer in answers)
    received = ann.received("message", len(accepted) + 20)
    assert [entry["seq"] for entry in received] == sorted({answer["ok"] for answer in accepted + answers})


def test_the_server_closes_a_connection_that_ignores_its_refusals(strict, clock):
    mallory, ann = strict.connect_guest("mallory"), strict.connect_guest("ann")

    def flood():
        for _ in range(200):
            if not mallory.client.connected:
                return True
            mallory.client.emit("nonsense", {}, namespace="/live")
        return False

    until(flood, seconds=45)

    assert "ok" in ann.call("post", channel="room:1", text="still here", key="k")


def test_a_flood_of_messages_over_http_is_refused_with_a_retry_time(strict, clock):
    person, token = strict.create_guest("mallory")
    path = "/api/channels/room:1/entries"

    answers = [strict.request(path, token, text="buy", key=str(n)) for n in range(60)]
    refused = [answer for answer in answers if answer.status_code != 201]

    assert len(refused) == 20
    assert {answer.status_code for answer in refused} == {429}
    assert all(math.ceil(answer.json["retry_after"]) == int(answer.headers["Retry-After"]) == 1 for answer in refused)


def test_too_many_sign_in_attempts_get_429(strict, clock):
    answers = [strict.request("/api/sign-in", handle=f"user{n}", password="x" * 12) for n in range(80)]

    assert answers[-1].status_code == 429
    assert strict.http.get("/healthz").status_code == 200


def test_all_requests_of_an_address_count_towards_its_limit(strict, clock):
    remote = {"REMOTE_ADDR": REMOTE}
    get = lambda path, environ: strict.http.get(path, environ_overrides=environ)  # noqa: E731

    for _ in range(limits.REQUEST.burst):
        limits.take_address(limits.REQUEST, REMOTE)
    page, asset, other = get("/nowhere", remote), get("/healthz", remote), get("/healthz", {"REMOTE_ADDR": "192.0.2.1"})

    assert (page.status_code, asset.status_code, other.status_code) == (429, 429, 200)
    assert page.json["code"] == "too_fast" and page.headers["Retry-After"] == "1"


def test_opening_connections_too_fast_is_refused_at_the_handshake(strict, clock):
    for _ in range(limits.CONNECT.burst):
        limits.take_address(limits.CONNECT, REMOTE)

    answer = strict.http.get("/socket.io/?EIO=4&transport=polling", environ_overrides={"REMOTE_ADDR": REMOTE})

    assert (answer.status_code, answer.json["code"]) == (429, "too_fast")


def try_to_connect(app, token):
    """Try to open a connection; return the refusal, or an empty dictionary."""
    client, refusals = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), []
    client.on("connect_error", refusals.append, namespace="/live")
    try:
        client.connect(app.url, auth={"token": token}, namespaces=["/live"], transports=["websocket"], wait_timeout=5)
    except socketio.exceptions.ConnectionError:
        return refusals[0]
    finally:
        client.disconnect()
    return {}


def test_the_21st_connection_of_a_person_is_refused_and_the_others_stay(strict):
    person, token = strict.create_guest("ann")
    kept = [strict.connect(person, token) for _ in range(connection_limits.PER_PERSON)]

    refusal = try_to_connect(strict, token)
    alive = kept[0].call("online")
    kept.pop().client.disconnect()
    until(lambda: connection_limits.state().counts[person] == connection_limits.PER_PERSON - 1)
    later = try_to_connect(strict, token)

    assert refusal["message"] == "You have 20 connections open: close one, or wait a moment."
    assert refusal["data"] == Refused("error.person_connections", "too_fast", limit=20,
                                 retry_after=connection_limits.RETRY_AFTER).payload
    assert alive == {"ok": [person]}
    assert later == {}


def test_guests_of_one_address_share_a_connection_limit_on_both_namespaces(strict, monkeypatch):
    monkeypatch.setattr(connection_limits, "PER_ADDRESS", 3)
    ann, bob = strict.connect_guest("ann"), strict.connect_guest("bob")
    tutorial = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
    tutorial.connect(strict.url, transports=["websocket"])

    _, token = strict.create_guest("carol")
    refusal = try_to_connect(strict, token)
    tutorial.disconnect()
    until(lambda: connection_limits.state().counts["127.0.0.1"] < 3)

    assert refusal["message"].startswith("Your network has 3 connections open")
    assert try_to_connect(strict, token) == {}
    assert "ok" in ann.call("online") and "ok" in bob.call("online")


def enter(wire, token, *namespaces):
    """Enter namespaces, given as packets name them."""
    for namespace in namespaces:
        wire.send(f"40{namespace}" + json.dumps({"token": token}))
        while not wire.recv().startswith(f"40{namespace}{{"):
            pass


def test_a_socket_counts_once_for_all_namespaces_until_it_closes(strict, monkeypatch):
    monkeypatch.setattr(connection_limits, "PER_ADDRESS", 2)
    person, token = strict.create_guest("ann")
    counts = connection_limits.state().counts
    address = strict.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"

    first, second = (websocket.create_connection(address, timeout=8) for _ in range(2))
    enter(first, token, "/live,", "")
    enter(second, token, "/live,", "")
    assert (counts[person], counts["127.0.0.1"]) == (2, 2)
    first.send("41/live,")
    first.send("41")
    enter(first, token, "/live,")
    first.send("41/live,")

    assert try_to_connect(strict, token)["message"].startswith("Your network has 2 connections open")
    first.close()
    second.close()
    until(lambda: (counts[person], counts["127.0.0.1"]) == (0, 0))
    assert try_to_connect(strict, token) == {}


def test_members_do_not_count_towards_the_limit_of_their_address(strict, monkeypatch):
    monkeypatch.setattr(connection_limits, "PER_ADDRESS", 2)

    office = [strict.set_up_owner(), *(strict.connect_member(name) for name in ("ann", "bob", "carol"))]

    assert all("ok" in member.call("online") for member in office)
    assert connection_limits.state().counts["127.0.0.1"] == 0


def test_a_connection_has_a_limited_number_of_subscriptions(strict, monkeypatch):
    monkeypatch.setattr(subscriptions, "CHANNELS", 2)
    ann = strict.connect_guest("ann")
    first, second = ann.call("subscribe", channel="room:1"), ann.call("subscribe", channel="people:all")

    third = ann.call("subscribe", channel=f"user:{ann.person}")
    again = ann.call("subscribe", channel="room:1")
    ann.call("unsubscribe", channel="room:1")
    resumed = ann.call("resume", cursors={f"user:{ann.person}": [0, ""], "room:1": [0, ""]})["ok"]

    assert "ok" in first and "ok" in second and "ok" in again
    assert third == Refused("error.subscription_limit", "too_large", limit=2).payload
    assert "head" in resumed[f"user:{ann.person}"] and resumed["room:1"]["code"] == "too_large"


def test_the_tutorial_has_rate_limits_and_its_own_form_of_refusals(strict, clock):
    client, refusals, answers = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False), [], []
    client.on("refused", refusals.append)
    client.connect(strict.url, transports=["websocket"])

    for n in range(100):
        client.emit("custom_event", n, callback=lambda *answer: answers.append(answer))
    until(lambda: len(answers) == 100 and len(refusals) == sum(map(bool, answers)))
    client.disconnect()

    codes = [{refusal["code"] for refusal in refusals}, {refusal["code"] for refusal, in filter(None, answers)}]
    assert codes == [{"too_fast"}] * 2


@pytest.mark.parametrize("environ, network", [
    ({"REMOTE_ADDR": "127.0.0.1"}, ""),
    ({"REMOTE_ADDR": "::1"}, ""),
    ({"REMOTE_ADDR": REMOTE}, REMOTE),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, "127.0.0.1"),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, "127.0.0.1"),
    ({"REMOTE_ADDR": "127.0.0.1", client.PROXIED: True}, "127.0.0.1"),
    ({}, "unknown"),
], ids=json.dumps)
def test_limits_that_are_off_are_off_only_for_this_machine(monkeypatch, environ, network):
    monkeypatch.setattr(limits, "exempt_loopback", lambda: True)

    assert client.network(environ) == network


def test_without_limits_this_machine_is_never_refused(app):
    ann = app.connect_guest("ann")

    assert all("ok" in answer for answer in posts(ann, 100))
    assert len(limits.state().full_at) == 0
