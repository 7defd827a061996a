"""examples/polls, installed as a package: what it adds to a server, and who may do what with polls."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hubbub.core.access import Refused
from tests import example_polls, postgres
from tests.process import Server, call

PASSWORD = "correct horse battery"
LAW = Path(__file__).parent / "js" / "polls-law.mjs"
ABSENT = Refused("error.channel_absent", "absent").payload


class World:
    """A server with polls, its owner Olga, and Ann and Bob in a private room of Ann's."""

    def __init__(self, data, url=""):
        self.server = Server(data, url, PYTHONPATH=example_polls.site())
        body = {"name": "Olga", "handle": "olga", "password": PASSWORD}
        olga = self.server.request_json("POST", "/api/join", body=body)
        self.tokens = {"olga": olga["token"]}
        self.ids = {"olga": olga["person"]["id"]}
        for name in ("ann", "bob", "cleo"):
            invite = self.server.request_json("POST", "/api/invites", self.tokens["olga"], {"role": "member"})
            secret = invite["url"].partition("#")[2]
            body = {"secret": secret, "name": name, "handle": name, "password": PASSWORD}
            joined = self.server.request_json("POST", "/api/join", body=body)
            self.tokens[name], self.ids[name] = joined["token"], joined["person"]["id"]
        room = {"name": "Den", "kind": "private", "key": "k", "people": [self.ids["bob"]]}
        self.room = self.request("ann", "POST", "/api/rooms", room)["channel"]

    def request(self, name, method, path, body=None):
        """Send a request of somebody; returns what is answered, also a refusal."""
        _, _, answer = self.server.request(method, path, self.tokens[name], body)
        return json.loads(answer)

    def poll(self, name="ann", question="Where to eat?", options=("Noodles", "Pizza"), key="p"):
        """Post a poll."""
        path = f"/api/channels/{self.room}/polls"
        return self.request(name, "POST", path, {"question": question, "options": options, "key": key})

    def vote(self, name, seq, option, key="v"):
        return self.request(name, "POST", f"/api/channels/{self.room}/polls/{seq}/vote", {"option": option, "key": key})

    def close(self, name, seq, key="c"):
        return self.request(name, "POST", f"/api/channels/{self.room}/polls/{seq}/close", {"key": key})

    def shown(self, name="ann"):
        """Return the last item of the room's window."""
        return self.request(name, "GET", f"/api/channels/{self.room}/window")["items"][-1]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request, tmp_path_factory):
    url = ""
    if request.param == "postgres":
        if postgres.server() is None:
            pytest.skip(f"no PostgreSQL: {postgres.reason}")
        url = postgres.server().database()
    world = World(tmp_path_factory.mktemp("polls"), url)
    yield world
    assert world.server.stop() == 0


def test_a_poll_is_a_message_with_options(world):
    entry = world.poll(options=["Noodles", " Pizza ", "", "Pizza"], key="a1")

    assert (entry["kind"], entry["data"]["text"]) == ("message", "Where to eat?")
    assert entry["data"]["poll"] == {"options": ["Noodles", "Pizza"]}
    assert world.poll(key="a1") == entry
    assert world.shown()["poll"] == {"options": ["Noodles", "Pizza"]}


@pytest.mark.parametrize("options", [[], ["Yes"], ["Yes", " Yes "], ["x" * 201, "y"], list("abcdefghijk")])
def test_too_few_too_many_or_too_long_options_are_refused(world, options):
    assert world.poll(options=options, key="b1")["code"] in ("bad_input", "too_large")


def test_each_person_has_one_vote_and_can_change_it(world):
    seq = world.poll(key="c1")["seq"]

    first = world.vote("bob", seq, 0, "c2")
    again = world.vote("bob", seq, 0, "c2")
    world.vote("ann", seq, 0, "c3")
    world.vote("bob", seq, 1, "c4")

    assert first == again and (first["kind"], first["data"]) == ("voted", {"target": seq, "option": 0})
    assert world.shown()["poll"]["votes"] == {str(world.ids["ann"]): 0, str(world.ids["bob"]): 1}


def test_a_vote_needs_a_poll_and_one_of_its_options(world):
    seq = world.poll(key="d1")["seq"]
    text = world.request("ann", "POST", f"/api/channels/{world.room}/entries", {"text": "hi", "key": "d2"})["seq"]

    assert world.vote("bob", seq, 2, "d3")["code"] == "bad_input"
    assert world.vote("bob", text, 0, "d4")["code"] == "absent"
    assert world.vote("bob", text + 100, 0, "d5")["code"] == "absent"


def test_a_closed_poll_refuses_votes(world):
    seq = world.poll(key="e1")["seq"]
    world.vote("bob", seq, 0, "e2")

    assert world.close("bob", seq, "e3")["code"] == "denied"
    assert world.close("ann", seq, "e4")["kind"] == "poll_closed"
    assert world.close("ann", seq, "e5")["code"] == "taken"
    assert world.vote("bob", seq, 1, "e6") == {
        "error": "This poll is closed.", "code": "denied", "id": "error.poll_closed"}
    assert world.vote("bob", seq, 0, "e2")["kind"] == "voted"
    assert world.shown()["poll"] == {"options": ["Noodles", "Pizza"], "closed": True,
                                     "votes": {str(world.ids["bob"]): 0}}


def test_a_room_admin_closes_a_poll_of_somebody_else(world):
    seq = world.poll("bob", key="f1")["seq"]

    assert world.close("ann", seq, "f2")["kind"] == "poll_closed"


def test_people_outside_the_room_see_and_do_nothing(world):
    seq = world.poll(key="g1")["seq"]

    assert world.poll("cleo", key="g2") == ABSENT
    assert world.vote("cleo", seq, 0, "g3") == ABSENT
    assert world.close("cleo", seq, "g4") == ABSENT
    assert world.request("cleo", "GET", f"/api/channels/{world.room}/window") == ABSENT


def test_a_person_who_left_cannot_vote(world):
    world.request("ann", "POST", f"/api/rooms/{world.room[5:]}/members", {"people": [world.ids["cleo"]], "key": "h1"})
    seq = world.poll(key="h2")["seq"]
    world.vote("cleo", seq, 1, "h3")
    world.request("cleo", "DELETE", f"/api/rooms/{world.room[5:]}/members/{world.ids['cleo']}", {"key": "h4"})

    assert world.vote("cleo", seq, 0, "h5") == ABSENT


def test_polls_are_found_by_question_and_options(world):
    seq = world.poll(question="Where to sleep?", options=["Hammock", "Tent"], key="i1")["seq"]

    assert [item["seq"] for item in world.request("bob", "GET", "/api/search?q=hammock")["items"]] == [seq]
    assert [item["seq"] for item in world.request("bob", "GET", "/api/search?q=sleep")["items"]] == [seq]
    assert world.request("cleo", "GET", "/api/search?q=hammock")["items"] == []


def test_a_deleted_poll_forgets_its_votes(world):
    seq = world.poll(question="Secret?", options=["Perhaps", "Maybe"], key="j1")["seq"]
    world.vote("bob", seq, 1, "j2")

    world.request("ann", "DELETE", f"/api/channels/{world.room}/messages/{seq}", {"key": "j3"})

    assert "poll" not in world.shown()
    assert world.vote("bob", seq, 1, "j4")["code"] == "absent"
    assert world.request("bob", "GET", "/api/search?q=perhaps")["items"] == []


def test_votes_are_pushed_to_the_room_and_replayed_from_a_cursor(world):
    ann, bob = (world.server.connect(world.tokens[name]) for name in ("ann", "bob"))
    seq = call(ann, "poll", channel=world.room, question="Now?", options=["Yes", "No"], key="k1")
    call(ann, "subscribe", channel=world.room, cursor=[seq, "k1"])

    voted = call(bob, "vote", channel=world.room, seq=seq, option=1, key="k2")
    closed = call(ann, "close_poll", channel=world.room, seq=seq, key="k3")
    call(bob, "subscribe", channel=world.room, cursor=[seq, "k1"])

    for client in (ann, bob):
        received = [(kind, data["seq"], data["data"]) for kind, data in client.received
                    if kind in ("voted", "poll_closed")]
        assert received == [("voted", voted, {"target": seq, "option": 1}), ("poll_closed", closed, {"target": seq})]


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine: install the package nodejs")
def test_a_window_and_the_entries_after_it_are_the_later_window(world):
    window = f"/api/channels/{world.room}/window"
    first = world.poll(question="One?", key="l1")["seq"]
    world.vote("bob", first, 1, "l2")
    before = world.request("ann", "GET", window)
    second = world.poll("bob", question="Two?", key="l3")["seq"]
    for number, (name, seq, option) in enumerate([("ann", first, 0), ("bob", first, 0), ("ann", second, 1)]):
        world.vote(name, seq, option, f"l4{number}")
    world.close("ann", first, "l5")
    world.request("bob", "DELETE", f"/api/channels/{world.room}/messages/{second}", {"key": "l6"})

    after = world.request("ann", "GET", f"/api/channels/{world.room}/entries?after={before['as_of'][0]}")["entries"]
    reduced = subprocess.run(["node", str(LAW)], input=json.dumps({"items": before["items"], "entries": after}),
                             capture_output=True, text=True, check=True).stdout

    expected = world.request("ann", "GET", f"{window}?limit={len(json.loads(reduced))}")["items"]
    assert json.loads(reduced) == expected
    assert expected[-2]["poll"]["closed"] and "poll" not in expected[-1]


def test_everything_of_the_slice_comes_from_its_manifest(world):
    status, _, page = world.server.request("GET", "/", world.tokens["ann"])
    base = re.search(rb'data-assets="([^"]+)"', page)[1].decode()
    _, _, style = world.server.request("GET", f"{base}/style.css")
    _, headers, script = world.server.request("GET", f"{base}/polls/static/main.js")
    spec = world.server.request_json("GET", "/api/openapi.json")

    assert status == 200 and f"{base}/polls/static/main.js".encode() in page
    assert b".poll" in style and b"../../chat/static/" in script and headers["Content-Type"] == "text/javascript"
    assert spec["paths"]["/api/channels/{channel}/polls"]["post"]["tags"] == ["polls"]
