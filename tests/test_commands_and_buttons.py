"""Slash commands and buttons of programs: who may use them, what is sent, who sees the answer."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from hubbub.core import db
from hubbub.hooks import buttons
from tests import test_outgoing_webhooks
from tests.running_app import LOBBY, post
from tests.waiting import until

without_pauses = test_outgoing_webhooks.without_pauses


@pytest.fixture
def small(tmp_path):
    team = test_outgoing_webhooks.Team(tmp_path)
    for who in (team.ann, team.olga):
        assert "ok" in who.call("subscribe", channel=f"user:{who.person}")
    yield team
    team.close()
    assert team.receiver.forged == []


def run(who, channel, name, text="", key="k", **more):
    return who.call("command", channel=channel, name=name, text=text, key=key, **more)


def test_a_command_is_sent_and_not_posted_and_answered_as_the_program_says(small):
    hook = small.webhook("/deploy", "command", "/Deploy", about="Deploys a version", channel=small.ops)
    small.receiver.answers["/deploy"] = ["only you see this", {"response_type": "in_channel", "text": "*42* is out"},
                                         ("400 Bad", [], "no")]
    commands = f"/api/channels/{small.ops}/commands"

    listed = small.ann.get(commands).json
    for _ in range(2):
        call = run(small.ann, small.ops, "deploy", "42 now")["ok"]
    [private] = small.ann.received("only_you", 1)
    [ended] = small.ann.received("called", 1)
    run(small.ann, small.ops, "deploy", "42", key="second")
    until(lambda: small.texts() == ["**42** is out"])
    run(small.ann, small.ops, "deploy", "42", key="third")
    until(lambda: len(small.ann.received("called")) == 3)

    assert listed == [{"name": "deploy", "about": "Deploys a version", "bot": small.bot, "outgoing": hook["id"]}]
    [first, *_] = small.receiver.at("/deploy", 3)
    assert first.id == call == ended["data"]["call"]
    assert {name: first.fields[name] for name in ("command", "text", "user_id", "channel_id", "trigger_id")} == {
        "command": "/deploy", "text": "42 now", "user_id": f"U{small.ann.person}", "channel_id": f"C{small.ops[5:]}",
        "trigger_id": call}
    assert first.fields["response_url"].startswith("http")
    assert private["data"] == {"channel": small.ops, "thread": 0, "bot": small.bot, "text": "only you see this"}
    assert small.olga.received("only_you") == []
    assert [one["data"]["error"] for one in small.ann.received("called")] == ["", "", "refused"]
    assert [one.attempt for one in small.receiver.at("/deploy")] == [1, 1, 1]


def test_a_command_is_only_for_those_who_may_write_where_its_bot_is(small):
    small.webhook("/deploy", "command", "deploy")
    bea, elsewhere = small.app.connect_member("bea"), small.room("Elsewhere")
    token = small.olga.post(f"/api/bots/{small.bot}/tokens", name="x", scope="write").json["secret"]
    robot = small.app.connect(small.bot, token)

    codes = [run(who, channel, name, text)["code"] for who, channel, name, text in (
        (bea, small.ops, "deploy", ""), (small.olga, elsewhere, "deploy", ""), (small.ann, small.ops, "nothing", ""),
        (small.ann, small.ops, "deploy", "x" * 20_000), (robot, small.ops, "deploy", ""))]

    assert codes == ["not_found", "not_found", "not_found", "too_large", "denied"]
    assert small.olga.get(f"/api/channels/{elsewhere}/commands").json == []
    assert [one["name"] for one in bea.get(f"/api/channels/{LOBBY}/commands").json] == ["deploy"]
    taken = small.webhook("/other", "command", "deploy")
    assert (taken["code"], taken["id"]) == ("conflict", "error.command_taken")
    assert small.receiver.received == []


APPROVE = {"text": "Deploy 42?", "blocks": [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Deploy *42*?"}},
    {"type": "actions", "block_id": "b1", "elements": [
        {"type": "button", "action_id": "yes", "value": "42", "style": "primary",
         "text": {"type": "plain_text", "text": "Approve :tada:"}, "confirm": {"text": {"text": "Sure?"}}},
        {"type": "button", "action_id": "docs", "text": {"type": "plain_text", "text": "Docs"},
         "url": "https://a.example"}]}]}


def test_a_pressed_button_calls_the_program_once_and_the_answer_may_replace_the_message(small):
    hook = small.webhook("/bot", "mention")
    small.receiver.answers["/bot"] = [
        APPROVE, {"replace_original": True, "text": "Approved", "attachments": [{"color": "good", "actions": [
            {"type": "button", "name": "undo", "text": "Undo", "value": "u"}], "callback_id": "c", "text": "by Ann"}]},
        {"delete_original": True}]
    post(small.ann, "@robin deploy", small.ops)
    until(lambda: len(small.texts()) == 2)
    item = small.items()[-1]
    held = small.receiver.hold("/bot")

    first, second = (small.ann.call("press", channel=small.ops, seq=item["seq"], button="yes", key=key)["ok"]
                     for key in ("one", "two"))
    [_, pressed] = small.receiver.at("/bot", 2)
    held.set()
    until(lambda: small.items()[-1]["text"].startswith("Approved"))
    changed = small.items()[-1]
    small.ann.call("press", channel=small.ops, seq=item["seq"], button="undo", key="three")
    until(lambda: small.items()[-1].get("deleted"))

    assert item["text"] == "Deploy **42**?\n\n[Docs](https://a.example)"
    assert item["hook"] == {"by": hook["id"], "buttons": [
        {"id": "yes", "text": "Approve 🎉", "value": "42", "style": "primary", "confirm": "Sure?", "block": "b1"}]}
    assert first == second == pressed.id
    payload = pressed.fields
    assert (payload["type"], payload["user"]["id"], payload["user"]["username"], payload["channel"]["id"]) == (
        "block_actions", f"U{small.ann.person}", "ann", f"C{small.ops[5:]}")
    [action] = payload["actions"]
    assert (action["action_id"], action["value"], action["block_id"]) == ("yes", "42", "b1")
    assert payload["message"]["text"] == "Deploy **42**?\n\n[Docs](https://a.example)"
    assert payload["response_url"].startswith("http") and payload["message"]["ts"] == payload["container"]["message_ts"]
    assert (changed["edited"] > 0, changed["text"]) == (True, "Approved\n\nby Ann")
    assert changed["hook"]["tone"] == "good" and [one["id"] for one in changed["hook"]["buttons"]] == ["undo"]
    [*_, undo] = small.receiver.at("/bot", 3)
    assert (undo.fields["type"], undo.fields["callback_id"], undo.fields["actions"]) == (
        "interactive_message", "c", [{"name": "undo", "type": "button", "value": "u"}])
    assert [one["data"]["error"] for one in small.ann.received("called", 2)] == ["", ""]


def test_a_button_whose_message_is_deleted_before_the_program_hears_of_it_stops_nothing(small):
    hook = small.webhook("/bot", "mention")
    small.receiver.answers["/bot"] = [APPROVE, "two", "three"]
    post(small.ann, "@robin deploy", small.ops)
    until(lambda: len(small.texts()) == 2)
    seq, held = small.items()[-1]["seq"], small.receiver.hold("/bot")
    post(small.ann, "@robin are you there?", small.ops)
    small.receiver.at("/bot", 2)

    call = small.ann.call("press", channel=small.ops, seq=seq, button="yes", key="k")["ok"]
    small.olga.call("delete", channel=small.ops, seq=seq, key="d")
    held.set()
    post(small.ann, "@robin and now?", small.ops)
    small.receiver.at("/bot", 3)

    [ended] = small.ann.received("called", 1)
    assert (ended["data"]["call"], ended["data"]["error"]) == (call, "message_deleted")
    assert [one["state"] for one in small.calls(hook)][1:] == ["failed", "done", "done"]


def test_only_those_who_may_post_press_a_button_that_is_there(small):
    small.webhook("/bot", "mention")
    small.receiver.answers["/bot"] = [APPROVE]
    own = post(small.ann, "@robin deploy", small.ops)
    until(lambda: len(small.texts()) == 2)
    seq, bea = small.items()[-1]["seq"], small.app.connect_member("bea")

    def press(who, seq=seq, button="yes"):
        return who.call("press", channel=small.ops, seq=seq, button=button, key="k")["code"]

    refused = [press(bea), press(small.ann, own), press(small.ann, 999), press(small.ann, seq, "no")]
    small.ann.call("leave", channel=small.ops, key="l")
    refused.append(press(small.ann))
    with db.transaction() as tx:
        tx.execute("delete from outgoing")

    assert refused == ["not_found"] * 5
    assert press(small.olga) == "not_found"  # no program
    small.olga.call("archive", channel=small.ops, on=True, key="a")
    assert press(small.olga) == "denied"
    assert len(small.receiver.received) == 1


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_the_program_of_the_integrations_page_answers_and_its_button_works(small):
    page = (Path(__file__).parent.parent / "docs" / "integrations.md").read_text(encoding="utf-8")
    [program] = [one for one in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "Receiver" in one]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hook = small.olga.post(f"/api/bots/{small.bot}/outgoing", url=f"http://127.0.0.1:{port}/", trigger="mention").json
    assert program.count("\n") <= 25
    environ = {**os.environ, "SECRET": hook["secret"], "PORT": str(port)}
    with subprocess.Popen([sys.executable, "-c", program], env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: listens(port))
            post(small.ann, "@robin deploy", small.ops)
            until(lambda: small.texts()[-1] == "Approve, ann?")
            forged = requests.post(f"http://127.0.0.1:{port}/", data="text=x", timeout=5, headers={
                "X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=guess"})
            small.ann.call("press", channel=small.ops, seq=small.items()[-1]["seq"], button="yes", key="k")
            until(lambda: small.texts()[-1] == "Approved by ann")
            assert (forged.status_code, "buttons" in small.items()[-1].get("hook", {})) == (401, False)
        finally:
            process.kill()


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [None], [[]], {"a": 1}, "x" * 9000, True])
def test_odd_buttons_are_left_out(odd):
    for payload in ({"blocks": odd}, {"attachments": odd}, {"attachments": [{"actions": odd, "blocks": odd}]},
                    {"blocks": [{"type": "actions", "elements": odd}, {"type": "section", "accessory": odd}]},
                    {"blocks": [{"type": "actions", "elements": [{"type": "button", "text": odd, "action_id": odd,
                                                                  "value": odd, "style": odd, "confirm": odd}]}]},
                    {"attachments": [{"callback_id": odd, "actions": [{"text": odd, "name": odd}] * 30}]}):
        found = buttons.read(payload)
        assert len(found) <= buttons.MOST and len({one["id"] for one in found}) == len(found)
        assert all(one["text"] and len(one["text"]) <= buttons.TEXT for one in found)
