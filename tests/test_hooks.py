"""Incoming webhooks: clients and payloads of other programs post messages, and whatever they send gets an answer."""

import json
import logging
import secrets
from urllib.parse import urlencode

import apprise
import pytest
import requests
from slack_sdk.webhook import WebhookClient

from hubbub import limits
from hubbub.chat import messages
from hubbub.core import db
from hubbub.hooks import deliveries, slack
from hubbub.hooks.mrkdwn import markdown
from tests import postgres
from tests.running_app import HERE, RunningApp
from tests.webhook_payloads import PAYLOADS

LOBBY = "room:1"


class HookServer:
    """A server with its owner Olga, her room Ops, and a hook of it; its methods post to the hook."""

    def __init__(self, folder, url="", **settings):
        self.app = RunningApp(folder, url, **settings)
        self.olga = self.app.set_up_owner()
        self.ann = self.app.connect_member("ann")
        self.ops = self.room("Ops")
        self.hook = self.create(self.ops, "Builds", icon="🔨")

    def room(self, name, kind="public"):
        return self.olga.call("create_room", name=name, kind=kind, key=name)["ok"]["channel"]

    def create(self, channel, name="Builds", who=None, **more):
        return (who or self.olga).post("/api/hooks", channel=channel, name=name, **more).json

    def send(self, payload=None, hook=None, path="", query="", **how):
        """Send a payload as JSON, or what `how` says; return the response."""
        how = how or {"json": payload}
        method = how.pop("method", "POST")
        return self.app.flask.test_client().open((path or (hook or self.hook)["path"]) + query, method=method,
                                                 environ_overrides=HERE, **how)

    def last(self, channel=None):
        """Return the last item of a room's window."""
        return self.olga.get(f"/api/channels/{channel or self.ops}/window").json["items"][-1]

    def shown(self, payload=None, **how):
        """Send a payload that is accepted; return the text of the message."""
        response = self.send(payload, **how)
        assert (response.status_code, response.data) == (200, b"ok")
        return self.last()["text"]

    def deliveries(self, hook=None):
        return self.olga.get(f"/api/hooks/{(hook or self.hook)['id']}/deliveries").json


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request, tmp_path_factory):
    with postgres.lent_or_sqlite(request.param) as url:
        server = HookServer(tmp_path_factory.mktemp("hooks"), url)
        yield server
        server.app.close()


def test_clients_of_slack_post_unchanged(server):
    url = server.app.url + server.hook["path"]

    answer = WebhookClient(url).send(text="*Deploy* of <https://ci.example/42|build 42> by <!here>", blocks=None,
                                     attachments=[{"color": "danger", "title": "Tests", "text": "3 failed"}])
    item = server.last()
    notifier = apprise.Apprise(url.replace("http://", "mmost://CI@").replace("/hooks", ""))
    assert notifier.notify(title="Backup", body="done & _dusted_")
    assert (server.last()["text"], server.last()["alias"]["name"]) == ("Backup\ndone & *dusted*", "CI")
    sent = server.send({"text": "plain"})

    assert (answer.status_code, answer.body) == (200, "ok")
    assert item["text"] == "**Deploy** of [build 42](https://ci.example/42) by @here\n\n**Tests**\n3 failed"
    assert (item["hook"], item["alias"]) == ({"tone": "danger"}, {"icon": "🔨"})
    assert item["author"] == server.hook["person"]
    assert (sent.data, sent.headers["Content-Type"]) == (b"ok", "text/html; charset=utf-8")
    member = server.olga.get(f"/api/people/{item['author']}").json["person"]
    assert (member["name"], member["role"]) == ("Builds", "bot")


@pytest.mark.parametrize("sender", PAYLOADS)
def test_the_payloads_of_other_programs_become_readable_messages(server, sender):
    payload, lines, more = PAYLOADS[sender]

    as_json = server.shown(payload)
    item = server.last()
    as_form = server.shown(data={"payload": json.dumps(payload)})
    untyped = server.shown(data=urlencode({"payload": json.dumps(payload)}), content_type="")

    assert as_json == as_form == untyped == "\n".join(lines)
    assert item.get("hook", {}).get("tone") == more.get("tone")
    assert item["alias"].get("name") == more.get("name")
    assert item["alias"]["icon"] == more.get("icon", "🔨")


TEXTS = {
    "*bold* _italic_ ~gone~ `a*b*`": "**bold** *italic* ~~gone~~ `a*b*`",
    "2 * 3 * 4 and snake_case_name and *open": "2 \\* 3 \\* 4 and snake_case_name and \\*open",
    "*a\nb* _*both*_": "\\*a\nb\\* ***both***",
    "<@U1|bob> <@ann> <#C1|ops> <!channel> <!subteam^S1|@devs>": "@bob @ann #ops @room \\@devs",
    "@room and mail a@b.example": "\\@room and mail a@b.example",
    "<mailto:a@b.example|mail> <https://x.example/a_(b)|a [b]>": "[mail](mailto:a@b.example) [a \\[b\\]](https://x.example/a_%28b%29)",
    "<!date^1392734382^{date_short}^https://x.example|Feb 18>": "[Feb 18](https://x.example)",
    "<javascript:alert(1)|click>": "\\<javascript:alert(1)\\|click>",
    "&lt;b&gt; &amp;amp; :tada: :+1::no_such:": "<b> &amp; 🎉 👍:no_such:",
    "**md** [x](https://x.example) *y*": "**md** [x](https://x.example) *y*",
    "# of errors: 3": "\\# of errors: 3",
    "```\nx &lt; *y*\n```after": "```\nx < *y*\n```\nafter",
    "&gt; a quote\n&gt; of two lines\nand no quote ```\n&gt; x\ny\n```":
        "> a quote\n> of two lines\n\nand no quote \n```\n> x\ny\n```\n",
}


@pytest.mark.parametrize("text", TEXTS)
def test_slacks_markup_becomes_markdown(text):
    assert markdown(text) == TEXTS[text]


def test_what_does_not_fit_into_a_message_is_not_even_translated():
    class Unread(dict):
        def get(self, name, default=None):
            assert name in ("color", "blocks", "actions"), "the message was full before"  # its colour and buttons

    message = slack.read({"text": "x", "attachments": [{"text": "*a* " * 9000}, Unread()]})

    assert len(message.text) == messages.TEXT_LIMIT and message.text.endswith("…")


def test_threads_and_other_rooms(server):
    first = server.send({"text": "deploy 42 began"}, query="?thread=42")
    root = server.last()["seq"]
    server.send({"text": "tests passed"}, query="?thread=42")
    server.send({"text": "done", "thread_ts": "42"})
    thread = server.olga.get(f"/api/channels/{server.ops}/threads/{root}").json
    dev, secret_room = server.room("Dev"), server.room("Secret", "private")
    free = server.create(server.ops, "Free", locked=False)
    server.send({"text": "over here", "channel": "#dev"}, free)
    server.send({"text": "locked", "channel": "#dev"})

    assert first.data == b"ok" and [item["text"] for item in thread["items"]] == ["tests passed", "done"]
    assert (server.last(dev)["text"], server.last()["text"]) == ("over here", "locked")
    absent = server.send({"text": "x", "channel": "nowhere"}, free)
    private = server.send({"text": "x", "channel": "secret"}, free)
    assert (absent.status_code, absent.data) == (private.status_code, private.data) == (404, b"channel_not_found")
    assert server.last(secret_room)["kind"] != "message"
    kick = f"/api/rooms/{server.ops[5:]}/members/{free['person']}"
    assert server.olga.request("DELETE", kick, key="kick").status_code == 200
    assert server.send({"text": "x"}, free).status_code == 403


def test_a_hook_is_managed_by_those_who_manage_its_room(server):
    den = server.ann.call("create_room", name=secrets.token_hex(4), kind="private", key="den")["ok"]["channel"]
    hook = server.create(den, "Mine", who=server.ann)
    path = f"/api/hooks/{hook['id']}"

    assert server.create(server.ops, who=server.ann)["code"] == "denied"
    assert server.create(den)["code"] == server.olga.request("DELETE", path).json["code"] == "not_found"
    assert [one["id"] for one in server.ann.get("/api/hooks").json] == [hook["id"]]
    assert hook["id"] not in [one["id"] for one in server.olga.get("/api/hooks").json]
    assert "path" not in server.ann.get("/api/hooks").json[0]
    secret = hook["path"].rpartition("/")[2]
    assert db.execute("select count(*) from hook where secret = :secret", secret=secret) == [(0,)]
    changed = server.ann.request("PATCH", path, name="Yours", icon="🚀", locked=False).json
    assert (changed["name"], changed["icon"], changed["locked"]) == ("Yours", "🚀", False)
    assert server.ann.post(f"{path}/test", text="how it looks").status_code == 204
    assert server.ann.get(f"/api/channels/{den}/window").json["items"][-1]["alias"] == {"icon": "🚀"}
    assert server.olga.request("PATCH", f"/api/people/{hook['person']}", role="owner").json["code"] == "not_found"
    assert hook["person"] not in [one["id"] for one in server.olga.get("/api/people").json]

    assert server.ann.request("DELETE", path).status_code == 204
    gone = server.send({"text": "x"}, hook)
    assert (gone.status_code, gone.data) == (404, b"no_service")
    assert server.ann.get(f"/api/channels/{den}/window").json["items"][-1]["kind"] == "left"


deep = []
for _ in range(5000):
    deep = [deep]
HOSTILE = [
    ({"json": {}}, b"no_text"), ({"json": []}, b"invalid_payload"), ({"json": {"text": None}}, b"no_text"),
    ({"json": {"blocks": [{"type": "x"}, 1, None]}}, b"invalid_blocks"),
    ({"data": "{", "content_type": "application/json"}, b"invalid_payload"),
    ({"data": b"\xff\xfe{}", "content_type": "application/json"}, b"invalid_payload"),
    ({"data": '{"text":' + "[" * 50_000, "content_type": "application/json"}, b"invalid_payload"),
    ({"data": f'{{"text": "x", "a": {json.dumps([[[[1]]]]).replace("1", "[" * 40 + "]" * 40)}}}',
      "content_type": "application/json"}, b"invalid_payload"),
    ({"data": '{"text": "\\ud800"}', "content_type": "application/json"}, b"invalid_payload"),
    ({"data": b"x" * 2_000_000, "content_type": "application/json"}, b"payload_too_large"),
    ({"data": b"--b\r\n", "content_type": "multipart/form-data; boundary=b"}, b"no_text"),
    ({"data": "payload=", "content_type": "application/x-www-form-urlencoded"}, b"invalid_payload"),
]
ODD = [None, True, 7, 1e308, "", " ", "\0", "\u202e", [], {}, [None, [1]], {"a": {"b": None}}, "x" * 70_000, "*" * 9000,
       "<" * 9000, "`" * 9001, "&" * 9000, "_a " * 5000, "@room " * 500]


def test_hostile_payloads_are_refused_in_the_words_of_slack(server, caplog):
    for how, word in HOSTILE:
        answer = server.send(**how)
        assert (answer.status_code < 500, answer.data, answer.mimetype) == (True, word, "text/plain")
    for odd in ODD:
        part = {"color": odd, "title": odd, "text": odd, "fields": odd, "blocks": odd, "actions": odd, "ts": odd}
        for payload in (odd, {"text": odd}, {"attachments": odd}, {"blocks": odd}, {"text": "x", "username": odd},
                        {"attachments": [odd, part], "icon_emoji": odd, "channel": odd, "thread_ts": odd},
                        {"blocks": [{"type": odd}, {"type": "section", "text": odd, "fields": [odd], "accessory": odd},
                                    {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": [odd]}]},
                                    {"type": "context", "elements": [odd, {"type": "image", "alt_text": odd}]}]}):
            assert server.send(payload).status_code in (200, 400)
    guessed = server.send({"text": "x"}, path=f"/hooks/{secrets.token_urlsafe(16)}")
    assert (guessed.status_code, guessed.data) == (404, b"no_service")
    anywhere = server.create(server.ops, "Anywhere", locked=False)
    assert server.send({}, anywhere, query="?key=a&withdraw=1&channel=%00").status_code == 200
    assert [server.send({}, path=path).status_code for path in (
        "/hooks/%00", "/hooks/responses/%00/x", "/api/slack/upload/%00")] == [404, 400, 400]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []

    answers = server.deliveries()
    assert len(answers) == deliveries.KEPT and answers[0]["n"] > deliveries.KEPT
    assert {one["error"] for one in answers} <= {"", "no_text", "invalid_payload", "invalid_blocks"}
    assert max(len(one["body"]) for one in answers) <= deliveries.BODY


def test_a_body_of_ten_megabytes_is_refused_by_the_server(server):
    for chunked in (False, True):
        body = iter([b"x" * 1_000_000] * 10) if chunked else b"x" * 10_000_000
        try:
            answer = requests.post(server.app.url + server.hook["path"], data=body, timeout=30)
        except requests.ConnectionError:
            continue  # refused while it was being sent
        assert answer.status_code == 413


def test_archived_rooms_refuse_and_a_repeated_key_posts_once(server):
    room = server.room("Old")
    hook = server.create(room, "Old")
    for _ in range(2):
        assert server.send(hook=hook, json={"text": "once"}, headers={"Idempotency-Key": "k"}).data == b"ok"
    assert [item["text"] for item in server.olga.get(f"/api/channels/{room}/window").json["items"]].count("once") == 1

    server.olga.request("PATCH", f"/api/rooms/{room[5:]}", archived=True, key="a")

    answer = server.send({"text": "x"}, hook)
    assert (answer.status_code, answer.data) == (410, b"channel_is_archived")
    assert [(one["status"], one["error"]) for one in server.deliveries(hook)][0] == (410, "channel_is_archived")


def test_a_flood_is_limited_and_told_to_the_owner(tmp_path):
    server = HookServer(tmp_path, limits="on")
    address = {"REMOTE_ADDR": "10.0.0.9", "HTTP_HOST": "x"}
    client = server.app.flask.test_client()

    assert client.post(server.hook["path"], json={"text": "first"}, environ_overrides=address).data == b"ok"
    with server.app.flask.node.active():
        limits.state().full_at["post", f"hook:{server.hook['id']}"] += 60  # seconds
    answers = [client.post(server.hook["path"], json={"text": str(n)}, environ_overrides=address) for n in range(9)]
    others = client.post("/hooks/guessed", json={"text": "x"}, environ_overrides=address)
    with server.app.flask.node.active():
        limits.state().full_at["post", "10.0.0.9"] += 60
    guesses = client.post("/hooks/guessed", json={"text": "x"}, environ_overrides=address)

    assert {(answer.status_code, answer.data) for answer in answers} == {(429, b"rate_limited")}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert (others.status_code, guesses.status_code, guesses.data) == (404, 429, b"rate_limited")
    told = [one for one in server.deliveries() if one["status"] == 429]
    assert 1 <= len(told) < 9  # one a second
    server.app.close()
