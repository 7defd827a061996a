"""`hubbub notify`: scripts that send notifications from the command line."""

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub_client import commands


@pytest.fixture
def bob(app, monkeypatch):
    monkeypatch.setattr(commands, "PATIENCE", 0.1)
    app.set_up_owner()
    return app.connect_member("bob")


def run(app, token, *arguments):
    """Run a command as a script would, with a person's token."""
    environ = {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token}
    return CliRunner().invoke(cli.main, list(arguments), env=environ)


def notifications(bob):
    return [(item["text"], item["url"]) for item in bob.get(f"/api/channels/inbox:{bob.person}/window").json["items"]]


def test_a_script_notifies_a_person(app, bob):
    result = run(app, app.owner.token, "notify", "bob", "backup done", "--link", "/room/1")

    assert (result.exit_code, result.output) == (0, "")
    assert notifications(bob) == [("backup done", "/room/1")]


def test_a_repeated_key_notifies_once(app, bob):
    for _ in range(2):
        assert run(app, app.owner.token, "notify", "@bob", "disk full", "--key", "disk").exit_code == 0

    assert notifications(bob) == [("disk full", "")]


def test_an_error_is_reported_in_one_line(app, bob):
    for arguments, reason in [
        (["nobody", "hello"], "Error: No person, group, room or topic has the name nobody."),
        (["@nobody", "hello"], "Error: Nobody has the handle nobody."),
        (["bob", " "], "Error: The notification is empty"),
        (["bob", "x", "--link", "javascript:alert(1)"], "Error: The address to open must be a path"),
        (["bob", "x", "--url", "http://127.0.0.1:1"], "Error: no answer from http://127.0.0.1:1"),
        (["bob", "x", "--token", ""], "Error: no token: create one in Settings, API tokens"),
        (["bob", "x", "--token", "made up"], "Error: You are not signed in"),
    ]:
        result = run(app, app.owner.token, "notify", *arguments)

        assert result.exit_code == 1, arguments
        assert result.output.startswith(reason) and len(result.output.splitlines()) == 1, arguments

    assert notifications(bob) == []


def test_a_read_only_token_cannot_notify(app, bob):
    made = app.owner.post("/api/tokens", name="reader", scope="read").json

    result = run(app, made["secret"], "notify", "bob", "hello")

    assert result.output == "Error: This token is not allowed to do that: it needs the scope write.\n"


def test_a_notification_has_everything_is_changed_withdrawn_and_waited_for(app, bob, tmp_path):
    token, file = app.owner.token, tmp_path / "disk.txt"
    file.write_text("full")
    everything = ["--title", "Disk", "--priority", "4", "--tags", "warning,db1", "--click", "/room/1", "--action",
                  "view, Look, https://x.example/", "--action", "http, Grow, https://x.example/", "--key", "disk"]

    assert run(app, token, "notify", "@bob", "91 %", *everything).output == ""
    waited = run(app, token, "notify", "@bob", "95 %", *everything, "--wait", "0.01")
    [one] = bob.get(f"/api/channels/inbox:{bob.person}/window").json["items"]
    bob.call("read_notifications", seqs=[one["seq"]])
    read = run(app, token, "notify", "@bob", "95 %", *everything, "--wait", "9")
    attached = run(app, token, "notify", "@bob", "look", "--attach", str(file), "--key", "file", "--acknowledge")
    refused = run(app, token, "notify", "bpb", "look", "--attach", str(file))
    created = run(app, token, "notify", "backups", "done", "--create", "--delay", "1h", "--key", "later")

    assert (one["title"], one["text"], one["priority"], one["tags"], one["url"], len(one["actions"])) == (
        "Disk", "95 %", 4, ["db1"], "/room/1", 2)
    assert waited.exit_code == 1 and waited.output.split(" ", 2)[2] == "@bob delivered\n"
    assert read.exit_code == 0 and read.output.splitlines()[1].endswith("@bob read")
    assert (attached.exit_code, created.exit_code) == (0, 0), attached.output + created.output
    last = bob.get(f"/api/channels/inbox:{bob.person}/window").json["items"][-1]
    assert (last["text"], last["attachment"]["name"], last["acknowledged"]) == ("look", "disk.txt", None)
    assert refused.output == "Error: No person, group, room or topic has the name bpb.\n"
    for key in ("disk", "file", "later"):
        assert run(app, token, "notify", "--withdraw", key).exit_code == 0
    items = bob.get(f"/api/channels/inbox:{bob.person}/window").json["items"]
    assert all(item.get("deleted") for item in items)
