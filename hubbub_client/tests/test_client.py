"""The client against the real server: what it sends, what it follows, and what it does when the server is killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import gevent
import pytest

import hubbub_client
from hubbub.core import follow
from hubbub_client import AsyncClient, Client, Cursor, Refused, Restored, Unreachable
from hubbub_client import protocol as wire
from tests.running_app import LOBBY, PASSWORD, RunningApp
from tests.test_kill import Process, read_all
from tests.waiting import until

PROGRAM = Path(__file__).parent / "program.py"
SEPARATORS = "a\u2028b\u2029c\x85d\x0be\r\nf: ünïcode 🙂"  # that some call line breaks


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = RunningApp(tmp_path_factory.mktemp("client"))
    app.set_up_owner()
    yield app
    app.close()


class Waiting:
    """The methods of an AsyncClient, for a test that waits; an iterator yields as many items as asked for."""

    def __init__(self, *arguments, **options):
        self.client = AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        def call(*arguments, **options):
            found = getattr(self.client, name)(*arguments, **options)
            return asyncio.run(found) if asyncio.iscoroutine(found) else found
        return call


def take(items, count):
    """Return the next items of an iterator of either kind."""
    async def collect():
        found = []
        async for item in items:
            found.append(item)
            if len(found) == count:
                break
        return found
    return list(islice(items, count)) if hasattr(items, "__next__") else asyncio.run(collect())


@pytest.fixture(params=[Client, Waiting], ids=["sync", "async"])
def client(request, app, monkeypatch):
    monkeypatch.setattr(hubbub_client.flows, "FIRST_PAUSE", 0.01)
    return request.param(app.url, app.owner.token, patience=5)


def test_what_a_program_does_in_a_room(app, client):
    key = f"first {type(client).__name__}"
    first = client.post(LOBBY, SEPARATORS, key=key)
    again = client.post(LOBBY, SEPARATORS, key=key)
    reply = client.post(LOBBY, "a reply", thread=first.seq)
    edited = client.edit(LOBBY, first.seq, "edited")
    client.react(LOBBY, first.seq, "👍")
    client.delete(LOBBY, reply.seq)
    window = client.window(LOBBY, around=first.seq, limit=3)
    followed = take(client.tail(LOBBY, after=first.seq - 1), 4)
    rest = take(client.tail(LOBBY, after=followed[1].cursor), 3)
    resumed = take(client.tail(LOBBY, after=str(followed[1].cursor)), 3)

    assert again == first and first.author == app.owner.person and first.key == key
    [message] = [item for item in window.items if item["seq"] == first.seq]
    assert (message["text"], list(message["reactions"])) == ("edited", ["👍"]) and window.as_of.seq == reply.seq + 3
    assert followed[0] == first and followed[0].text == SEPARATORS
    assert [entry.kind for entry in [*followed[:2], *rest]] == ["message", "reply", "edited", "reacted", "deleted"]
    assert rest == resumed and rest[0] == edited
    assert [entry.seq for entry in take(client.entries(LOBBY), 1000)] == list(range(1, window.as_of.seq + 1))


def test_values_and_notifications(app, client):
    feed, symbol = f"{type(client).__name__.lower()}-office", f"{type(client).__name__}/TEMP".upper()
    client.publish(feed, {symbol: 20})
    client.publish(feed, [{"symbol": symbol, "value": 21}, {"symbol": symbol, "value": 21.5}])
    [value] = take(client.watch(symbol, rate=100), 1)
    client.notify("olga", "The disk is full.", url="/room/1")
    [notification] = take(client.tail(f"inbox:{app.owner.person}", after=0), 1)

    assert (value.symbol, value.value, value.open, value.low) == (symbol, 21.5, 20, 20)
    assert notification.text == "The disk is full."
    other = type(client)(app.url, app.owner.token)
    other.publish(feed, {symbol: 22})
    with pytest.raises(Refused, match="another program"):
        client.publish(feed, {symbol: 23})


def test_what_is_refused_is_raised_and_not_repeated(app, client, monkeypatch):
    with pytest.raises(Refused) as refused:
        client.post("room:999", "hello")
    assert (refused.value.code, refused.value.status) == ("not_found", 404)
    with pytest.raises(Refused, match="not signed in"):
        take(type(client)(app.url, "made-up").tail(LOBBY), 1)
    with pytest.raises(Unreachable, match="no answer from http://127.0.0.1:1"):
        type(client)("http://127.0.0.1:1", "t", patience=0.1).post(LOBBY, "hello")
    with pytest.raises(Unreachable):
        take(type(client)("http://127.0.0.1:1", "t").tail(LOBBY, patience=0.1), 1)
    monkeypatch.delenv("HUBBUB_TOKEN", raising=False)
    for url, token in ((app.url, None), ("chat.example", "t"), (app.url, "a\r\nb")):
        with pytest.raises(ValueError):
            type(client)(url, token)


def test_a_tail_that_is_far_behind_reads_the_log_and_one_of_another_history_says_so(app, client, monkeypatch):
    channel = app.owner.call("create_room", name=f"far {type(client).__name__}", kind="public",
                             key=f"far {type(client).__name__}")["ok"]["channel"]
    posted = [client.post(channel, f"number {n}") for n in range(4)]
    monkeypatch.setattr(follow, "FAR", 2)
    whole = take(client.tail(channel, after=0), len(posted) + posted[0].seq - 1)
    far = take(client.tail(channel, after=posted[0].cursor), 3)

    assert [entry.seq for entry in whole] == list(range(1, posted[-1].seq + 1)) and far == posted[1:]
    for after in (Cursor(2, "of another history"), 999):
        with pytest.raises(Restored) as restored:
            take(client.tail(channel, after=after), 1)
        assert restored.value.as_of == posted[-1].cursor


def test_a_limited_program_waits_as_long_as_it_is_told(tmp_path):
    app = RunningApp(tmp_path, limits="on")
    try:
        owner = app.set_up_owner()
        client = Client(app.url, owner.token, patience=30)
        posts = gevent.pool.Pool(10).map(lambda n: client.post(LOBBY, f"{n}").seq, range(50))
        assert sorted(posts) == list(range(1, 51))
    finally:
        app.close()


def test_a_killed_server_costs_neither_a_message_nor_an_entry(tmp_path):
    server = Process(tmp_path / "data")
    answer = server.request_json("/api/join", body={"name": "Olga", "handle": "olga", "password": PASSWORD})
    environ = os.environ | {"HUBBUB_URL": server.url, "HUBBUB_TOKEN": answer["token"]}
    programs = {name: subprocess.Popen([sys.executable, PROGRAM, name, "120"], stdout=subprocess.PIPE, text=True,
                                       env=environ) for name in ("sync", "async")}
    path = f"/api/channels/{LOBBY}/entries?limit=1"
    until(lambda: server.request_json(path, answer["token"])["head"] > 50)
    server.stop(signal.SIGKILL)
    server.start()
    received = {name: json.loads(program.communicate(timeout=60)[0]) for name, program in programs.items()}
    entries = read_all(server, answer["token"])
    server.stop(signal.SIGTERM)

    texts = [entry["data"]["text"] for entry in entries]
    for name in programs:
        assert [text for text in texts if text.startswith(f"{name} ")] == [f"{name} {n}" for n in range(120)]
        assert received[name] == [[seq, text] for seq, text in enumerate(texts, 1)][:len(received[name])]


RESPONSES = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello": b"hello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n": b"hello",
    b"HTTP/1.0 200 OK\r\n\r\nhello": b"hello",
    b"HTTP/1.1 204 No Content\r\n\r\n": b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello": None,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello": None,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n": None,
    b"SSH-2.0-OpenSSH\r\n\r\n": None, b"HTTP/1.1 200": None, b"": None,
}


@pytest.mark.parametrize("sent", RESPONSES)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_response_is_read_in_any_pieces_and_whole_or_not_at_all(sent, size):
    def read():
        response, body = wire.Response(), b""
        for at in range(0, len(sent), size):
            body += response.feed(sent[at:at + size])
        while not response.is_complete:
            body += response.feed(b"")
        return body

    if RESPONSES[sent] is None:
        with pytest.raises(wire.Broken):
            read()
    else:
        assert read() == RESPONSES[sent]
