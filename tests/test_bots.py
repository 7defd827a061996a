"""Bots: what their tokens reach at every door, who manages them, and what ends with the person who created them."""

import secrets

import pytest
import socketio

from hubbub.chat import members, messages
from hubbub.core import db
from tests.running_app import HERE, LOBBY, RunningApp, post


class Script:
    """A program with a token of a bot."""

    def __init__(self, app, token):
        self.app, self.token = app, token

    def call(self, method, path, **body):
        return self.app.request(path, self.token, method, **body)

    def get(self, path):
        return self.app.http.get(path, headers={"Authorization": f"Bearer {self.token}"}, environ_overrides=HERE)


class BotServer:
    """A server with its owner Olga, Ann, who has the bot Robin, and Olga's public room Ops and private room Den."""

    def __init__(self, folder):
        self.app = RunningApp(folder)
        self.olga, self.ann = self.app.set_up_owner(), self.app.connect_member("ann")
        self.ops, self.den = self.room(self.olga, "Ops", "public"), self.room(self.olga, "Den", "private")
        self.bot = self.ann.post("/api/bots", name="Robin").json
        self.id = self.bot["id"]
        self.script = self.token("write")

    @staticmethod
    def room(who, name, kind):
        return who.call("create_room", name=name, kind=kind, key=secrets.token_hex(4))["ok"]["channel"]

    def token(self, scope, bot=None):
        answer = self.ann.post(f"/api/bots/{bot or self.id}/tokens", name="script", scope=scope).json
        return Script(self.app, answer["secret"])

    def add(self, who, room, bot=None):
        return who.post(f"/api/rooms/{room[5:]}/members", people=[bot or self.id], key=secrets.token_hex(4))


@pytest.fixture
def server(tmp_path):
    server = BotServer(tmp_path)
    yield server
    server.app.close()


def test_a_bot_reads_and_posts_only_in_the_rooms_to_which_it_was_added(server):
    script, ops = server.script, server.ops
    said = post(server.olga, "the plans", ops)
    document = server.olga.post("/api/documents", room=ops, title="The plans", key="d").json["id"]

    def reached():
        """Return what the bot's token reaches of the room Ops, at every door."""
        one = f"/api/channels/{ops}"
        client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        client.connect(server.app.url, auth={"token": script.token}, namespaces=["/live"], wait_timeout=30)
        subscribed = client.call("subscribe", {"channel": ops}, namespace="/live", timeout=30)
        client.disconnect()
        answers = {path: script.get(path) for path in (
            f"{one}/window", f"{one}/entries", f"{one}/messages/{said}", f"{one}/pins", f"/api/rooms/{ops[5:]}",
            f"/api/rooms/{ops[5:]}/members", f"/api/documents/{document}", f"/document/{document}/text")}
        lists = [script.get(path).text for path in ("/api/search?q=plans", "/api/rooms", "/api/documents")]
        posted = script.call("POST", f"{one}/entries", text="hello", key=secrets.token_hex(4)).status_code
        return ("ok" in subscribed, {answer.status_code for answer in answers.values()},
                ["he plans" in text or '"Ops"' in text for text in lists], posted)

    before = reached()
    joined = script.call("POST", f"/api/rooms/{ops[5:]}/members", people=[server.id], key="j").json["code"]
    server.ann.call("join", channel=ops, key="j")
    by_member = server.add(server.ann, ops).json["code"]
    assert server.add(server.olga, ops).status_code == 200
    inside = reached()
    server.olga.request("DELETE", f"/api/rooms/{ops[5:]}/members/{server.id}", key="k")

    assert before == reached() == (False, {404}, [False] * 3, 404)
    assert inside == (True, {200}, [True] * 3, 201)
    assert (joined, by_member) == ("not_found", "denied")
    assert script.call("POST", f"/api/channels/{LOBBY}/entries", text="here", key="l").status_code == 201


def test_a_bot_has_no_rights_beyond_its_rooms(server):
    server.add(server.olga, server.ops)
    one = f"/api/rooms/{server.ops[5:]}"

    refused = [server.script.call(method, path, **body).json["code"] for method, path, body in (
        ("POST", "/api/rooms", {"name": "Own", "kind": "private", "key": "r"}),
        ("POST", "/api/directs", {"people": [server.ann.person]}),
        ("POST", "/api/directs", {"people": []}),
        ("POST", "/api/notify", {"person": "ann", "text": "psst", "key": "n"}),
        ("POST", "/api/market", {}),
        ("POST", "/api/alerts", {"symbol": "X", "level": 1, "direction": "above"}),
        ("POST", f"{one}/members", {"people": [server.ann.person], "key": "i"}),
        ("PATCH", one, {"topic": "mine", "key": "t"}),
        ("POST", "/api/bots", {"name": "Child"}),
        ("POST", "/api/hooks", {"channel": server.ops, "name": "Child"}),
        ("POST", "/api/tokens", {"name": "more", "scope": "write"}))]
    promoted = server.olga.request("PATCH", f"{one}/members/{server.id}", role="admin", key="p").json["code"]

    assert set(refused) <= {"denied", "not_found"}
    assert promoted == "denied"
    assert server.ann.post("/api/directs", people=[server.id]).json["code"] == "not_found"
    assert server.ann.post("/api/notify", person=server.bot["handle"], text="tea", key="n").json["code"] == "not_found"
    assert server.olga.request("PATCH", f"/api/people/{server.id}", role="owner").json["code"] == "not_found"
    reader = server.token("read")
    assert reader.call("POST", f"/api/channels/{server.ops}/entries", text="x", key="x").json["code"] == "denied"
    assert reader.get(f"/api/channels/{server.ops}/window").status_code == 200
    admin = server.ann.post(f"/api/bots/{server.id}/tokens", name="root", scope="admin")
    assert (admin.status_code, admin.json["id"]) == (400, "error.bot_scope")


def test_a_bot_belongs_to_the_person_who_created_it(server):
    path, window = f"/api/bots/{server.id}", f"/api/channels/{LOBBY}/window"
    server.add(server.olga, server.den)

    found = [[one["id"] for one in server.olga.get(f"/api/people?q={q}").json] for q in ("robin", "rob")]
    assert found == [[server.id], []]  # by its whole handle
    assert server.ann.get("/api/bots").json[0] == {**server.bot, "tokens": 1}  # Ann cannot read the Den
    assert server.olga.get("/api/bots").json[0]["rooms"] == [server.den]
    assert server.olga.get(f"{path}/tokens").json["code"] == "not_found"
    assert server.olga.post(f"{path}/tokens", name="mine", scope="read").json["code"] == "not_found"
    renamed = server.ann.request("PATCH", path, name="Wren").json
    assert (renamed["name"], renamed["handle"]) == ("Wren", "robin")
    [token] = server.ann.get(f"{path}/tokens").json
    assert server.ann.request("DELETE", f"{path}/tokens/{token['id']}").status_code == 204
    assert server.script.get(window).status_code == 401

    second = server.token("write")
    assert server.olga.request("DELETE", path).status_code == 204  # owners and admins may end it
    assert second.get(window).status_code == 401
    assert server.olga.get(f"/api/channels/{server.den}/window").json["items"][-1]["kind"] == "left"
    assert server.ann.get("/api/bots").json == []


def test_bots_end_with_the_account_of_their_creator(server):
    server.add(server.olga, server.ops)

    assert server.olga.post(f"/api/people/{server.ann.person}/ban").status_code == 200

    assert server.script.get(f"/api/channels/{LOBBY}/window").status_code == 401
    with db.snapshot() as reads:
        assert members.role(reads, int(server.ops[5:]), server.id) == ""
        assert messages.rooms.mine(reads, server.id)[0].channel == LOBBY
    assert [record["action"] for record in server.olga.get("/api/channels/audit:all/window").json["items"]][-2:] == [
        "bot_revoked", "banned"]
