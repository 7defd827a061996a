"""Starting the server: a wrong setting ends it with one line, never with a traceback."""

import os
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests import forks
from tests.running_app import PASSWORD, RunningApp


def serve(*options, **environ):
    return forks.run("hubbub", "serve", *options, environ=os.environ | environ)


def no_database(folder):
    (folder / "hubbub.db").write_bytes(b"this is no database, but it is long enough to look like one" * 20)
    return ["--data", str(folder)], {}


def a_file_instead_of_the_folder(folder):
    (folder / "file").touch()
    return ["--data", str(folder / "file")], {}


TAKEN = socket.create_server(("127.0.0.1", 0))


def a_port_in_use(folder):
    return ["--data", str(folder), "--port", str(TAKEN.getsockname()[1])], {}


@pytest.mark.parametrize("situation, reason", [
    (no_database, "cannot be opened: file is not a database"),
    (a_file_instead_of_the_folder, "cannot keep data in"),
    (a_port_in_use, "cannot listen on"),
    (lambda folder: (["--port", "99999"], {}), "HUBBUB_PORT must be between 0 and 65535"),
    (lambda folder: ([], {"HUBBUB_PORT": "x"}), "HUBBUB_PORT must be a number"),
    (lambda folder: ([], {"HUBBUB_PROXIES": "-1"}), "HUBBUB_PROXIES must be between 0 and 9"),
    (lambda folder: ([], {"HUBBUB_TRANSPORT": "pigeons"}), "HUBBUB_TRANSPORT must be fanout or stock"),
    (lambda folder: (["--data", str(folder)], {"HUBBUB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}),
     "does not answer"),
], ids=["no database", "file for folder", "port taken", "port too large", "port no number", "proxies",
        "transport", "postgresql"])
def test_a_wrong_setting_is_reported_in_one_line(tmp_path, situation, reason):
    options, environ = situation(tmp_path)

    result = serve(*options, **environ)

    assert result.returncode == 1
    [line] = result.stderr.strip().splitlines()
    assert line.startswith("Error: ") and reason in line


def reset(folder, handle="olga"):
    return forks.run("hubbub", "reset", handle, "--data", str(folder))


def test_reset_prints_a_password_link_while_the_server_is_stopped(tmp_path):
    app = RunningApp(tmp_path)
    app.set_up_owner()
    while_it_runs = reset(tmp_path)
    app.close()

    link, unknown = reset(tmp_path), reset(tmp_path, "nobody")
    app = RunningApp(tmp_path)
    secret = link.stdout.partition("/join#")[2].strip()
    answer = app.request("/api/join", secret=secret, password="another fine password")
    app.close()

    assert while_it_runs.returncode == 1 and "another Hubbub already runs" in while_it_runs.stderr
    assert link.stdout.startswith("olga can choose a new password at http://127.0.0.1:5000/join#")
    assert (answer.status_code, answer.json["person"]["role"]) == (200, "owner")
    assert unknown.returncode == 1 and unknown.stderr == "Error: no one has the handle nobody, or they are banned\n"


def test_the_console_prints_the_owner_link_until_there_is_an_owner(tmp_path):
    command = [sys.executable, "-u", "-m", "hubbub", "serve", "--port", "0", "--data", str(tmp_path)]

    def serve_briefly():
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = server.stdout.readline().split()[3]
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
            server.terminate()
            return server.stdout.read()

    before = serve_briefly()
    app = RunningApp(tmp_path)
    secret = before.partition("/join#")[2].splitlines()[0]
    answer = app.request("/api/join", secret=secret, name="Olga", handle="olga", password=PASSWORD)
    app.close()

    assert before.startswith("This server has no owner yet.")
    assert answer.json["person"]["role"] == "owner"
    assert "--host 0.0.0.0" in before
    assert serve_briefly().startswith("Only this machine can open it.")
