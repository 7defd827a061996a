"""Starting: what cannot work is said in one line, and never as a crash."""

import os
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.running_app import PASSWORD, RunningApp


def serve(*options, **environ):
    command = [sys.executable, "-m", "hubbub", "serve", *options]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=30)


def no_database(folder):
    (folder / "hubbub.db").write_bytes(b"this is no database, but it is long enough to look like one" * 20)
    return ["--data", str(folder)], {}


def a_file_for_a_folder(folder):
    (folder / "file").touch()
    return ["--data", str(folder / "file")], {}


TAKEN = socket.create_server(("127.0.0.1", 0))


def a_port_that_is_taken(folder):
    return ["--data", str(folder), "--port", str(TAKEN.getsockname()[1])], {}


@pytest.mark.parametrize("situation, words", [
    (no_database, "cannot be opened: file is not a database"),
    (a_file_for_a_folder, "cannot keep data in"),
    (a_port_that_is_taken, "cannot listen on"),
    (lambda folder: (["--port", "99999"], {}), "HUBBUB_PORT must be between 0 and 65535"),
    (lambda folder: ([], {"HUBBUB_PORT": "x"}), "HUBBUB_PORT must be a number"),
    (lambda folder: ([], {"HUBBUB_PROXIES": "-1"}), "HUBBUB_PROXIES must be between 0 and 9"),
    (lambda folder: ([], {"HUBBUB_TRANSPORT": "pigeons"}), "HUBBUB_TRANSPORT must be fanout or stock"),
    (lambda folder: (["--data", str(folder)], {"HUBBUB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}),
     "does not answer"),
], ids=["no database", "file for folder", "port taken", "port too large", "port no number", "proxies",
        "transport", "postgresql"])
def test_what_cannot_work_is_said_in_one_line(tmp_path, situation, words):
    options, environ = situation(tmp_path)

    ended = serve(*options, **environ)

    assert ended.returncode == 1
    [line] = ended.stderr.strip().splitlines()
    assert line.startswith("Error: ") and words in line


def reset(folder, handle="olga"):
    command = [sys.executable, "-m", "hubbub", "reset", handle, "--data", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_who_forgot_a_password_gets_a_link_on_the_console_while_the_server_is_stopped(tmp_path):
    app = RunningApp(tmp_path)
    app.set_up_owner()
    while_it_runs = reset(tmp_path)
    app.close()

    said, nobody = reset(tmp_path), reset(tmp_path, "nobody")
    app = RunningApp(tmp_path)
    secret = said.stdout.partition("/join#")[2].strip()
    answer = app.request("/api/join", secret=secret, password="another fine password")
    app.close()

    assert while_it_runs.returncode == 1 and "another Hubbub already runs" in while_it_runs.stderr
    assert said.stdout.startswith("olga can choose a new password at http://127.0.0.1:5000/join#")
    assert (answer.status_code, answer.json["person"]["role"]) == (200, "owner")
    assert nobody.returncode == 1 and nobody.stderr == "Error: no one has the handle nobody, or they are banned\n"


def test_the_console_prints_a_link_for_the_first_owner_and_only_until_there_is_one(tmp_path):
    command = [sys.executable, "-u", "-m", "hubbub", "serve", "--port", "0", "--data", str(tmp_path)]

    def told():
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = server.stdout.readline().split()[3]
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
            server.terminate()
            return server.stdout.read()

    before = told()
    app = RunningApp(tmp_path)
    secret = before.partition("/join#")[2].strip()
    answer = app.request("/api/join", secret=secret, name="Olga", handle="olga", password=PASSWORD)
    app.close()

    assert before.startswith("This server has no owner yet.")
    assert answer.json["person"]["role"] == "owner"
    assert told() == ""
