"""`hubbub mcp`: an assistant, with the SDK's own client, does what its token may, and the audit log has each call."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import socketio

from hubbub.people import audit
from tests.running_app import LOBBY, RunningApp
from tests.waiting import until

PROGRAM = Path(__file__).parent / "assistant_program.py"
ACCEPTED = {"Accept": "application/json, text/event-stream"}
DOCS = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text()
SHOWN = json.loads(DOCS.partition("```json\n")[2].partition("```")[0])["mcpServers"]["hubbub"]  # as people copy it
CONFIGURED = [SHOWN["command"], *SHOWN["args"]]
READING = {"list_rooms", "read_room", "search", "list_documents", "read_document", "list_feeds", "read_feed"}


class Workspace:
    """A server with a room, a document and a feed, and tokens of its member Ann for assistants."""

    def __init__(self, folder):
        self.app = RunningApp(folder)
        self.olga = self.app.set_up_owner()
        self.ann = self.app.connect_member("ann")
        self.den = self.olga.call("create_room", name="Den", kind="private", key="den")["ok"]["channel"]
        self.post(self.den, "a secret")
        self.post(LOBBY, "Tea at **four**")
        self.document = self.olga.post("/api/documents", room=LOBBY, title="Plans", key="k").json["id"]
        self.olga.post("/api/feeds/office/ticks", ticks=[{"symbol": "TEMP", "value": 21.5}])
        self.writer, self.reader = (self.token(scope=scope) for scope in ("write", "read"))

    def post(self, channel, text):
        assert self.olga.post(f"/api/channels/{channel}/entries", text=text, key=text[:64]).status_code == 201

    def token(self, scope="write", audited=True):
        return self.ann.post("/api/tokens", name="assistant", scope=scope, audited=audited).json["secret"]

    def ask(self, calls, token, url=""):
        """Have an assistant call tools; return what each returned."""
        command = [sys.executable, str(PROGRAM), sys.executable, "-m", *CONFIGURED]
        wanted = json.dumps({"url": url, "token": token, "calls": calls})
        done = subprocess.run(command, input=wanted, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HUBBUB_URL": self.app.url})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def audited(self):
        """Return what the audit log has of assistants, oldest first."""
        items = self.olga.get(f"/api/channels/{audit.CHANNEL}/window?limit=100").json["items"]
        return [item for item in items if item["action"] == "assistant_request"]


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    team = Workspace(tmp_path_factory.mktemp("assistant"))
    yield team
    team.app.close()


@pytest.fixture(scope="module")
def url(team):
    """The address of `hubbub mcp --http`, which has no token of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "hubbub", "mcp", "--http", str(port), "--url", team.app.url],
                               env={**os.environ, "HUBBUB_TOKEN": team.writer})
    until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    process.wait(30)


def call(url, token, tool, **arguments):
    """Call a tool by HTTP alone; return the result."""
    answer = requests.post(url, timeout=30, headers={"Authorization": f"Bearer {token}", **ACCEPTED}, json={
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
    return answer.json()["result"]


def test_an_assistant_reads_and_writes_and_each_call_is_in_the_audit_log(team):
    before = len(team.audited())
    calls = [("list_rooms", {}), ("read_room", {"channel": LOBBY}), ("search", {"query": "tea"}),
             ("list_documents", {}), ("append_to_document", {"document": team.document, "text": "# Tea", "key": "a"}),
             ("append_to_document", {"document": team.document, "text": "at four", "key": "b"}),
             ("append_to_document", {"document": team.document, "text": "at four", "key": "b"}),
             ("read_document", {"document": team.document}), ("list_feeds", {}), ("read_feed", {"symbol": "TEMP"}),
             ("post_message", {"channel": LOBBY, "text": "See you", "key": "c"}),
             ("post_message", {"channel": LOBBY, "text": "See you", "key": "c"})]
    tools, rooms, lobby, found, documents, *_, text, feeds, feed, posted, again = team.ask(calls, team.writer)
    notes = team.audited()[before:]

    assert {name for name, is_read_only in tools.items() if is_read_only} == READING
    assert set(tools) - READING == {"post_message", "append_to_document"}
    assert [room["channel"] for room in rooms["rooms"]] == [LOBBY]
    assert [(one["handle"], one["text"]) for one in lobby["messages"]] == [("olga", "Tea at **four**")]
    assert [one["seq"] for one in found["messages"]] == [lobby["messages"][0]["seq"]]
    assert documents["documents"][0]["title"] == "Plans"
    assert text == {"title": "Plans", "text": "# Tea\n\nat four", "next": 0}
    assert (feeds["symbols"][0]["value"], feed["candles"][0]["close"]) == (21.5, 21.5)
    assert posted == again and team.olga.get(f"/api/channels/{LOBBY}/window").json["items"][-1]["text"] == "See you"
    assert [note["tool"] for note in notes] == [name for name, _ in calls]
    assert {note["author"] for note in notes} == {team.ann.person}
    assert notes[1]["request"] == "GET /api/channels/room:1/window"


def test_an_assistant_can_do_no_more_than_its_token_and_hostile_arguments_are_refused(team, url):
    hostile = [("read_room", {"channel": channel}) for channel in (
        team.den, "room:999", "doc:1", "audit:all", "../people", "room:1/../../me", "x" * 101, "", "\ud83d\ude00\0", 7)]
    hostile += [("read_room", {"channel": LOBBY, "limit": 10**9}), ("read_room", {"channel": LOBBY, "thread": 99}),
                ("read_document", {"document": -1}), ("read_document", {"document": 10**20}), ("search", {}),
                ("read_feed", {"symbol": "../../me"}), ("post_message", {"channel": team.den, "text": "x"}),
                ("post_message", {"channel": LOBBY, "text": " "}), ("no_such_tool", {})]
    _, *answers = team.ask(hostile, team.writer, url)
    read, post = (call(url, team.reader, name, channel=LOBBY, **more)
                  for name, more in (("read_room", {}), ("post_message", {"text": "x"})))
    ordinary, unknown, none = (call(url, token, "list_rooms") for token in (team.token(audited=False), "made-up", ""))

    bot = team.olga.post("/api/bots", name="Robot").json["id"]
    token = team.olga.post(f"/api/bots/{bot}/tokens", name="mcp", scope="read", audited=True).json["secret"]
    club = team.olga.call("create_room", name="Club", kind="public", key="club")["ok"]["channel"]
    outside, inside = (call(url, token, "read_room", channel=channel) for channel in (club, LOBBY))

    assert outside["isError"] and not inside["isError"]  # a bot reads the rooms to which it was added
    for (name, arguments), answer in zip(hostile, answers, strict=True):
        assert set(answer) == {"error"} and "secret" not in answer["error"], (name, arguments)
        assert answer["error"] != f"Error executing tool {name}", arguments  # what the SDK says of a crash
    assert answers[0]["error"] == answers[1]["error"]  # a private room looks like one that does not exist
    assert not read["isError"] and post["isError"] and "write" in post["content"][0]["text"]
    assert "not for an assistant" in ordinary["content"][0]["text"]
    assert "not signed in" in unknown["content"][0]["text"] and "has no token" in none["content"][0]["text"]


def test_a_room_is_read_page_by_page_past_deleted_and_long_messages(team, url):
    room = team.olga.call("create_room", name="Log", kind="public", key="log")["ok"]["channel"]
    for text in ("first", *(f"{n} " + "x" * 9000 for n in range(12)), "gone", "gone, too"):
        team.post(room, text)
    items = team.olga.get(f"/api/channels/{room}/window").json["items"]
    for item in items[-2:]:
        team.olga.call("delete", channel=room, seq=item["seq"], key=str(item["seq"]))

    texts, before, pages = [], 0, 0
    while pages == 0 or before:
        page = call(url, team.reader, "read_room", channel=room, before=before, limit=2 if pages == 0 else 50)
        found, pages = page["structuredContent"], pages + 1
        texts, before = [one["text"].split()[0] for one in found["messages"]] + texts, found["before"]

    assert texts == ["(created)", "(joined)", "first", *map(str, range(12))] and pages == 3


def test_a_foreign_page_reaches_no_tools(team, url):
    def answer(**headers):
        return requests.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, timeout=30, headers={
            "Authorization": f"Bearer {team.writer}", **ACCEPTED, **headers})

    assert answer().status_code == 200
    assert answer(Host="evil.example").status_code == 421 and answer(Origin="https://evil.example").status_code == 403
    refused = [subprocess.run([sys.executable, "-m", "hubbub", "mcp", *wrong], capture_output=True, text=True,
                              env={**os.environ, "HUBBUB_TOKEN": ""}, timeout=60).stderr
               for wrong in (["--http", "0.0.0.0:1"], [])]
    assert "--name" in refused[0] and "no token" in refused[1]


def test_the_token_of_an_assistant_is_audited_whatever_program_uses_it_and_opens_no_socket(team):
    before = len(team.audited())
    headers = {"Authorization": f"Bearer {team.writer}", "Hubbub-Tool": "Not a tool!"}
    requests.get(f"{team.app.url}/api/rooms?q=private", headers=headers, timeout=30)
    requests.post(f"{team.app.url}/api/slack/auth.test", headers=headers, timeout=30)
    requests.get(f"{team.app.url}/api/channels/{LOBBY}/tail", headers=headers, timeout=30, stream=True).close()
    notes = team.audited()[before:]

    assert [(note["tool"], note["request"]) for note in notes] == [
        ("", "GET /api/rooms"), ("", "POST /api/slack/auth.test"), ("", "GET /api/channels/room:1/tail")]
    wanted = {"name": "all", "scope": "admin", "audited": True}  # it could create a token that is not audited
    assert team.ann.post("/api/tokens", **wanted).json["id"] == "error.assistant_scope"
    with pytest.raises(socketio.exceptions.ConnectionError):
        team.app.connect(team.ann.person, team.writer)
    with pytest.raises(socketio.exceptions.ConnectionError):  # nor as the tutorial does
        socketio.Client(reconnection=False).connect(team.app.url, auth={"token": team.writer})
    team.token(audited=False)
    assert {token["audited"] for token in team.ann.get("/api/tokens").json} == {True, False}


def test_the_tools_are_not_imported_by_other_commands():
    assert {"hubbub.cli", "hubbub_client.commands"} < set(sys.modules) and "mcp" not in sys.modules
