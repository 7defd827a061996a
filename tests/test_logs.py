"""The log as lines or as JSON, and never with a secret in it."""

import json
import logging
import os
import re
import subprocess
import sys

import pytest

from hubbub import logs
from tests import forks
from tests.process import Server

PASSWORD = "canary-Pw81 is a password"


def formatted(formatter, message, *values, **options):
    record = logging.getLogger("hubbub.test").makeRecord("hubbub.test", logging.WARNING, "here.py", 1, message, values,
                                                         options.get("exc_info"), extra=options.get("extra"))
    return formatter.format(record)


def an_error(text):
    try:
        raise ValueError(text)
    except ValueError:
        return sys.exc_info()


def test_a_line_of_json_has_time_level_logger_message_fields_exception_and_worker():
    line = formatted(logs.JSON(3), "%s left\nearly", "bob", extra={"person": 7}, exc_info=an_error("no"))
    parsed = json.loads(line)

    assert "\n" not in line
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", parsed.pop("time"))
    assert parsed.pop("exception").endswith("ValueError: no")
    assert parsed == {"level": "warning", "logger": "hubbub.test", "message": "bob left\nearly", "worker": 3,
                      "fields": {"person": 7}}
    assert set(json.loads(formatted(logs.JSON(), "hello"))) == {"time", "level", "logger", "message"}
    assert formatted(logs.Lines(3), "hello").endswith(" [3] WARNING hubbub.test: hello")


@pytest.mark.parametrize("formatter", [logs.Lines(), logs.JSON()], ids=["text", "json"])
@pytest.mark.parametrize("text", [
    "connection to postgresql://hubbub:{}@db.example/hubbub failed", "Authorization: Bearer {}",
    "GET /api/rooms?token={}&limit=1", "claim it at https://chat.example/join#{}", "Cookie: hubbub-1a2b={}; theme=dark",
    "__Host-hubbub-1a2b={}", '{{"password": "{} with blanks"}}', "{{'secret': '{}'}}", "aws_secret_access_key={}",
    "s3://bucket?access_key_id=x&secret_access_key={}",
])
def test_what_looks_like_a_secret_is_hidden(formatter, text):
    secret = "kT9_x-canary_0123456789ab"
    line = formatted(formatter, text.format(secret), exc_info=an_error(text.format(secret)))

    assert secret not in line and line.count(logs.HIDDEN) >= 2


def test_fields_with_the_name_or_the_content_of_a_secret_are_hidden():
    line = formatted(logs.JSON(), "x", extra={"token": "abc", "at": "http://u:pw@host/", "room": "lobby", "odd": {1}})

    assert json.loads(line)["fields"] == {"token": logs.HIDDEN, "at": f"http://u:{logs.HIDDEN}@host/", "room": "lobby",
                                          "odd": [1]}


def test_ordinary_lines_stay_as_they_are():
    for text in ("a sign-in from 192.0.2.1 failed: unknown handle", "the token is wrong", "hubbub-1.2 at http://host:5000/",
                 "could not push to updates.push.example: 410", "tokens of one person"):
        assert logs.without_secrets(text) == text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_session_with_every_kind_of_secret_leaves_none_in_the_log(tmp_path, form):
    with open(tmp_path / "log", "w+") as log:
        server = LoggedServer(tmp_path / "data", log, HUBBUB_LOG=form)
        secrets = use_all_secrets(server)
        assert server.stop() == 0
        log.seek(0)
        lines = log.read().splitlines()

    assert any("a sign-in from" in line for line in lines)
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    if form == "json":
        assert all({"time", "level", "logger", "message"} <= set(json.loads(line)) for line in lines)


class LoggedServer(Server):
    """A server whose log goes to a file, and whose set-up link is read from its output."""

    def __init__(self, data, log, **environ):
        self.process = forks.Program("hubbub", "serve", "--port", "0", "--data", str(data), stderr=log,
                                     environ={**os.environ, **environ})
        self.url = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())[0]
        self.secret = self.process.stdout.readline().partition("/join#")[2].strip()
        self._clients = []


def use_all_secrets(server):
    """Use each kind of secret rightly and wrongly; return all of them."""
    account = {"name": "Olga", "handle": "olga", "password": PASSWORD}
    owner = server.request_json("POST", "/api/join", body={"secret": server.secret, **account})
    invite = server.request_json("POST", "/api/invites", owner["token"], {"role": "member"})["url"].partition("#")[2]
    member = server.request_json("POST", "/api/join", body={"secret": invite, "name": "Ann", "handle": "ann",
                                                            "password": PASSWORD})
    token = server.request_json("POST", "/api/tokens", owner["token"], {"name": "t", "scope": "write"})["secret"]
    reset = server.request_json("POST", f"/api/people/{member['person']['id']}/reset", owner["token"], {})
    link = str(reset).partition("/join#")[2].rstrip("'}")
    _, headers, _ = server.request("POST", "/api/sign-in", body={"handle": "ann", "password": PASSWORD},
                                   Origin=server.url)
    cookies = [value.partition("=")[2].partition(";")[0] for value in headers.get_all("Set-Cookie") or ()]
    wrong = ["canary-wrong-password", "canary-wrong-token-0001", "canary-wrong-invite-0001", "canary-wrong-cookie-0001"]
    for handle in ("ann", "nobody", PASSWORD):
        server.request("POST", "/api/sign-in", body={"handle": handle, "password": wrong[0]})
    server.request("GET", f"/api/rooms?token={token}", wrong[1])
    server.request("POST", "/api/join", body={"secret": wrong[2], **account})
    server.request("GET", "/api/rooms", Cookie=f"hubbub={wrong[3]}")
    endpoint = "http://127.0.0.1:9/canary-endpoint-0001"
    server.request("POST", "/api/push", token, {"endpoint": endpoint, "p256dh": "canary-p256dh", "auth": "canary-auth"})
    server.connect(token)
    with pytest.raises(Exception):  # noqa: B017
        server.connect(wrong[1])
    assert link and cookies
    return [PASSWORD, server.secret, invite, token, owner["token"], member["token"], link, *cookies, *wrong, "canary-"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failed_greenlet_and_the_end_of_the_process_are_logged(form):
    code = (f"import gevent; from hubbub import logs; logs.start({form!r}); "
            "gevent.spawn(lambda: 1 / 0).join(); raise ValueError('password=canary')")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert result.stderr.count("a part of the server failed") == 2 and "canary" not in result.stderr
    if form == "json":
        assert [json.loads(line)["level"] for line in result.stderr.splitlines()] == ["error", "error"]
