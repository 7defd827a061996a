"""The doctor: a healthy place is called so, and every fault that was planted is named with what to do."""

import sqlite3

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.ops import doctor
from tests.running_app import RunningApp
from tests.sender import owner, picture


def said(config, url=None):
    return [(check.state, check.what) for check in doctor.examine(config, url)]


def problems(config, url=None):
    return [what for state, what in said(config, url) if state == "problem"]


@pytest.fixture
def place(tmp_path):
    """The settings of a place with an owner, a message and a file, whose server has stopped."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    app = RunningApp(data)
    olga = owner(app)
    olga.post(olga.send(picture(), "view.png"), text="look")
    app.close()
    return app.config


def change(config, *sql):
    with sqlite3.connect(config.data / "hubbub.db") as file:
        for one in sql:
            file.execute(one)


def test_a_place_where_all_is_well_is_told_so(place):
    found = said(place)

    assert problems(place) == []
    assert ("ok", "the database is intact") in found
    assert ("ok", "no channel has missing entries") in found
    assert ("ok", "all 1 files are on the disk") in found
    assert ("warning", f"no server runs on {place.data}") in found


def test_a_running_server_is_reached_by_page_and_websocket(any_app):
    any_app.set_up_owner()

    found = said(any_app.config, any_app.url)

    assert ("ok", f"Hubbub answers at {any_app.url}") in found
    assert ("ok", "WebSockets work") in found
    assert [what for state, what in found if state == "problem" and "other accounts" not in what] == []


def test_a_proxy_that_is_not_declared_is_found(app, monkeypatch):
    """It hands on its own address as the Host, so pages of the address that people open look foreign."""
    ask = doctor._ask
    monkeypatch.setattr(doctor, "_ask", lambda url, path, headers: ask(app.url, path, headers))

    assert "the server refuses the Origin of this address" in problems(app.config, "https://chat.example")


def test_a_proxy_that_lets_no_websocket_through_is_found(app, monkeypatch):
    ask = doctor._ask
    monkeypatch.setattr(doctor, "_ask", lambda url, path, headers: ask(url, path, {
        name: value for name, value in headers.items() if name not in ("Upgrade", "Connection")}))

    assert any(what.startswith("WebSockets do not work") for what in problems(app.config, app.url))


def test_where_nobody_listens_that_is_said(place):
    assert any("cannot be reached" in what for what in problems(place, "http://127.0.0.1:9"))


def test_a_hole_in_a_log_is_found(place):
    change(place, "delete from entry where channel = 'people:all' and seq = 1")

    assert problems(place) == ["entries are missing in the log: people:all"]


def test_a_file_that_is_missing_or_cut_short_is_found(place):
    [file] = [path for path in place.data.glob("files/??/*") if path.suffix == "" and "avatar" not in path.name]
    file.write_bytes(file.read_bytes()[:-1])
    short = problems(place)
    file.unlink()

    assert short == problems(place) == ["1 files are missing or truncated: view.png"]


def test_a_folder_that_others_can_read_is_found(place):
    place.data.chmod(0o755)

    assert problems(place) == [f"other accounts of this machine can read {place.data}"]


def test_a_damaged_database_is_found(place):
    path = place.data / "hubbub.db"
    whole = bytearray(path.read_bytes())
    whole[4096 * 3:4096 * 4] = b"\xff" * 4096
    path.write_bytes(whole)

    assert any("damaged" in what or "cannot be read" in what for what in problems(place))


def test_a_database_of_tomorrow_or_yesterday_is_named(place):
    change(place, "insert into schema_migration (slice, number, name, at) values ('chat', 9999, 'x', 0)")
    newer = problems(place)
    change(place, "delete from schema_migration where number = 9999 or slice = 'documents'")

    assert newer == ["the database was made by a newer Hubbub (migration chat/9999)"]
    assert any(state == "warning" and "is older" in what for state, what in said(place))


def test_pushes_without_their_key_are_found(place):
    change(place, "delete from setting where name = 'vapid'",
           "insert into push_subscription (person, sign_in, endpoint, p256dh, auth, since, seq) "
           "values (1, '', 'https://push.example/1', '', '', 0, 0)")

    assert problems(place) == ["the key for push notifications is missing, so none can be sent"]


def test_the_command_ends_with_one_when_there_is_a_problem(place, tmp_path):
    run = CliRunner().invoke

    well = run(cli.main, ["doctor", "--data", str(place.data)])
    ill = run(cli.main, ["doctor", "--data", str(tmp_path / "nowhere")])

    assert (well.exit_code, ill.exit_code) == (0, 1)
    assert "ok       the database is intact" in well.output
    assert ill.output.startswith(f"problem  there is no folder {tmp_path / 'nowhere'}\n         start Hubbub once")
