"""Publishing from the command line and from a pipe: each value counts once, and invalid input is reported."""

import io

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.core import db
from hubbub.feeds import command


@pytest.fixture(autouse=True)
def retry_at_once(monkeypatch):
    monkeypatch.setattr(command, "RETRIES", (0.0, 0.0))


@pytest.fixture
def ann(app):
    app.set_up_owner()
    return app.connect_member("ann")


def run(app, token, *arguments, stdin=None):
    environ = {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token}
    return CliRunner().invoke(cli.main, ["feed", "publish", *arguments], env=environ, input=stdin)


def values(ann):
    return {symbol["name"]: symbol["quote"]["value"] for symbol in ann.get("/api/feeds").json["symbols"]}


def ticks_counted():
    return sum(count for count, in db.execute("select ticks from candle where resolution = 86400"))


def test_publishing_one_value(app, ann):
    result = run(app, ann.token, "ACME", "184.22")

    assert (result.exit_code, result.output, values(ann)) == (0, "", {"ACME": 184.22})
    assert ann.get("/api/feeds").json["feeds"][0]["name"] == "command-line"


def test_publishing_a_negative_value(app, ann):
    assert run(app, ann.token, "TEMP", "--", "-4.5").exit_code == 0
    assert values(ann) == {"TEMP": -4.5}


def test_publishing_lines_from_a_pipe(app, ann):
    lines = "".join(f"ACME {n}\nTEA {n}.5 {1_700_000_000 + n}\n\n" for n in range(150))

    result = run(app, ann.token, "--feed", "pipe", stdin=lines)

    assert (result.exit_code, result.output) == (0, "")
    assert values(ann) == {"ACME": 149, "TEA": 149.5} and ticks_counted() == 300
    assert ann.get("/api/feeds/pipe").json["n"] == 300


def test_invalid_lines_are_reported_and_skipped(app, ann):
    result = run(app, ann.token, stdin="ACME 1\nhello\nACME x\nACME 1 2 3\nACME 2\n")

    assert result.exit_code == 1
    assert [line.partition(":")[0] for line in result.output.splitlines()] == ["line 2", "line 3", "line 4"]
    assert values(ann) == {"ACME": 2}


def test_a_lost_answer_does_not_count_ticks_twice(app, ann, monkeypatch):
    request, lost = command.Remote.request, []

    def lose_first_answers(self, method, path, body=None):
        answer = request(self, method, path, body)
        if method == "POST" and len(lost) < 2:
            lost.append(answer)
            raise command.Unavailable("the answer got lost")
        return answer

    monkeypatch.setattr(command.Remote, "request", lose_first_answers)

    result = run(app, ann.token, stdin="ACME 1\nACME 2\n")

    assert (result.exit_code, len(lost), ticks_counted()) == (0, 2, 2)


@pytest.mark.parametrize("arguments, reason", [
    (["A B", "1"], "Error: This symbol does not work: use at most"),
    (["ACME"], "a value is missing"),
    (["ACME", "x"], "Invalid value for '[VALUE]'"), (["ACME", "1", "--token", "x"], "Error: You are not signed in"),
    (["ACME", "1", "--url", "http://127.0.0.1:1"], "Error: no answer from http://127.0.0.1:1"),
    (["ACME", "1", "--feed", "A B"], "Error: "),
])
def test_an_invalid_command_is_reported(app, ann, arguments, reason):
    result = run(app, ann.token, *arguments)

    assert result.exit_code != 0 and reason in result.output
    assert values(ann) == {}


def test_a_pipe_is_read_line_by_line_before_it_ends():
    class Slow(io.StringIO):
        def __iter__(self):
            yield "ACME 1\n"
            yield "ACME 2\n"

    found = [batch for batch, _ in command.batches(Slow())]

    assert [tick["value"] for batch in found for tick in batch] == [1.0, 2.0]
