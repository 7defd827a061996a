"""How often anybody may do something: who floods is told when again and then hung up on; nobody beside them notices."""

import json
import math

import pytest
import socketio

from hubbub import limits, live
from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.live import connection_limits, subscriptions
from hubbub.web import api, client
from tests.running_app import RunningApp
from tests.waiting import until

ABROAD = "203.0.113.7"


@pytest.fixture
def strict(tmp_path):
    """A running Hubbub whose limits hold on this machine, too."""
    app = RunningApp(tmp_path, limits="on")
    yield app
    app.close()


@pytest.fixture
def clock(monkeypatch):
    """The limits' own time, which stands until it is put on."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(node, "monotonic", clock.monotonic)
    limits.state.forget()
    yield clock
    limits.state.forget()


def refused(call):
    with pytest.raises(Refused) as no:
        call()
    return no.value


def posts(who, count, channel="room:1"):
    """So many posts in one go; their answers."""
    waiting = [who.send("post", {"channel": channel, "text": f"{n}", "key": f"{who.person}-{n}"}) for n in range(count)]
    return [wait() for wait in waiting]


def test_after_a_burst_one_may_go_on_at_the_rate_and_is_told_when(clock):
    for _ in range(limits.POST.burst):
        limits.take(limits.POST, 7, ABROAD)

    no = refused(lambda: limits.take(limits.POST, 7, ABROAD))
    clock.now += no.retry_after
    limits.take(limits.POST, 7, ABROAD)
    again = refused(lambda: limits.take(limits.POST, 7, ABROAD))
    limits.take(limits.READ, 7, ABROAD)
    limits.take(limits.POST, 8, ABROAD)

    assert no.payload == {"error": "That is too fast: wait 1 second.", "code": "too_fast", "id": "error.too_fast",
                          "params": {"n": 1}, "retry_after": 0.05}
    assert again.retry_after == pytest.approx(1 / limits.POST.per_second, abs=0.002)


def test_a_quiet_time_gives_the_burst_back_and_no_more_than_that(clock):
    def burst():
        taken = 0
        while True:
            try:
                limits.take(limits.POST, 7, ABROAD)
            except Refused:
                return taken
            taken += 1

    first = burst()
    clock.now += 3600

    assert (first, burst()) == (40, 40)


def test_many_behind_one_address_share_ten_times_as_much_and_a_64_is_one_address(clock):
    def people_until_refused(address):
        person = 0
        while True:
            try:
                limits.take(limits.POST, person, limits.network(address(person)))
            except Refused as no:
                return person, no.message
            person += 1

    in_one_house = people_until_refused(lambda n: ABROAD)
    in_one_network = people_until_refused(lambda n: f"2001:db8:1:2::{n:x}")

    assert in_one_house == (400, "Too much comes from your address at once: wait 1 second.")
    assert in_one_network[0] == 400
    assert limits.network("2001:db8:1:2::1") != limits.network("2001:db8:1:3::1")
    assert limits.network("::ffff:203.0.113.7") == ABROAD


def test_many_who_write_together_in_a_room_are_held_back_for_those_who_read_there(clock):
    for n in range(limits.POST.burst * limits.PER_ROOM):
        limits.take_room(limits.POST, "room:1", f"198.51.100.{n % 200}")

    no = refused(lambda: limits.take_room(limits.POST, "room:1", ABROAD))
    limits.take_room(limits.POST, "room:2", ABROAD)

    assert no.message == "Too much happens here at once: wait 1 second."


def test_a_stranger_cannot_use_up_the_rate_of_a_room(strict):
    olga, ann, mallory = strict.set_up_owner(), strict.connect_member("ann"), strict.connect_guest("mallory")
    room = olga.call("create_room", name="Den", kind="private", people=[ann.person], key="k")["ok"]["channel"]
    limits.take_room(limits.POST, room, ABROAD)
    key, full_at = next(reversed(limits.state().full_at.items()))

    assert {answer["code"] for answer in posts(mallory, 30, room)} == {"absent"}
    over_http = strict.request(f"/api/channels/{room}/entries", mallory.token, text="x", key="h").json

    assert over_http["code"] == "absent" and limits.state().full_at[key] == full_at
    assert "ok" in ann.call("post", channel=room, text="hello", key="a") and limits.state().full_at[key] > full_at


def test_full_buckets_are_forgotten_and_there_are_never_more_than_are_kept(clock, monkeypatch):
    monkeypatch.setattr(limits, "KEPT", 500)
    for n in range(5000):
        limits.take(limits.HEAVY, n, limits.network(f"2001:db8:0:{n:x}::1"))
    at_most = len(limits.state().full_at)
    clock.now += 3600
    for n in range(100):
        limits.take(limits.HEAVY, 10_000 + n, ABROAD)

    assert at_most == 500
    assert len(limits.state().full_at) == 101


def test_every_event_and_every_route_has_a_rate_without_anybody_thinking_of_it():
    rates = [live.registry.rates[event] for event in live.registry.handlers]
    rates += [operation.rate for operation in api.operations.values()]

    assert set(map(type, rates)) == {limits.Class}
    assert live.registry.rates["post"] is limits.POST and live.registry.rates["members"] is limits.READ
    assert api.operations["POST", "/api/feeds/<feed>/ticks"].rate is limits.STREAM


def test_a_flood_of_messages_is_refused_with_a_retry_time_and_disturbs_no_other_person(strict, clock):
    ann, mallory = strict.connect_guest("ann"), strict.connect_guest("mallory")
    ann.call("subscribe", channel="room:1")

    flood = posts(mallory, 100)
    said = posts(ann, 20)

    accepted = [answer for answer in flood if "ok" in answer]
    no = [answer for answer in flood if "ok" not in answer]
    assert len(accepted) == 40
    assert {answer["code"] for answer in no} == {"too_fast"}
    assert all(answer["id"] == "error.too_fast" and answer["params"] == {"n": 1} for answer in no)
    assert all(0 < answer["retry_after"] <= 1 for answer in no)
    assert all("ok" in answer for answer in said)
    received = ann.received("message", len(accepted) + 20)
    assert [entry["seq"] for entry in received] == sorted({answer["ok"] for answer in accepted + said})


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
    no = [answer for answer in answers if answer.status_code != 201]

    assert len(no) == 20
    assert {answer.status_code for answer in no} == {429}
    assert all(math.ceil(answer.json["retry_after"]) == int(answer.headers["Retry-After"]) == 1 for answer in no)


def test_a_stranger_who_hammers_the_sign_in_is_told_when_again(strict, clock):
    answers = [strict.request("/api/sign-in", handle=f"who{n}", password="x" * 12) for n in range(80)]

    assert answers[-1].status_code == 429
    assert strict.http.get("/healthz").status_code == 200


def test_requests_of_one_address_are_counted_whatever_they_ask_for(strict, clock):
    abroad = {"REMOTE_ADDR": ABROAD}
    ask = lambda path, where: strict.http.get(path, environ_overrides=where)  # noqa: E731

    for _ in range(limits.REQUEST.burst):
        limits.take_address(limits.REQUEST, ABROAD)
    page, asset, other = ask("/nowhere", abroad), ask("/healthz", abroad), ask("/healthz", {"REMOTE_ADDR": "192.0.2.1"})

    assert (page.status_code, asset.status_code, other.status_code) == (429, 429, 200)
    assert page.json["code"] == "too_fast" and page.headers["Retry-After"] == "1"


def test_who_opens_connections_too_fast_is_refused_at_the_handshake(strict, clock):
    for _ in range(limits.CONNECT.burst):
        limits.take_address(limits.CONNECT, ABROAD)

    answer = strict.http.get("/socket.io/?EIO=4&transport=polling", environ_overrides={"REMOTE_ADDR": ABROAD})

    assert (answer.status_code, answer.json["code"]) == (429, "too_fast")


def knock(app, token):
    """Try to open one more connection; what is said to a refusal."""
    client, said = socketio.Client(reconnection=False, handle_sigint=False), []
    client.on("connect_error", said.append, namespace="/live")
    try:
        client.connect(app.url, auth={"token": token}, namespaces=["/live"], transports=["websocket"], wait_timeout=5)
    except socketio.exceptions.ConnectionError:
        return said[0]
    finally:
        client.disconnect()
    return {}


def test_the_21st_connection_of_a_person_is_refused_and_the_oldest_are_kept(strict):
    person, token = strict.create_guest("ann")
    kept = [strict.connect(person, token) for _ in range(connection_limits.PER_PERSON)]

    no = knock(strict, token)
    alive = kept[0].call("here")
    kept.pop().client.disconnect()
    until(lambda: connection_limits.state().counts[person] == connection_limits.PER_PERSON - 1)
    later = knock(strict, token)

    assert no["message"] == "You have 20 connections open: close one, or wait a little."
    assert no["data"] == Refused("error.person_connections", "too_fast", limit=20,
                                 retry_after=connection_limits.RETRY_AFTER).payload
    assert alive == {"ok": [person]}
    assert later == {}


def test_an_address_has_a_bound_for_all_its_guests_on_both_namespaces(strict, monkeypatch):
    monkeypatch.setattr(connection_limits, "PER_ADDRESS", 3)
    ann, bob = strict.connect_guest("ann"), strict.connect_guest("bob")
    tutorial = socketio.Client(reconnection=False, handle_sigint=False)
    tutorial.connect(strict.url, transports=["websocket"])

    _, token = strict.create_guest("carol")
    no = knock(strict, token)
    tutorial.disconnect()
    until(lambda: connection_limits.state().counts["127.0.0.1"] < 3)

    assert no["message"].startswith("Your address has 3 connections open")
    assert knock(strict, token) == {}
    assert "ok" in ann.call("here") and "ok" in bob.call("here")


def test_an_office_behind_one_address_is_not_bounded_by_it(strict, monkeypatch):
    monkeypatch.setattr(connection_limits, "PER_ADDRESS", 2)

    office = [strict.set_up_owner(), *(strict.connect_member(name) for name in ("ann", "bob", "carol"))]

    assert all("ok" in one.call("here") for one in office)
    assert connection_limits.state().counts["127.0.0.1"] == 0


def test_a_connection_hears_a_bounded_number_of_channels(strict, monkeypatch):
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


def test_the_tutorial_has_rate_limits_too_and_refuses_in_its_own_form(strict, clock):
    client, refusals, answers = socketio.Client(reconnection=False, handle_sigint=False), [], []
    client.on("refused", refusals.append)
    client.connect(strict.url, transports=["websocket"])

    for n in range(100):
        client.emit("custom_event", n, callback=lambda *answer: answers.append(answer))
    until(lambda: len(answers) == 100 and len(refusals) == sum(map(bool, answers)))
    client.disconnect()

    assert {no["code"] for no in refusals} == {no["code"] for no, in filter(None, answers)} == {"too_fast"}


@pytest.mark.parametrize("environ, counted", [
    ({"REMOTE_ADDR": "127.0.0.1"}, ""),
    ({"REMOTE_ADDR": "::1"}, ""),
    ({"REMOTE_ADDR": ABROAD}, ABROAD),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, "127.0.0.1"),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, "127.0.0.1"),
    ({"REMOTE_ADDR": "127.0.0.1", client.PROXIED: True}, "127.0.0.1"),
    ({}, "unknown"),
], ids=json.dumps)
def test_limits_that_are_off_are_off_only_for_this_machine(monkeypatch, environ, counted):
    monkeypatch.setattr(limits, "exempt_loopback", lambda: True)

    assert client.network(environ) == counted


def test_nobody_is_slowed_down_on_this_machine_where_limits_are_off(app):
    ann = app.connect_guest("ann")

    assert all("ok" in answer for answer in posts(ann, 100))
    assert len(limits.state().full_at) == 0
