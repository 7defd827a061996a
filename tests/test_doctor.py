"""`hubbub doctor`: a healthy server has no problems, and every planted fault is reported."""

import sqlite3

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.ops import doctor
from tests.running_app import RunningApp
from tests.sender import owner, picture


def findings(config, url=None):
    return [(check.state, check.message) for check in doctor.examine(config, url)]


def problems(config, url=None):
    return [message for state, message in findings(config, url) if state == "problem"]


@pytest.fixture
def config(tmp_path):
    """The settings of a stopped server with an owner, a message and a file."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    app = RunningApp(data)
    olga = owner(app)
    olga.post(olga.send(picture(), "view.png"), text="look")
    app.close()
    return app.config


def change(config, *sql):
    with sqlite3.connect(config.data / "hubbub.db") as file:
        for statement in sql:
            file.execute(statement)


def test_a_healthy_server_has_no_problems(config):
    found = findings(config)

    assert problems(config) == []
    assert ("ok", "the database is intact") in found
    assert ("ok", "no channel has missing entries") in found
    assert ("ok", "all 1 files are on the disk") in found
    assert ("warning", f"no server runs on {config.data}") in found


def test_a_running_server_answers_over_http_and_websocket(any_app):
    any_app.set_up_owner()

    found = findings(any_app.config, any_app.url)

    assert ("ok", f"Hubbub answers at {any_app.url}") in found
    assert ("ok", "WebSockets work") in found
    assert [message for state, message in found if state == "problem" and "other accounts" not in message] == []


def test_an_undeclared_proxy_is_reported(app, monkeypatch):
    """Such a proxy sends its own address as the Host, so the origin check refuses pages of the public address."""
    ask = doctor._ask
    monkeypatch.setattr(doctor, "_ask", lambda url, path, headers: ask(app.url, path, headers))

    assert "the server refuses the Origin of this address" in problems(app.config, "https://chat.example")


def test_a_proxy_that_blocks_websockets_is_reported(app, monkeypatch):
    ask = doctor._ask
    monkeypatch.setattr(doctor, "_ask", lambda url, path, headers: ask(url, path, {
        name: value for name, value in headers.items() if name not in ("Upgrade", "Connection")}))

    assert any(message.startswith("WebSockets do not work") for message in problems(app.config, app.url))


def test_an_unreachable_address_is_reported(config):
    assert any("cannot be reached" in message for message in problems(config, "http://127.0.0.1:9"))


def test_a_missing_entry_is_reported(config):
    change(config, "delete from entry where channel = 'people:all' and seq = 1")

    assert problems(config) == ["entries are missing in the log: people:all"]


def test_a_missing_or_truncated_file_is_reported(config):
    [file] = [path for path in config.data.glob("files/??/*") if path.suffix == "" and "avatar" not in path.name]
    file.write_bytes(file.read_bytes()[:-1])
    short = problems(config)
    file.unlink()

    assert short == problems(config) == ["1 files are missing or truncated: view.png"]


def test_a_data_folder_readable_by_others_is_reported(config):
    config.data.chmod(0o755)

    assert problems(config) == [f"other accounts of this machine can read {config.data}"]


def test_a_damaged_database_is_reported(config):
    path = config.data / "hubbub.db"
    whole = bytearray(path.read_bytes())
    whole[4096 * 3:4096 * 4] = b"\xff" * 4096
    path.write_bytes(whole)

    assert any("damaged" in message or "cannot be read" in message for message in problems(config))


def test_a_newer_or_older_database_is_reported(config):
    change(config, "insert into schema_migration (slice, number, name, at) values ('chat', 9999, 'x', 0)")
    newer = problems(config)
    change(config, "delete from schema_migration where number = 9999 or slice = 'documents'")

    assert newer == ["the database was made by a newer Hubbub (migration chat/9999)"]
    assert any(state == "warning" and "is older" in message for state, message in findings(config))


def test_push_subscriptions_without_the_key_are_reported(config):
    change(config, "delete from setting where name = 'vapid'",
           "insert into push_subscription (person, sign_in, endpoint, p256dh, auth, since, seq) "
           "values (1, '', 'https://push.example/1', '', '', 0, 0)")

    assert problems(config) == ["the key for push notifications is missing, so none can be sent"]


def test_the_command_exits_with_1_if_there_is_a_problem(config, tmp_path):
    run = CliRunner().invoke

    healthy = run(cli.main, ["doctor", "--data", str(config.data)])
    broken = run(cli.main, ["doctor", "--data", str(tmp_path / "nowhere")])

    assert (healthy.exit_code, broken.exit_code) == (0, 1)
    assert "ok       the database is intact" in healthy.output
    assert broken.output.startswith(f"problem  there is no folder {tmp_path / 'nowhere'}\n         start Hubbub once")
