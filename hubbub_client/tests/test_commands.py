"""The commands: post, follow, publish and notify from the shell; each thing once, and errors in one line."""

import io
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hubbub import __version__, cli
from hubbub.core import db
from hubbub_client import commands, flows, pipe
from tests.running_app import LOBBY, post
from tests.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(flows, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(commands, "PATIENCE", 1.0)


@pytest.fixture
def ann(app):
    app.set_up_owner()
    return app.connect_member("ann")


def run(app, token, *arguments, stdin=None):
    """Run a command as a script would, with a person's token."""
    environ = {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token}
    return CliRunner().invoke(cli.main, list(arguments), env=environ, input=stdin)


def publish(app, token, *arguments, stdin=None):
    return run(app, token, "feed", "publish", *arguments, stdin=stdin)


def texts(ann):
    items = ann.get(f"/api/channels/{LOBBY}/window").json["items"]
    return [item["text"] for item in items if item["kind"] == "message"]


def test_posting_a_text_standard_input_and_its_lines(app, ann):
    first = run(app, ann.token, "post", LOBBY, "hello", "--key", "a")
    again = run(app, ann.token, "post", LOBBY, "hello", "--key", "a")
    reply = run(app, ann.token, "post", LOBBY, "--thread", first.output.strip(), stdin="of\nmany\n\nlines\n")
    lines = run(app, ann.token, "post", LOBBY, "--lines", stdin="one\n\ntwo\n")

    assert (first.output, again.output, reply.output, lines.output) == ("1\n", "1\n", "2\n", "")
    assert texts(ann) == ["hello", "one", "two"]
    thread = ann.get(f"/api/channels/{LOBBY}/threads/1").json
    assert [item["text"] for item in thread["items"]][-1] == "of\nmany\n\nlines"


class Following:
    """`hubbub tail` in a process of its own, without the server's packages: its lines of output."""

    def __init__(self, app, token, *arguments):
        environ = os.environ | {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token, "TZ": "UTC"}
        command = [sys.executable, "-c", "from hubbub_client.commands import group; group()", "tail", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)

    def lines(self, count):
        return [self.process.stdout.readline().rstrip("\n") for _ in range(count)]

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=20)


def test_following_a_room_for_people_and_for_programs_and_going_on_later(app, ann, tmp_path):
    file, new = tmp_path / "cursor", tmp_path / "new"
    post(ann, "hello\n\x1b]0;a title\x07 \x1b[2J", key="1")
    people = Following(app, ann.token, LOBBY, "--after", "0")
    program = Following(app, ann.token, LOBBY, "--json", "--after", "0", "--cursor", str(file))
    shown, more = people.lines(2)
    [first] = map(json.loads, program.lines(1))
    ann.call("react", channel=LOBBY, seq=1, emoji="👍", on=True, key="2")
    [reacted], [entry] = people.lines(1), map(json.loads, program.lines(1))
    until(lambda: file.read_text() == "2:2\n")
    program.stop()
    people.stop()
    post(ann, "while it was away", key="3")
    program = Following(app, ann.token, LOBBY, "--json", "--cursor", str(file))
    [later] = map(json.loads, program.lines(1))
    until(lambda: file.read_text() == "3:3\n")
    program.stop()
    from_now = Following(app, ann.token, LOBBY, "--cursor", str(new))
    until(new.exists)  # before an entry comes
    from_now.stop()

    assert new.read_text() == file.read_text()
    assert shown[19:] == " ann: hello" and more == "    \ufffd]0;a title\ufffd \ufffd[2J"
    assert reacted[19:] == ' ann [reacted]: {"target": 1, "emoji": "👍", "on": true}'
    assert [each["seq"] for each in (first, entry, later)] == [1, 2, 3] and later["data"]["text"] == "while it was away"


def test_following_a_feed(app, ann):
    publish(app, ann.token, "ROOM/TEMP", "21.5")
    following = Following(app, ann.token, "feed:ROOM/TEMP", "--rate", "100")
    [first] = following.lines(1)
    publish(app, ann.token, "ROOM/TEMP", "22")
    [second] = following.lines(1)
    following.stop()

    assert (first[19:], second[19:]) == (" ROOM/TEMP 21.5", " ROOM/TEMP 22")


def test_an_error_is_reported_in_one_line(app, ann):
    for arguments, reason in [
        (["post", "room:99", "x"], "Error: There is no such channel"),
        (["tail", "room:99"], "Error: There is no such channel"),
        (["tail", LOBBY, "--after", "x"], "Error: 'x' is no cursor"), (["post", LOBBY, " "], "Error: "),
        (["tail", LOBBY, "--url", "http://127.0.0.1:1", "--wait", "0.1"], "Error: no answer from http://127.0.0.1:1"),
        (["post", LOBBY, "x", "--url", "ftp://x"], "Error: 'ftp://x' is not the address of a server"),
        (["tail", LOBBY, "--after", "9:x"], "Error: room:1 has another history"),
        (["post", LOBBY, "x", "--lines"], "Error: --lines reads standard input"),
    ]:
        result = run(app, ann.token, *arguments)

        assert result.exit_code in (1, 2) and result.output.splitlines()[-1].startswith(reason), arguments


def test_the_server_and_the_client_are_one_command():
    both = subprocess.run([sys.executable, "-c", "import sys; sys.argv = ['hubbub', '--version']; "
                           "from hubbub_client.commands import main; main()"], capture_output=True, text=True)

    assert both.stdout.strip().endswith(__version__)
    assert {command.name for command in commands.COMMANDS} == set(commands.group.commands) < set(cli.main.commands)


def values(ann):
    return {symbol["name"]: symbol["quote"]["value"] for symbol in ann.get("/api/feeds").json["symbols"]}


def ticks_counted():
    return sum(count for count, in db.execute("select ticks from candle where resolution = 86400"))


def test_publishing_one_value(app, ann):
    result = publish(app, ann.token, "ACME", "184.22")

    assert (result.exit_code, result.output, values(ann)) == (0, "", {"ACME": 184.22})
    assert ann.get("/api/feeds").json["feeds"][0]["name"] == "command-line"


def test_publishing_a_negative_value(app, ann):
    assert publish(app, ann.token, "TEMP", "--", "-4.5").exit_code == 0
    assert values(ann) == {"TEMP": -4.5}


def test_publishing_lines_from_a_pipe(app, ann):
    lines = "".join(f"ACME {n}\nTEA {n}.5 {1_700_000_000 + n}\n\n" for n in range(150))

    result = publish(app, ann.token, "--feed", "pipe", stdin=lines)

    assert (result.exit_code, result.output) == (0, "")
    assert values(ann) == {"ACME": 149, "TEA": 149.5} and ticks_counted() == 300
    assert ann.get("/api/feeds/pipe").json["n"] == 300


def test_invalid_lines_are_reported_and_skipped(app, ann):
    result = publish(app, ann.token, stdin="ACME 1\nhello\nACME x\nACME 1 2 3\nACME 2\n")

    assert result.exit_code == 1
    assert [line.partition(":")[0] for line in result.output.splitlines()] == ["line 2", "line 3", "line 4"]
    assert values(ann) == {"ACME": 2}


def test_a_lost_answer_does_not_count_ticks_twice(app, ann, monkeypatch):
    exchange, lost = flows._exchange, []

    def lose_first_answers(server, request):
        answer = yield from exchange(server, request)
        if request.method == "POST" and len(lost) < 2:
            lost.append(answer)
            raise OSError("the answer got lost")
        return answer

    monkeypatch.setattr(flows, "_exchange", lose_first_answers)

    result = publish(app, ann.token, stdin="ACME 1\nACME 2\n")

    assert (result.exit_code, len(lost), ticks_counted()) == (0, 2, 2)


def test_an_invalid_command_is_reported(app, ann):
    for arguments, reason in [
        (["A B", "1"], "Error: This symbol does not work: use at most"),
        (["ACME"], "a value is missing"),
        (["ACME", "x"], "Invalid value for '[VALUE]'"), (["ACME", "1", "--token", "x"], "Error: You are not signed in"),
        (["ACME", "1", "--url", "http://127.0.0.1:1"], "Error: no answer from http://127.0.0.1:1"),
        (["ACME", "1", "--feed", "A B"], "Error: "),
    ]:
        result = publish(app, ann.token, *arguments)

        assert result.exit_code != 0 and reason in result.output, arguments

    assert values(ann) == {}


def test_a_pipe_is_read_line_by_line_before_it_ends():
    class Slow(io.StringIO):
        def __iter__(self):
            yield "ACME 1\n"
            yield "ACME 2\n"

    found = [batch for batch, _ in pipe.batches(Slow())]

    assert [tick["value"] for batch in found for tick in batch] == [1.0, 2.0]
