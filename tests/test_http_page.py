"""The commands of docs/http.md do what the page says."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.running_app import HERE

PAGE = Path(__file__).parent.parent / "docs" / "http.md"
ASSIGNMENT = re.compile(r"TOKEN=\$\((?P<command>.*) \| jq -r \.(?P<field>\w+)\)")


def commands():
    """Return all lines of the page's command blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
            for line in block.splitlines() if line]


class Shell:
    """The part of a shell and of curl that the page uses, against the app."""

    def __init__(self, app):
        self.app = app
        self.names = {}

    def run(self, line):
        """Run a line; return the response, or None if it only sets a variable."""
        if assignment := ASSIGNMENT.fullmatch(line):
            answer = self.run(assignment["command"])
            self.names["TOKEN"] = answer.json[assignment["field"]]
            return answer
        if "curl" not in line:
            name, _, value = line.partition("=")
            self.names[name] = value
            return None
        return self.curl(shlex.split(re.sub(r"\$(\w+)", lambda name: self.names[name[1]], line)))

    def curl(self, words):
        assert words.pop(0) == "curl"
        method, headers, body, address = "", {}, None, ""
        while words:
            match words.pop(0):
                case "-s" | "-sN":
                    pass
                case "-X":
                    method = words.pop(0)
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers[name] = value
                case "--json":
                    body = json.loads(words.pop(0))
                case url:
                    address = url.removeprefix(self.names["HUBBUB"])
        method = method or ("GET" if body is None else "POST")
        return self.app.test_client().open(address, method=method, headers=headers, json=body, environ_overrides=HERE)


@pytest.fixture
def shell(app):
    app.create_account("ann")
    return Shell(app.flask)


def test_every_command_of_the_page_works(shell):
    answers = [answer for answer in map(shell.run, commands()) if answer is not None]

    assert [(answer.request.path, answer.text) for answer in answers if answer.status_code >= 300] == []
    assert len(answers) > 10


def test_the_messages_of_the_page_are_in_the_room_and_found_by_search(shell):
    window, entries, found = [shell.run(line) for line in commands() if "/tail" not in line][-3:]

    [message] = [item for item in window.json["items"] if item["kind"] == "message"]
    assert message["text"] == "The backup is done, in 3 minutes."
    assert (message["reactions"], message["replies"]["n"]) == ({"✅": [2]}, 1)
    assert [entry["kind"] for entry in entries.json["entries"]] == [
        "message", "reply", "edited", "reacted", "document"]
    assert [item["seq"] for item in found.json["items"]] == [1]


def test_a_command_that_runs_twice_has_no_second_effect(shell):
    for line in commands() * 2:
        shell.run(line)

    [entries] = [line for line in commands() if "/entries?" in line]
    assert shell.run(entries).json["head"] == 5
