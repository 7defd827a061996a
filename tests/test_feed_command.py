"""Publishing from the command line and from a pipe: each value counts once, and what is odd is said."""

import io

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.core import db
from hubbub.feeds import command


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(command, "RETRIES", (0.0, 0.0))


@pytest.fixture
def ann(app):
    app.set_up_owner()
    return app.connect_member("ann")


def run(app, token, *words, said=None):
    environ = {"HUBBUB_URL": app.url, "HUBBUB_TOKEN": token}
    return CliRunner().invoke(cli.main, ["feed", "publish", *words], env=environ, input=said)


def values(ann):
    return {symbol["name"]: symbol["quote"]["value"] for symbol in ann.get("/api/feeds").json["symbols"]}


def counted():
    return sum(count for count, in db.execute("select ticks from candle where resolution = 86400"))


def test_one_value(app, ann):
    ended = run(app, ann.token, "ACME", "184.22")

    assert (ended.exit_code, ended.output, values(ann)) == (0, "", {"ACME": 184.22})
    assert ann.get("/api/feeds").json["feeds"][0]["name"] == "command-line"


def test_a_value_below_zero(app, ann):
    assert run(app, ann.token, "TEMP", "--", "-4.5").exit_code == 0
    assert values(ann) == {"TEMP": -4.5}


def test_a_pipe(app, ann):
    lines = "".join(f"ACME {n}\nTEA {n}.5 {1_700_000_000 + n}\n\n" for n in range(150))

    ended = run(app, ann.token, "--feed", "pipe", said=lines)

    assert (ended.exit_code, ended.output) == (0, "")
    assert values(ann) == {"ACME": 149, "TEA": 149.5} and counted() == 300
    assert ann.get("/api/feeds/pipe").json["n"] == 300


def test_lines_that_are_none_are_said_and_skipped(app, ann):
    ended = run(app, ann.token, said="ACME 1\nhello\nACME x\nACME 1 2 3\nACME 2\n")

    assert ended.exit_code == 1
    assert [line.partition(":")[0] for line in ended.output.splitlines()] == ["line 2", "line 3", "line 4"]
    assert values(ann) == {"ACME": 2}


def test_an_answer_that_is_lost_counts_nothing_twice(app, ann, monkeypatch):
    ask, lost = command.Remote.request, []

    def unlucky(self, method, path, body=None):
        answer = ask(self, method, path, body)
        if method == "POST" and len(lost) < 2:
            lost.append(answer)
            raise command.Unavailable("the answer got lost")
        return answer

    monkeypatch.setattr(command.Remote, "request", unlucky)

    ended = run(app, ann.token, said="ACME 1\nACME 2\n")

    assert (ended.exit_code, len(lost), counted()) == (0, 2, 2)


@pytest.mark.parametrize("words, said", [
    (["acme", "1"], "Error: a symbol has at most 16 capital letters"), (["ACME"], "a value is missing"),
    (["ACME", "x"], "Invalid value for '[VALUE]'"), (["ACME", "1", "--token", "x"], "Error: authentication required"),
    (["ACME", "1", "--url", "http://127.0.0.1:1"], "Error: no answer from http://127.0.0.1:1"),
    (["ACME", "1", "--feed", "A B"], "Error: "),
])
def test_what_cannot_be_is_said(app, ann, words, said):
    ended = run(app, ann.token, *words)

    assert ended.exit_code != 0 and said in ended.output
    assert values(ann) == {}


def test_a_pipe_is_read_as_it_comes_and_not_only_at_its_end():
    class Slow(io.StringIO):
        def __iter__(self):
            yield "ACME 1\n"
            yield "ACME 2\n"

    found = [batch for batch, _ in command.batches(Slow())]

    assert [tick["value"] for batch in found for tick in batch] == [1.0, 2.0]
