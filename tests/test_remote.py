"""What scripts say to a running Hubbub from the command line."""

import pytest
from click.testing import CliRunner

from hubbub import cli


@pytest.fixture
def bob(app):
    app.set_up_owner()
    return app.connect_member("bob")


def run(app, token, *words):
    """A command as a script would give it, with the token of somebody."""
    environ = {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token}
    return CliRunner().invoke(cli.main, list(words), env=environ)


def told(bob):
    return [(item["text"], item["url"]) for item in bob.get(f"/api/channels/inbox:{bob.person}/window").json["items"]]


def test_a_script_tells_somebody(app, bob):
    ended = run(app, app.owner.token, "notify", "bob", "backup done", "--link", "/room/1")

    assert (ended.exit_code, ended.output) == (0, "")
    assert told(bob) == [("backup done", "/room/1")]


def test_under_a_key_it_is_told_once(app, bob):
    for _ in range(2):
        assert run(app, app.owner.token, "notify", "@bob", "disk full", "--key", "disk").exit_code == 0

    assert told(bob) == [("disk full", "")]


@pytest.mark.parametrize("words, said", [
    (["notify", "nobody", "hello"], "Error: Nobody has the handle nobody."),
    (["notify", "bob", " "], "Error: The notification is empty"),
    (["notify", "bob", "x", "--link", "javascript:alert(1)"], "Error: The link must be a path on this server"),
    (["notify", "bob", "x", "--url", "http://127.0.0.1:1"], "Error: no answer from http://127.0.0.1:1"),
    (["notify", "bob", "x", "--token", ""], "Error: no token: create one in Settings, Tokens"),
    (["notify", "bob", "x", "--token", "made up"], "Error: You are not signed in"),
])
def test_what_cannot_be_is_said_in_one_line(app, bob, words, said):
    ended = run(app, app.owner.token, *words)

    assert ended.exit_code == 1
    assert ended.output.startswith(said) and len(ended.output.splitlines()) == 1
    assert told(bob) == []


def test_a_token_that_may_only_read_tells_nobody(app, bob):
    made = app.owner.post("/api/tokens", name="reader", scope="read").json

    ended = run(app, made["secret"], "notify", "bob", "hello")

    assert ended.output == "Error: This token is not allowed to do that: it needs the scope write.\n"
