"""Starting: what cannot work is said in one line, and never as a crash."""

import os
import socket
import subprocess
import sys

import pytest


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
    (lambda folder: ([], {"HUBBUB_TRANSPORT": "pigeons"}), "HUBBUB_TRANSPORT must be fanout or stock"),
    (lambda folder: (["--data", str(folder)], {"HUBBUB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}),
     "does not answer"),
], ids=["no database", "file for folder", "port taken", "port too large", "port no number", "transport", "postgresql"])
def test_what_cannot_work_is_said_in_one_line(tmp_path, situation, words):
    options, environ = situation(tmp_path)

    ended = serve(*options, **environ)

    assert ended.returncode == 1
    [line] = ended.stderr.strip().splitlines()
    assert line.startswith("Error: ") and words in line
