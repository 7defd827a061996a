"""What hooks take besides Slack's format: that of Discord, plain bodies as in ntfy, GitHub's and GitLab's events."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from hubbub.hooks import forges, ntfy
from tests import postgres
from tests.running_app import HERE
from tests.test_hooks import HookServer
from tests.waiting import until_notified

PLAIN = {"Content-Type": "application/x-www-form-urlencoded"}  # what `curl -d` says


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request, tmp_path_factory):
    with postgres.lent_or_sqlite(request.param) as url:
        server = HookServer(tmp_path_factory.mktemp("formats"), url)
        yield server
        server.app.close()


def test_a_plain_body_is_a_message_with_the_headers_of_ntfy(server):
    headers = {**PLAIN, "Title": "Größe: 90 %".encode().decode("latin-1"), "Priority": "urgent",
               "Tags": "warning,disk,db1",
               "Click": "https://x.example/disk_usage", "X-Attach": "https://x.example/log.txt?a=1",
               "Actions": "view, Grow it, https://x.example/grow; http, Call, https://x.example/call"}

    shown = server.shown(data="/dev/sda_1 *full* @ann\n  see https://x.example/a_b_", headers=headers)

    assert shown == "\n".join([
        "⚠️ **[Größe: 90 %](https://x.example/disk_usage)**", "/dev/sda_1 \\*full\\* @ann", "  see https://x.example/a_b_",
        "[Grow it](https://x.example/grow) · [📎 log.txt](https://x.example/log.txt?a=1)", "`disk` `db1`"])
    assert server.last()["hook"] == {"tone": "danger"}
    assert server.last()["mentions"] == {"ann": server.ann.person}
    assert server.shown(data="done", headers=PLAIN) == "done"
    assert server.shown(data="**done**", query="?md=yes&tags=tada&p=4") == "🎉 **done**"
    assert server.shown(method="PUT", data="{not json", content_type="text/plain") == "{not json"
    assert server.shown({"topic": "x", "message": "hi", "title": "T", "tags": ["tada"], "priority": 3,
                         "actions": [{"action": "view", "label": "Go", "url": "https://x.example"}]}
                        ) == "🎉 **T**\nhi\n[Go](https://x.example)"
    assert server.shown({"status": "up", "load": [1, 2]}) == \
        '```json\n{\n  "load": [\n    1,\n    2\n  ],\n  "status": "up"\n}\n```'
    for how in ({"data": b""}, {"data": " \n"}):
        assert server.send(**how).data == b"no_text"
    assert server.send(data=b"\x89PNG\r\n\xff").data == b"invalid_payload"
    assert ntfy.actions("view;;,,;view, =; [") == []


REPOSITORY = {"html_url": "https://github.com/a/app", "full_name": "a/app"}
ISSUE = {"number": 7, "title": "Crash on *start*", "html_url": "https://github.com/a/app/issues/7"}
COMMIT = {"id": "1a2b3c4d5e", "message": "Fix it @room\n\nlong", "url": "https://g.example/1a2b",
          "author": {"name": "Ann"}}
GITHUB = [
    ("push", {"ref": "refs/heads/main", "compare": "https://github.com/c", "commits": [COMMIT] * 7},
     "**octo** pushed 7 commits to [`main`](https://github.com/c)\n" +
     "- [`1a2b3c4`](https://g.example/1a2b) Fix it \\@room — Ann\n" * 5 + "- … 2 more", None),
    ("issues", {"action": "opened", "issue": ISSUE},
     "**octo** opened [#7 Crash on \\*start\\*](https://github.com/a/app/issues/7)", "info"),
    ("pull_request", {"action": "closed", "pull_request": {**ISSUE, "merged": True}},
     "**octo** merged [#7 Crash on \\*start\\*](https://github.com/a/app/issues/7)", "good"),
    ("issue_comment", {"action": "created", "issue": ISSUE,
                       "comment": {"body": "a\nb", "html_url": "https://g.example"}},
     "**octo** [commented](https://g.example) on [#7 Crash on \\*start\\*]"
     "(https://github.com/a/app/issues/7)\n> a b", None),
    ("workflow_run", {"action": "completed", "workflow_run": {
        "name": "CI", "run_number": 12, "conclusion": "failure", "head_branch": "main", "html_url": "https://g.example"}},
     "❌ [CI #12](https://g.example): failure on `main`", "danger"),
]
PROJECT = {"web_url": "https://gitlab.example/a/app", "path_with_namespace": "a/app"}
GITLAB = [
    ({"object_kind": "push", "user_name": "Ann", "ref": "refs/heads/main", "commits": [COMMIT]},
     "**Ann** pushed 1 commit to `main`\n- [`1a2b3c4`](https://g.example/1a2b) Fix it \\@room — Ann", None),
    ({"object_kind": "merge_request", "user": {"name": "Ann"}, "object_attributes": {
        "iid": 3, "title": "Faster", "url": "https://gitlab.example/3", "action": "merge"}},
     "**Ann** merged [!3 Faster](https://gitlab.example/3)", None),
    ({"object_kind": "pipeline", "object_attributes": {"id": 9, "status": "success", "ref": "main"}},
     "✅ Pipeline #9: success on `main`", "good"),
]


def test_events_of_github_and_gitlab_are_shown_by_their_headers(server):
    for event, payload, shown, tone in GITHUB:
        body = {"repository": REPOSITORY, "sender": {"login": "octo"}, **payload}
        text = server.shown(json=body, headers={"X-GitHub-Event": event})
        assert text == f"[a/app](https://github.com/a/app)\n{shown}"
        assert server.last().get("hook", {}).get("tone") == tone
    for payload, shown, _ in GITLAB:
        text = server.shown(json={"project": PROJECT, **payload}, headers={"X-Gitlab-Event": "Some Hook"})
        assert text == f"[a/app](https://gitlab.example/a/app)\n{shown}"
    before = server.last()["seq"]
    for event in ("star", "watch", "issues"):
        server.send(json={"action": "labeled", "issue": ISSUE}, headers={"X-GitHub-Event": event})
    assert server.last()["seq"] == before
    assert (server.deliveries()[0]["status"], server.deliveries()[0]["error"]) == (200, "ignored")
    for odd in (None, 7, "x", [], {"a": 1}, [None]):
        for draw in (*forges.GITHUB.values(), *forges.GITLAB.values()):
            for name in ("issue", "commits", "comment", "object_attributes", "ref", "review", "sender", "workflow_run"):
                draw({"action": "opened", name: odd})


def test_a_template_makes_a_message_of_any_json(server):
    hook = server.create(server.ops, "Shop")
    path = f"/api/hooks/{hook['id']}"
    template = "**{{ order.id }}** for {{order.customer.name}}: {{ items.0.name }}, {{ no.such }}{{ paid }} {{ order }}"

    assert server.olga.post(f"{path}/preview", template=template).json["code"] == "not_found"
    order = {"id": 42, "customer": {"name": "*B* @room"}}
    server.send({"order": order, "items": [{"name": "tea"}], "paid": True}, hook)
    seen = server.olga.post(f"{path}/preview", template=template).json["text"]
    server.olga.request("PATCH", path, template=template)
    server.send({"order": {"id": 43}}, hook)

    assert seen == '**42** for \\*B\\* \\@room: tea, true {"customer":{"name":"\\*B\\* \\@room"},"id":42}'
    assert server.last()["text"] == '**43** for : ,  {"id":43}'
    for bad in ("{{ a", "{{ a b }}", "{% if a %}{{ x }} }}", "{{ {{ a }} }}"):
        assert server.olga.request("PATCH", path, template=bad).json["id"] == "error.template_invalid"
    server.olga.request("PATCH", path, template="{{ a }}")
    assert server.send({"b": 1}, hook).data == b"no_text"


def test_a_number_is_published_in_a_feed_of_the_hook(server):
    assert server.send(data="21.5", query="?feed=TEMP").data == b"ok"
    assert server.send({"value": 22}, query="?feed=TEMP").data == b"ok"
    assert server.olga.get("/api/symbols/TEMP").json["quote"]["value"] == 22
    for body in (b"", b"warm", b"nan", b"1e400", b'{"value": "x"}', b'{"value": null}', b"{}", b"[1]"):
        assert server.send(data=body, query="?feed=TEMP").data == b"invalid_payload"
    assert server.send(data="1", query="?feed=not a symbol").status_code == 400
    assert server.olga.get("/api/symbols/TEMP").json["quote"]["value"] == 22


def test_a_status_card_changes_in_place_until_it_is_resolved(server):
    server.ann.call("join", channel=server.ops, key="join")
    server.ann.call("level", channel=server.ops, level="everything")

    def notifications():
        return server.ann.get(f"/api/channels/inbox:{server.ann.person}/window").json["items"]

    def inbox():
        return [item["text"] for item in notifications()]

    def item(seq):
        return server.olga.get(f"/api/channels/{server.ops}/messages/{seq}").json["items"][0]

    server.shown(data="deploy 42: building", query="?key=42&p=4")
    seq, before = server.last()["seq"], len(inbox())
    server.send(data="deploy 42: testing", query="?key=42")
    server.send(data="deploy 42: testing", query="?key=42")
    server.send({"text": "*more*", "username": "CI", "icon_emoji": ":rocket:"}, query="?thread=42")
    silent = len(inbox())
    assert notifications()[-1]["alias"] == {"name": "CI", "icon": "🚀"}
    server.send({"text": "deploy 42: *stuck*", "attachments": [{"color": "danger"}]}, query="?key=42&notify=1")
    assert not any("urgent" in one for one in notifications())

    assert (silent, inbox()[before - 1:]) == (before + 1, ["deploy 42: stuck", "more", "deploy 42: stuck"])
    assert (server.last()["seq"], item(seq)["text"]) == (seq, "deploy 42: **stuck**")
    assert item(seq)["hook"] == {"tone": "danger", "state": "open"}
    history = server.olga.get(f"/api/channels/{server.ops}/messages/{seq}/history").json
    assert [one["text"] for one in history] == ["deploy 42: building", "deploy 42: testing", "deploy 42: **stuck**"]

    assert server.send(query="?key=42&resolve=1", data="").data == b"ok"
    assert item(seq)["hook"] == {"tone": "good", "state": "resolved"}
    server.send({"text": "in the thread"}, query="?thread=42")
    assert item(seq)["replies"]["n"] == 2
    server.send(data="again", query="?key=42")
    again = server.last()["seq"]
    until_notified()
    server.send(data="again", query="?key=42&notify=1&priority=urgent")
    assert notifications().pop()["urgent"]
    assert again > seq and item(seq)["text"] == "deploy 42: **stuck**"
    assert server.send(method="DELETE", query="?key=42").data == b"ok"
    assert [one.get("deleted") for one in notifications()[-3:]] == [None, True, True]  # a person has two about it
    assert item(again)["deleted"] and server.send(method="DELETE", query="?key=42").data == b"ok"
    assert server.deliveries()[0]["error"] == "ignored"
    server.send(data="", query="?key=never&resolve=1")
    assert server.deliveries()[0]["error"] == "ignored"


def test_requests_with_one_key_at_two_nodes_make_one_card(cluster):
    a, b = cluster.apps
    olga = a.set_up_owner()
    hook = olga.post("/api/hooks", channel="room:1", name="CI").json

    def send(node, text):
        return node.flask.test_client().post(f"{hook['path']}?key=42", data=text, environ_overrides=HERE)

    answers = [gevent.spawn(send, node, f"step {n} at {name}") for n in range(6) for node, name in ((a, "a"), (b, "b"))]
    gevent.joinall(answers)

    items = olga.get("/api/channels/room:1/window").json["items"]
    assert [one.value.data for one in answers] == [b"ok"] * 12
    assert len(items) == 1 and len(olga.get(f"/api/channels/room:1/messages/{items[0]['seq']}/history").json) == 12
    requests = olga.get(f"/api/hooks/{hook['id']}/deliveries").json
    assert sorted(one["n"] for one in requests) == list(range(1, 13))


def test_requests_with_one_key_make_one_card(server):
    together = [gevent.spawn(server.send, data=f"step {n}", query="?key=race", headers=PLAIN) for n in range(8)]
    gevent.joinall(together)

    items = server.olga.get(f"/api/channels/{server.ops}/window").json["items"]
    assert [one.value.data for one in together] == [b"ok"] * 8
    assert len([item for item in items if item["text"].startswith("step")]) == 1


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine: install the package curl")
def test_the_commands_of_the_integrations_page_work(server):
    page = (Path(__file__).parent.parent / "docs" / "integrations.md").read_text(encoding="utf-8")
    commands = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[1:]).splitlines()
    environ = {**os.environ, "HOOK": server.app.url + server.hook["path"], "NO_PROXY": "*",
               "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    run = subprocess.run(["bash", "-c", "\n".join(f"{command}; echo" for command in commands)], env=environ, text=True,
                         capture_output=True, timeout=60)

    assert [line for line in run.stdout.splitlines() if line] == ["ok"] * len(commands), run.stdout + run.stderr
    texts = [item["text"] for item in server.olga.get(f"/api/channels/{server.ops}/window").json["items"]
             if item["kind"] == "message"][-7:]
    assert texts == ["The backup is done. @room", "⚠️ **[Disk](https://example.com)**\n91 % full\n`db1`",
                     "**Deploy** of [build 42](https://example.com) is live", "**Done**", "Backup\ndone in 3 minutes",
                     "**Build 42** is live", "Deploy 42: live"]


EMBED = {  # as Uptime Kuma sends it
    "title": "❌ Your service db1 went down. ❌", "color": 16711680, "timestamp": "2026-11-30T02:00:00.000Z",
    "fields": [{"name": "Service Name", "value": "db1"}, {"name": "Service URL", "value": "[db1](https://db1.example)"},
               {"name": "Time (UTC)", "value": "<t:1796004000:F>"}, None, {"name": 5, "value": {}}],
    "url": "https://kuma.example/1", "description": "**503** for `<t:1:R>` @ann", "footer": {"text": "*Kuma*"},
    "image": {"url": "https://kuma.example/c.png"}, "author": {"name": "Kuma"}}
REFUSED = [
    ({"json": {}}, 400, 50006), ({"json": {"content": "", "embeds": [None, 7, {}]}}, 400, 50006),
    ({"data": "{", "content_type": "application/json"}, 400, 50109), ({"json": [[1]]}, 400, 50109),
    ({"data": b"\xff", "content_type": "application/json"}, 400, 50109),
    ({"data": "x" * 2_000_000, "content_type": "application/json"}, 413, 40005)]


def test_programs_that_post_to_discord_need_only_the_ending_of_the_address(server):
    def send(query="", **how):
        return server.send(path=f"{server.hook['path']}/discord", query=query, **how)

    posted = send(json={"username": "Uptime Kuma", "embeds": [EMBED],
                        "content": "@everyone <a:Tada:12> <https://x.example>"})
    item = server.last()
    form = send("?wait=true", data={"payload_json": '{"content": "a *picture*"}', "file": (io.BytesIO(b"x"), "x.png")})

    assert (posted.status_code, posted.data) == (204, b"")
    assert item["text"].split("\n") == [
        "@room 🎉 https://x.example", "", "Kuma", "**[❌ Your service db1 went down. ❌](https://kuma.example/1)**",
        "**503** for `<t:1:R>` \\@ann", "**Service Name** db1", "**Service URL** [db1](https://db1.example)",
        "**Time (UTC)** 2026-11-30 02:00 UTC", "**5**", "[🖼 image](https://kuma.example/c.png)", "\\*Kuma\\*"]
    assert (item["hook"], item["alias"]["name"], item["mentions"]) == ({"tone": "danger"}, "Uptime Kuma", {"room": 0})
    assert form.json["content"] == "a *picture*" and form.json["id"] == str(server.last()["seq"])
    assert form.json["author"]["username"] == "Builds" and form.json["channel_id"] == server.ops[5:]
    for how, status, code in REFUSED:
        answer = send(**how)
        assert (answer.status_code, answer.json["code"]) == (status, code) and answer.json["message"]
    unknown = server.send({"content": "x"}, path="/hooks/made-up/discord")
    assert (unknown.status_code, unknown.json) == (404, {"message": "Unknown Webhook", "code": 10015})
    for odd in (1e308, -1, "\0", {"a": []}, [[]], True, "x" * 20_000):
        part = dict.fromkeys(("color", "title", "description", "fields", "author", "footer", "image"), odd)
        for payload in ({"content": odd}, {"content": "x", "embeds": odd, "username": odd}, {"embeds": [part, odd]}):
            assert send(json=payload).status_code in (204, 400)
