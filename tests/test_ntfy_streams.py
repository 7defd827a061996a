"""Subscribing with ntfy's clients: JSON lines, server-sent events, text and WebSockets, since a moment and live."""

import contextlib
import http.client
import json
import socket

import pytest
from websocket import create_connection

from tests.test_publishing import send


@pytest.fixture
def ann(app):
    app.set_up_owner()
    return app.connect_member("ann")


@contextlib.contextmanager
def stream(who, path):
    """Open a stream on the real server, and return a function that reads a line."""
    connection = http.client.HTTPConnection(who.app.url.removeprefix("http://"), timeout=30)
    connection.request("GET", f"/notify{path}", headers={"Authorization": f"Bearer {who.token}"})
    sock, response = connection.sock, connection.getresponse()
    yield lambda: response.readline().decode().rstrip("\n")
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    connection.close()


def poll(who, path):
    answer = who.app.flask.test_client().get(f"/notify{path}", headers={"Authorization": f"Bearer {who.token}"})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.data.decode().splitlines()]


def texts(messages):
    return [one.get("message", one["event"]) for one in messages]


def test_messages_are_polled_since_a_moment_and_filtered(ann):
    one = send(ann, "/alerts", "one", Title="T", Tags="disk,db1", Priority="high").json
    two = send(ann, "/alerts", "two").json
    send(ann, "/others", "three", Tags="disk")
    send(ann, "/alerts", "later", In="1h")
    send(ann, f"/alerts/{two['id']}", "two, changed")

    assert texts(poll(ann, "/alerts/json?poll=1")) == ["one", "two", "two, changed"]
    assert poll(ann, "/alerts/json?poll=1")[0] == one
    assert texts(poll(ann, f"/alerts,others/json?poll=1&since={one['id']}")) == ["two", "two, changed", "three"]
    assert texts(poll(ann, "/alerts/json?poll=1&since=latest")) == ["two, changed"]
    assert texts(poll(ann, "/alerts/json?poll=1&since=10m&p=4,5&tags=db1")) == ["one"]
    assert texts(poll(ann, "/alerts/json?poll=1&sched=1&title=none")) == ["later"]
    assert texts(poll(ann, f"/alerts/json?poll=1&id={two['id']}")) == ["two"]
    get = ann.app.flask.test_client().get
    assert get("/alerts/json?poll=1").status_code == 404  # at the root only with a token
    assert get(f"/alerts/json?poll=1&auth={'x' * 8}").status_code == 404
    bearer = {"Authorization": f"Bearer {ann.token}"}
    assert len(get("/alerts/json?poll=1", headers=bearer).data.splitlines()) == 3
    assert get("/notify/alerts/auth", headers=bearer).json == {"success": True}
    assert get("/notify/nothing/json?poll=1", headers=bearer).json["code"] == 40401
    assert get("/notify/alerts/json?poll=1&since=x", headers=bearer).json["code"] == 40008
    assert get("/notify/alerts/ws", headers=bearer).json["code"] == 40016
    assert get("/notify/v1/health").json == {"healthy": True}


def test_streams_of_all_formats_go_on_live_and_end_with_the_right(ann):
    first = send(ann, "/alerts", "first").json
    with stream(ann, "/alerts/json?since=all") as lines, stream(ann, "/alerts/sse") as events, \
            stream(ann, "/alerts/raw") as raw:
        assert json.loads(lines())["event"] == "open" and json.loads(lines()) == first
        assert (events(), json.loads(events()[6:])["topic"], events()) == ("event: open", "alerts", "")
        assert raw() == ""
        url = ann.app.url.replace("http", "ws")
        sock = create_connection(f"{url}/notify/alerts/ws", header=[f"Authorization: Bearer {ann.token}"], timeout=30)
        assert json.loads(sock.recv())["event"] == "open"
        second = send(ann, "/alerts", "line\nend", Title="Größe").json
        assert json.loads(lines()) == json.loads(sock.recv()) == second
        assert (json.loads(events()[6:]), events(), raw()) == (second, "", "line end")
        send(ann, f"/alerts/{second['id']}", method="DELETE")
        gone = json.loads(lines())
        assert (gone["event"], gone["sequence_id"]) == ("message_delete", second["id"])
        assert json.loads(sock.recv())["event"] == "message_delete"
        sock.ping("tea")
        assert (sock.recv_data(control_frame=True)[1]) == b"tea"
        sock.close()
        assert texts(poll(ann, "/alerts/json?poll=1")) == ["first", "message_delete"]
        ann.post("/api/sign-out")
        assert lines() == ""


def test_a_topic_that_is_closed_ends_the_streams_of_others(ann):
    bob = ann.app.connect_member("bob")
    send(ann, "/alerts", "first")
    send(ann, "/others", "first")
    with stream(bob, "/others,alerts/json") as lines, stream(ann, "/alerts/json") as hers:
        lines()
        hers()
        ann.app.request("/api/topics/alerts", ann.token, "PATCH", open=False)
        assert lines() == ""
        send(ann, "/alerts", "second")
        assert json.loads(hers())["message"] == "second"
