"""Tails: server-sent events of any channel over HTTP, by the same delivery as sockets, and ended like them."""

import base64
import contextlib
import http.client
import json
import socket
import time
from functools import partial
from urllib.parse import quote, urlencode

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from hubbub.core import db, follow, log, node
from hubbub.live import connections, shutdown, streams
from tests.replica import Replica
from tests.running_app import LOBBY, PASSWORD, RunningApp, post
from tests.running_cluster import RunningCluster
from tests.waiting import until

BIG = "x" * 12_000
counter = iter(range(100))
opened = []


class Reader:
    """One open tail; `events` is everything that it received: kind, id and data."""

    def __init__(self, url, channel, token, last_event_id=None, **query):
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        opened.append(self)
        self.channel = channel
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        path = f"/api/channels/{quote(channel)}/tail?{urlencode(query)}"
        self._connection.request("GET", path, headers=headers)
        self._sock, self.response = self._connection.sock, self._connection.getresponse()
        self.status, self.headers = self.response.status, self.response.headers
        self.events, self.comments, self.last_id, self.retry, self.has_ended = [], 0, "", "", False
        if self.status == 200:
            gevent.spawn(self._read)

    def _read(self):
        fields = {}
        try:
            for read in iter(self.response.readline, b""):
                line = read.rstrip(b"\n")
                name, _, value = line.decode().partition(": ")
                self.comments += line == b":"
                if line and line != b":":
                    fields[name] = value
                elif fields:
                    self.last_id, self.retry = fields.get("id", self.last_id), fields.get("retry", self.retry)
                    if "data" in fields:
                        self.events.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
                    fields = {}
        finally:
            self.has_ended = True

    def seqs(self):
        return [data["seq"] for kind, _, data in self.events if kind not in ("reset", "latest", "shutdown")]

    def close(self):
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A server with an owner, for all tests of this file."""
    app = RunningApp(tmp_path_factory.mktemp("tails"))
    app.set_up_owner()
    yield app
    app.close()


def create_room(app, *people):
    """Return the channel of a new private room of the owner and these people."""
    room = app.owner.call("create_room", name=f"r{next(counter)}", kind="private", key=f"k{next(counter)}",
                          people=list(people))
    return room["ok"]["channel"]


def head(channel):
    return log.head(db, channel).seq


def open_streams():
    return connections.state().streams


@pytest.fixture(autouse=True)
def readers(app, monkeypatch):
    """Have the shared server be the default; close what a test leaves open."""
    monkeypatch.setattr(streams, "CHECK", 0.05)
    node.make_default(app.flask.node)
    yield
    for reader in opened:
        reader.close()
    opened.clear()
    until(lambda: not app.flask.node.run(open_streams))


def test_a_tail_is_what_comes_after_its_cursor_in_order_and_once_as_on_a_socket(app):
    channel, olga = create_room(app), app.owner
    olga.call("subscribe", channel=channel)
    first = head(channel)
    post(olga, "one", channel)
    post(olga, "zwei\nlines\r and  ünïcode", channel, key="a key\n: ü")
    from_now = Reader(app.url, channel, olga.token)
    after_one = Reader(app.url, channel, olga.token, after=first + 1)
    until(lambda: after_one.seqs() == [first + 2])
    olga.call("typing", channel=channel)
    post(olga, "three", channel)
    olga.call("react", channel=channel, seq=first + 1, emoji="👍", on=True, key="like")
    until(lambda: after_one.seqs() == [first + 2, first + 3, first + 4])
    until(lambda: from_now.seqs() == [first + 3, first + 4])

    on_socket = {data["seq"]: data for kind, data in olga.events if isinstance(data, dict) and "seq" in data}
    assert [data for _, _, data in after_one.events] == [on_socket[seq] for seq in after_one.seqs()]
    assert [kind for kind, _, _ in after_one.events] == ["message", "message", "reacted"]
    assert after_one.headers["Content-Type"].startswith("text/event-stream")
    assert after_one.headers["X-Accel-Buffering"] == "no" and after_one.headers["Cache-Control"] == "no-store"
    assert after_one.retry == "2000" and from_now.comments == 0

    after_one.close()
    until(lambda: len(open_streams()) == 1)  # the client is gone, and its place is free at once
    post(olga, "while away", channel)
    resumed = Reader(app.url, channel, olga.token, last_event_id=after_one.last_id, after=0)
    whole = Reader(app.url, channel, olga.token, after=0)
    until(lambda: resumed.seqs() == [first + 5])
    until(lambda: whole.seqs() == list(range(1, first + 6)))
    key_with_a_line_break = next(id for _, id, data in whole.events if data["key"] == "a key\n: ü")
    assert Reader(app.url, channel, olga.token, after=key_with_a_line_break).status == 200


def test_a_cursor_of_another_history_gets_the_newest_window(app, monkeypatch):
    channel = create_room(app)
    post(app.owner, "hello", channel)
    tails = [Reader(app.url, channel, app.owner.token, after=after) for after in ("999", "1:other", "999:x")]
    monkeypatch.setattr(follow, "FAR", 0)
    with app.flask.node.active():
        streams.hub.open_tail(channel).evict_frames()
    tails.append(Reader(app.url, channel, app.owner.token, after=0))

    for tail in tails:
        until(lambda tail=tail: tail.events)
        [(kind, id, window)] = tail.events
        assert kind == "reset" and window["items"][-1]["text"] == "hello"
        assert id.split(":")[0] == str(window["as_of"][0]) == str(head(channel))
    post(app.owner, "on", channel)
    until(lambda: all(tail.seqs() == [head(channel)] for tail in tails))


def test_every_kind_of_channel_has_a_tail(app):
    olga, (ann, secret) = app.owner, app.create_account("ann")
    inbox = Reader(app.url, f"inbox:{ann}", secret)
    document = olga.post("/api/documents", room=LOBBY, title="Minutes", key="m").json
    updates = Reader(app.url, f"doc:{document['id']}", secret)
    publish = lambda *values: olga.post(  # noqa: E731
        "/api/feeds/office/ticks", ticks=[{"symbol": "ROOM/TEMP", "value": value} for value in values])
    publish(20)
    feed = Reader(app.url, "feed:ROOM/TEMP", secret, rate=100, last_event_id="5:x")
    until(lambda: feed.events)
    olga.post("/api/notify", person="ann", text="The disk is full.", key="disk")
    update = base64.b64encode(Replica().type("We agreed.").unsent[0]).decode()
    olga.call("update", channel=f"doc:{document['id']}", update=update, key="u")
    publish(21, 22, 23)

    until(lambda: [kind for kind, _, _ in inbox.events] == ["notification"])
    until(lambda: len(feed.events) == 2)
    publish(24)
    until(lambda: len(feed.events) == 3)
    assert [data["values"]["ROOM/TEMP"]["value"] for _, _, data in feed.events] == [20, 23, 24]
    until(lambda: [(kind, data["data"]["update"]) for kind, _, data in updates.events] == [("update", update)])
    assert app.request(f"/document/{document['id']}/text", secret, "GET").text.endswith("We agreed.")


REFUSED = {"a room of others": ("$private", {}, 404), "no such channel": ("nothing:1", {}, 404),
           "a feed that is not there": ("feed:NOPE", {}, 404), "a cursor of letters": (LOBBY, {"after": "x"}, 400),
           "a negative cursor": (LOBBY, {"after": "-1:"}, 400), "a huge cursor": (LOBBY, {"after": "9" * 300}, 400),
           "an unknown rate": (LOBBY, {"rate": "1"}, 400), "another field": (LOBBY, {"since": "1"}, 400)}


@pytest.mark.parametrize("case", REFUSED)
def test_a_tail_is_refused_before_it_begins(app, case):
    channel, query, status = REFUSED[case]
    secret = app.create_account(f"stranger{next(counter)}")[1]
    answer = Reader(app.url, channel.replace("$private", create_room(app)), secret, **query)

    assert answer.status == status and json.load(answer.response)["error"]
    assert Reader(app.url, channel, "made up").status == 401


ENDINGS = {
    "kicked": lambda app, person, secret, token, channel:
        app.owner.call("kick", channel=channel, person=person, key="kick"),
    "signed out": lambda app, person, secret, token, channel: app.request("/api/sign-out", secret),
    "token revoked": lambda app, person, secret, token, channel:
        app.request(f"/api/tokens/{token['id']}", secret, "DELETE"),
    "banned": lambda app, person, secret, token, channel: app.request(f"/api/people/{person}/ban", app.owner.token),
    "token expired": lambda app, person, secret, token, channel:
        setattr(app.flask.node.clock, "now", lambda: time.time() + 24 * 3600 + 1),
}


@pytest.mark.parametrize("server", ["hubbub", "pywsgi"])
def test_a_tail_ends_with_the_right_to_read(app, monkeypatch, server):
    monkeypatch.setattr(app.flask.node.clock, "now", time.time)
    monkeypatch.setattr(streams, "HEARTBEAT", 0.0)
    other = WSGIServer(("127.0.0.1", 0), app.flask, log=None)
    other.start()
    tails, ends = [], []
    url = app.url if server == "hubbub" else f"http://127.0.0.1:{other.server_port}"
    for name, end in ENDINGS.items():
        person, secret = app.create_account(f"member{next(counter)}")
        token = app.request("/api/tokens", secret, name="t", scope="read", days=1).json
        channel = create_room(app, person)
        tails.append(Reader(url, channel, token["secret"] if "token" in name else secret, after=0))
        ends.append(partial(end, app, person, secret, token, channel))
    until(lambda: all(tail.seqs() and tail.comments for tail in tails))

    for end in ends:
        end()

    until(lambda: all(tail.has_ended for tail in tails))
    before = [tail.seqs() for tail in tails]
    monkeypatch.setattr(app.flask.node.clock, "now", time.time)
    for tail in tails:
        post(app.owner, "a secret", tail.channel)
    assert [tail.seqs() for tail in tails] == before and "a secret" not in str([tail.events for tail in tails])
    until(lambda: not open_streams())
    other.stop()


def test_a_reader_that_stops_reading_costs_little_and_loses_nothing(app, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT", 0.0)  # comments in between
    channel = create_room(app)
    address = ("127.0.0.1", app.server.server_port)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(address)
        slow.sendall(f"GET /api/channels/{channel}/tail?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     f"Authorization: Bearer {app.owner.token}\r\n\r\n".encode())
        [stream] = until(lambda: [one for one in open_streams() if one.channel == channel])
        quick = [Reader(app.url, channel, app.owner.token, after=0) for _ in range(6)]  # enough to be written together
        until(lambda: all(one._sock for one in open_streams()) and len(open_streams()) == 7)
        stream._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for _ in range(8):
            last = fill(channel, 20)
            until(lambda last=last: all(one.seqs() == list(range(1, last + 1)) for one in quick))
        assert 100_000 < stream._size <= streams.MOST_BYTES and stream.is_open

        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        received, ids = slow.makefile("rb"), []
        for _ in range(2):  # pulled forward, then live again, with more at once than the system takes
            while not ids or ids[-1] < last:
                line = received.readline()
                ids += [json.loads(line[6:])["seq"]] if line.startswith(b"data: ") else []
            until(lambda: not stream.unsent)
            last = fill(channel, 15)
        assert ids == list(range(1, last - 14))

        monkeypatch.setattr(streams, "STALLED", 0.05)
        fill(channel, 300)
        until(lambda: not stream.is_open)  # it takes nothing
    until(lambda: stream not in open_streams())


def fill(channel, count):
    with db.transaction(channel) as tx:
        for _ in range(count):
            entry = log.append(tx, channel, "message", {"text": BIG}, author=1, key=f"fill-{next(fills)}")
    return entry.seq


fills = iter(range(10_000))


def test_a_person_has_as_many_tails_as_connections_and_a_stopping_server_says_when_to_return(tmp_path):
    app = RunningApp(tmp_path, limits="on")
    try:
        olga = app.set_up_owner()  # who has one connection
        tails = [Reader(app.url, LOBBY, olga.token) for _ in range(19)]
        refused = Reader(app.url, LOBBY, olga.token)
        assert [tail.status for tail in tails] == [200] * 19
        assert refused.status == 429 and json.load(refused.response)["id"] == "error.person_connections"
        tails[0].close()
        until(lambda: len(open_streams()) == 18)
        tails[0] = Reader(app.url, LOBBY, olga.token)
        assert tails[0].status == 200

        with app.flask.node.active():
            shutdown.close_connections(5)
        until(lambda: all(tail.has_ended for tail in tails))
        assert {tail.events[-1][0] for tail in tails} == {"shutdown"}
        assert all(500 <= int(tail.retry) < 2000 for tail in tails)
    finally:
        app.close()


def test_a_tail_at_one_node_has_what_was_written_at_another_and_ends_when_the_right_ends_there(tmp_path):
    with RunningCluster(tmp_path) as cluster:
        one, two = cluster.apps
        olga = one.set_up_owner()
        person, secret = one.create_account("ann")
        channel = create_room(one, person)
        tail = Reader(two.url, channel, secret, after=0)
        until(tail.seqs)
        for number in range(3):
            post(olga, f"number {number}", channel)
        with one.flask.node.active():
            last = head(channel)
        until(lambda: tail.seqs() == list(range(1, last + 1)))

        one.request("/api/sign-out", secret)

        until(lambda: tail.has_ended)
        assert Reader(two.url, channel, secret, last_event_id=tail.last_id).status == 401
        signed_in = one.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]
        assert Reader(two.url, channel, signed_in, last_event_id=tail.last_id).status == 200
