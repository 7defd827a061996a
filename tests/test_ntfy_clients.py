"""Clients of ntfy publish and read unchanged: Apprise, python-ntfy, the npm package ntfy, and curl's way."""

import json
import shutil
import subprocess
from pathlib import Path

import apprise
import pytest
from apprise.plugins.base import NotifyBase
from python_ntfy import NtfyClient

from tests.test_publishing import inbox, put, send

ROOT = Path(__file__).parent.parent


@pytest.fixture
def ann(app, monkeypatch):
    monkeypatch.setattr(NotifyBase, "request_rate_per_sec", 0)  # else it waits for 5 s between two requests
    app.set_up_owner()
    return app.connect_member("ann")


def shown(who):
    return [(one["title"], one["text"], one["priority"], one.get("emoji", "")) for one in inbox(who)]


def test_apprise_publishes_unchanged(ann, tmp_path):
    (tmp_path / "disk.txt").write_text("full")
    host = ann.app.url.removeprefix("http://")
    url = f"ntfy://{host}/ann?token={ann.token}&auth=token&priority=high&tags=warning,db&click=https://x.example/"

    assert apprise.Apprise(f"{url}&mode=private").notify(title="Backup", body="done & _dusted_")
    assert apprise.Apprise(f"ntfy://ann:{ann.token}@{host}/ann?mode=private").notify(
        body="look", attach=str(tmp_path / "disk.txt"))
    assert not apprise.Apprise(f"ntfy://ann:wrong@{host}/ann?mode=private").notify(body="look")

    assert shown(ann) == [("Backup", "done & _dusted_", 4, "⚠️"), ("", "look", 3, "")]
    assert inbox(ann)[0]["icon"].startswith("https://") and inbox(ann)[0]["url"] == "https://x.example/"
    assert inbox(ann)[1]["attachment"]["name"] == "disk.txt"


def test_python_ntfy_publishes_and_reads_unchanged(ann, tmp_path):
    (tmp_path / "disk.txt").write_text("full")
    send(ann, "/alerts", "first")
    put(ann, "/api/topics/alerts/subscription", subscribed=True)
    client = NtfyClient("alerts", f"{ann.app.url}/notify", ("ann", ann.token))

    actions = [NtfyClient.ViewAction("Look", "https://x.example/"),
               NtfyClient.BroadcastAction("Photo", extras={"a": "b"}),
               NtfyClient.HttpAction("Grow", "https://x.example/grow", "PUT", {"A": "b"}, "1", True)]
    answer = client.send("91 %", "Disk", NtfyClient.MessagePriority.HIGH, ["warning"], actions)
    client.send_file(tmp_path / "disk.txt", "A file")

    assert shown(ann)[0] == ("Disk", "91 %", 4, "⚠️")
    assert [(one["action"], one["label"]) for one in inbox(ann)[0]["actions"]] == [
        ("view", "Look"), ("broadcast", "Photo"), ("http", "Grow")]
    assert inbox(ann)[1]["attachment"]["name"] == "disk.txt"
    received = client.get_cached_messages()
    assert {one["message"] for one in received} == {"first", "91 %", "You received a file: disk.txt"}
    assert answer in received


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed, which runs a client of ntfy from npm")
def test_the_npm_package_publishes_unchanged(ann):
    config = {"server": f"{ann.app.url}/notify/", "topic": "ann", "title": "Backup", "message": "done", "priority": 5,
              "tags": ["tada"], "authorization": {"username": "ann", "password": ann.token},
              "actions": [{"type": "http", "label": "Again", "url": "https://x.example/", "method": "post"}]}

    run = subprocess.run(["node", "tests/js/ntfy-client.mjs"], cwd=ROOT, input=json.dumps(config), text=True,
                         capture_output=True, check=True, timeout=60)

    assert shown(ann) == [("Backup", "done", 5, "🎉")] and json.loads(run.stdout)["topic"] == "ann"
