"""examples/polls, installed as a package: polls, votes, permissions and search."""

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
APPLY_ENTRIES = Path(__file__).parent / "js" / "apply-poll-entries.mjs"
ABSENT = Refused("error.channel_not_found", "not_found").payload


class PollServer:
    """A server with polls, its owner Olga, and a private room of Ann with Bob in it."""

    def __init__(self, data, url=""):
        self.process = Server(data, url, PYTHONPATH=example_polls.site())
        body = {"name": "Olga", "handle": "olga", "password": PASSWORD}
        olga = self.process.request_json("POST", "/api/join", body=body)
        self.tokens = {"olga": olga["token"]}
        self.ids = {"olga": olga["person"]["id"]}
        for name in ("ann", "bob", "cleo"):
            invite = self.process.request_json("POST", "/api/invites", self.tokens["olga"], {"role": "member"})
            secret = invite["url"].partition("#")[2]
            body = {"secret": secret, "name": name, "handle": name, "password": PASSWORD}
            joined = self.process.request_json("POST", "/api/join", body=body)
            self.tokens[name], self.ids[name] = joined["token"], joined["person"]["id"]
        room = {"name": "Den", "kind": "private", "key": "k", "people": [self.ids["bob"]]}
        self.room = self.request("ann", "POST", "/api/rooms", room)["channel"]

    def request(self, name, method, path, body=None):
        """Send a request of a person; return the answer, which may be a refusal."""
        _, _, answer = self.process.request(method, path, self.tokens[name], body)
        return json.loads(answer)

    def poll(self, name="ann", question="Where to eat?", options=("Noodles", "Pizza"), key="p"):
        """Post a poll."""
        path = f"/api/channels/{self.room}/polls"
        return self.request(name, "POST", path, {"question": question, "options": options, "key": key})

    def vote(self, name, seq, option, key="v"):
        return self.request(name, "POST", f"/api/channels/{self.room}/polls/{seq}/vote", {"option": option, "key": key})

    def close(self, name, seq, key="c"):
        return self.request(name, "POST", f"/api/channels/{self.room}/polls/{seq}/close", {"key": key})

    def last_item(self, name="ann"):
        """Return the last item of the room's window."""
        return self.request(name, "GET", f"/api/channels/{self.room}/window")["items"][-1]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request, tmp_path_factory):
    url = ""
    if request.param == "postgres":
        url = postgres.database()
    server = PollServer(tmp_path_factory.mktemp("polls"), url)
    yield server
    assert server.process.stop() == 0


def test_a_poll_is_a_message_with_options(server):
    entry = server.poll(options=["Noodles", " Pizza ", "", "Pizza"], key="a1")

    assert (entry["kind"], entry["data"]["text"]) == ("message", "Where to eat?")
    assert entry["data"]["poll"] == {"options": ["Noodles", "Pizza"]}
    assert server.poll(key="a1") == entry
    assert server.last_item()["poll"] == {"options": ["Noodles", "Pizza"]}


@pytest.mark.parametrize("options", [[], ["Yes"], ["Yes", " Yes "], ["x" * 201, "y"], list("abcdefghijk")])
def test_too_few_too_many_or_too_long_options_are_refused(server, options):
    assert server.poll(options=options, key="b1")["code"] in ("bad_input", "too_large")


def test_each_person_has_one_vote_and_can_change_it(server):
    seq = server.poll(key="c1")["seq"]

    first = server.vote("bob", seq, 0, "c2")
    again = server.vote("bob", seq, 0, "c2")
    server.vote("ann", seq, 0, "c3")
    server.vote("bob", seq, 1, "c4")

    assert first == again and (first["kind"], first["data"]) == ("voted", {"target": seq, "option": 0})
    assert server.last_item()["poll"]["votes"] == {str(server.ids["ann"]): 0, str(server.ids["bob"]): 1}


def test_a_vote_needs_a_poll_and_one_of_its_options(server):
    seq = server.poll(key="d1")["seq"]
    text = server.request("ann", "POST", f"/api/channels/{server.room}/entries", {"text": "hi", "key": "d2"})["seq"]

    assert server.vote("bob", seq, 2, "d3")["code"] == "bad_input"
    assert server.vote("bob", text, 0, "d4")["code"] == "not_found"
    assert server.vote("bob", text + 100, 0, "d5")["code"] == "not_found"


def test_a_closed_poll_refuses_votes(server):
    seq = server.poll(key="e1")["seq"]
    server.vote("bob", seq, 0, "e2")

    assert server.close("bob", seq, "e3")["code"] == "denied"
    assert server.close("ann", seq, "e4")["kind"] == "poll_closed"
    assert server.close("ann", seq, "e5")["code"] == "conflict"
    assert server.vote("bob", seq, 1, "e6") == {
        "error": "This poll is closed.", "code": "denied", "id": "error.poll_closed"}
    assert server.vote("bob", seq, 0, "e2")["kind"] == "voted"
    assert server.last_item()["poll"] == {"options": ["Noodles", "Pizza"], "closed": True,
                                     "votes": {str(server.ids["bob"]): 0}}


def test_a_room_admin_can_close_the_poll_of_another_member(server):
    seq = server.poll("bob", key="f1")["seq"]

    assert server.close("ann", seq, "f2")["kind"] == "poll_closed"


def test_people_outside_the_room_have_no_access_to_polls(server):
    seq = server.poll(key="g1")["seq"]

    assert server.poll("cleo", key="g2") == ABSENT
    assert server.vote("cleo", seq, 0, "g3") == ABSENT
    assert server.close("cleo", seq, "g4") == ABSENT
    assert server.request("cleo", "GET", f"/api/channels/{server.room}/window") == ABSENT


def test_a_person_who_left_cannot_vote(server):
    members = f"/api/rooms/{server.room[5:]}/members"
    server.request("ann", "POST", members, {"people": [server.ids["cleo"]], "key": "h1"})
    seq = server.poll(key="h2")["seq"]
    server.vote("cleo", seq, 1, "h3")
    server.request("cleo", "DELETE", f"{members}/{server.ids['cleo']}", {"key": "h4"})

    assert server.vote("cleo", seq, 0, "h5") == ABSENT


def test_polls_are_found_by_question_and_options(server):
    seq = server.poll(question="Where to sleep?", options=["Hammock", "Tent"], key="i1")["seq"]

    assert [item["seq"] for item in server.request("bob", "GET", "/api/search?q=hammock")["items"]] == [seq]
    assert [item["seq"] for item in server.request("bob", "GET", "/api/search?q=sleep")["items"]] == [seq]
    assert [item["seq"] for item in server.request("bob", "GET", "/api/search?q=tent+has:poll")["items"]] == [seq]
    assert server.request("cleo", "GET", "/api/search?q=hammock")["items"] == []


def test_a_deleted_poll_forgets_its_votes(server):
    seq = server.poll(question="Secret?", options=["Perhaps", "Maybe"], key="j1")["seq"]
    server.vote("bob", seq, 1, "j2")

    server.request("ann", "DELETE", f"/api/channels/{server.room}/messages/{seq}", {"key": "j3"})

    assert "poll" not in server.last_item()
    assert server.vote("bob", seq, 1, "j4")["code"] == "not_found"
    assert server.request("bob", "GET", "/api/search?q=perhaps")["items"] == []


def test_votes_are_pushed_to_the_room_and_replayed_from_a_cursor(server):
    ann, bob = (server.process.connect(server.tokens[name]) for name in ("ann", "bob"))
    seq = call(ann, "poll", channel=server.room, question="Now?", options=["Yes", "No"], key="k1")
    call(ann, "subscribe", channel=server.room, cursor=[seq, "k1"])

    voted = call(bob, "vote", channel=server.room, seq=seq, option=1, key="k2")
    closed = call(ann, "close_poll", channel=server.room, seq=seq, key="k3")
    call(bob, "subscribe", channel=server.room, cursor=[seq, "k1"])

    for client in (ann, bob):
        received = [(kind, data["seq"], data["data"]) for kind, data in client.received
                    if kind in ("voted", "poll_closed")]
        assert received == [("voted", voted, {"target": seq, "option": 1}), ("poll_closed", closed, {"target": seq})]


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine: install the package nodejs")
def test_a_window_and_the_entries_after_it_are_the_later_window(server):
    window = f"/api/channels/{server.room}/window"
    first = server.poll(question="One?", key="l1")["seq"]
    server.vote("bob", first, 1, "l2")
    before = server.request("ann", "GET", window)
    second = server.poll("bob", question="Two?", key="l3")["seq"]
    for number, (name, seq, option) in enumerate([("ann", first, 0), ("bob", first, 0), ("ann", second, 1)]):
        server.vote(name, seq, option, f"l4{number}")
    server.close("ann", first, "l5")
    server.request("bob", "DELETE", f"/api/channels/{server.room}/messages/{second}", {"key": "l6"})

    after = server.request("ann", "GET", f"/api/channels/{server.room}/entries?after={before['as_of'][0]}")["entries"]
    stdin = json.dumps({"items": before["items"], "entries": after})
    reduced = subprocess.run(["node", str(APPLY_ENTRIES)], input=stdin,
                             capture_output=True, text=True, check=True).stdout

    expected = server.request("ann", "GET", f"{window}?limit={len(json.loads(reduced))}")["items"]
    assert json.loads(reduced) == expected
    assert expected[-2]["poll"]["closed"] and "poll" not in expected[-1]


def test_the_manifest_adds_script_style_and_api(server):
    status, _, page = server.process.request("GET", "/", server.tokens["ann"])
    base = re.search(rb'data-assets="([^"]+)"', page)[1].decode()
    _, _, style = server.process.request("GET", f"{base}/style.css")
    _, headers, script = server.process.request("GET", f"{base}/polls/static/main.js")
    spec = server.process.request_json("GET", "/api/openapi.json")

    assert status == 200 and f"{base}/polls/static/main.js".encode() in page
    assert b".poll" in style and b"../../chat/static/" in script and headers["Content-Type"] == "text/javascript"
    assert spec["paths"]["/api/channels/{channel}/polls"]["post"]["tags"] == ["polls"]
