"""Publishing: programs notify people, groups, rooms and topics; they change, withdraw and delay what they sent."""

import base64
import io
import json
import re
from dataclasses import replace
from functools import partial

import pytest
from gevent.pywsgi import WSGIServer
from PIL import Image

from hubbub.core import access, db, node
from hubbub.hooks.outgoing import sending
from hubbub.people import groups
from tests.mail_server import MailServer
from tests.running_app import HERE, LOBBY, RunningApp
from tests.statements import statements
from tests.waiting import until


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    bob = any_app.connect_member("bob")
    bob.call("subscribe", channel=f"inbox:{bob.person}")
    return bob


def send(who, path, body="", method="POST", **headers):
    """Send a request as a program with a token does."""
    headers = {"Authorization": f"Bearer {who.token}"} | {name.replace("_", "-"): one for name, one in headers.items()}
    return who.app.flask.test_client().open(f"/notify{path}", method=method, data=body, headers=headers)


def put(who, path, **body):
    return who.app.request(path, who.token, "PUT", **body)


def inbox(who):
    return [one for one in who.get(f"/api/channels/inbox:{who.person}/window").json["items"] if "deleted" not in one]


def receipt(who, id):
    return who.get(f"/api/notifications/{id}").json


def test_a_program_notifies_a_person_with_everything_that_ntfy_has(ann, bob):
    answer = send(ann, "/bob", "The disk of **db1** is full", Title="Disk", Priority="max", Tags="warning,db1",
                  Click="https://x.example/", Icon="https://x.example/i.png", Attach="https://x.example/a/log.txt?b",
                  Actions="view, Look, https://x.example/look; http, Grow, https://x.example/grow, body=1, clear=true",
                  Firebase="no", Cache="no")

    found = answer.json
    assert answer.status_code == 200 and len(found["id"]) == 12 and found["expires"] > found["time"]
    assert {name: found[name] for name in ("event", "topic", "title", "message", "priority", "tags", "click")} == {
        "event": "message", "topic": "bob", "title": "Disk", "message": "The disk of **db1** is full", "priority": 5,
        "tags": ["warning", "db1"], "click": "https://x.example/"}
    assert found["attachment"] == {"name": "log.txt", "url": "https://x.example/a/log.txt?b"}
    assert [(one["action"], one["label"], one["clear"]) for one in found["actions"]] == [
        ("view", "Look", False), ("http", "Grow", True)]
    [entry] = bob.received("notification", 1)
    data = entry["data"]
    assert entry["author"] == ann.person and data["cause"] == "published" and data["urgent"]
    assert (data["title"], data["text"], data["url"]) == ("Disk", "The disk of **db1** is full", "https://x.example/")
    assert (data["priority"], data["emoji"], data["tags"], data["icon"]) == (
        5, "⚠️", ["db1"], "https://x.example/i.png")
    assert data["actions"] == [{"action": "view", "label": "Look", "clear": False, "url": "https://x.example/look"},
                               {"action": "http", "label": "Grow", "clear": True}]  # its address stays on the server


def test_headers_parameters_json_and_addresses_mean_the_same(ann, bob):
    basic = base64.b64encode(f"ann:{ann.token}".encode()).decode()
    auth = base64.urlsafe_b64encode(f"Basic {basic}".encode()).decode().rstrip("=")
    post = ann.app.flask.test_client().open
    body = {"topic": "bob", "title": "T", "message": "m", "tags": ["tada"], "priority": 4, "markdown": True}

    answers = [
        send(ann, "/bob", "m", t="T", ta="tada", prio="high", Markdown="yes"),
        send(ann, "/bob?title=T&tags=tada&p=4&md=1", "m", method="PUT"),
        send(ann, "/bob/publish?message=m&title=T&tag=tada&priority=high", method="GET", X_Markdown="1"),
        send(ann, "", json.dumps(body)),
        post("/", method="POST", data=json.dumps(body), headers={"Authorization": f"Basic {basic}"}),
        post(f"/bob?auth={auth}&t=T&m=m&tags=tada&p=4&md=1", method="POST"),
        post("/notify/bob", method="POST", data="m", content_type="text/markdown", headers={
            "Authorization": f"Basic {base64.b64encode(f':{ann.token}'.encode()).decode()}",
            "Title": "=?UTF-8?B?VA==?=", "X-Tags": "tada", "X-Priority": "4"}),
    ]

    assert [answer.status_code for answer in answers] == [200] * 7
    shown = [(one["title"], one["text"], one["emoji"], one["priority"], one["markdown"]) for one in inbox(bob)]
    assert shown == [("T", "m", "🎉", 4, True)] * 7


def test_refusals_have_the_shape_of_ntfys(ann, bob):
    guest = ann.app.create_guest("gil")
    get = ann.app.flask.test_client()
    wrong = base64.b64encode(f"bob:{ann.token}".encode()).decode()

    def refusal(answer):
        assert answer.status_code == answer.json["http"] and answer.json["error"]
        return answer.json["code"]

    assert refusal(get.post("/notify/bob", data="m")) == 40101
    assert refusal(get.post("/notify/bob", data="m", headers={"Authorization": f"Basic {wrong}"})) == 40101
    assert refusal(get.post("/notify/bob", data="m", headers={"Authorization": f"Bearer {guest[1]}"})) == 40301
    assert get.post("/bob", data="m").status_code == 404  # at the root only with a token
    assert get.post("/inbox", data="m", headers={"Authorization": f"Bearer {ann.token}"}).status_code == 405
    assert refusal(send(ann, "/@nobody", "m")) == 40401
    assert refusal(send(ann, "/room:99", "m")) == 40401
    assert refusal(send(ann, "/no spaces", "m")) == 40009
    for headers, code in (({"Priority": "9"}, 40007), ({"Delay": "soon"}, 40004), ({"At": "1000000000"}, 40005),
                          ({"In": "2000d"}, 40006), ({"Email": "a@b.example"}, 40001), ({"Call": "+1"}, 40032),
                          ({"Attach": "file:///etc/passwd"}, 40013), ({"Icon": "javascript:1"}, 40021),
                          ({"Actions": "dance"}, 40018), ({"Actions": "view, x, javascript:alert(1)"}, 40018),
                          ({"Delay": "1h", "Cache": "no"}, 40002), ({"Click": "javascript:alert(1)"}, 40000)):
        assert refusal(send(ann, "/bob", "m", **headers)) == code
    assert refusal(send(ann, "", "[1]")) == 40017 and refusal(send(ann, "", "\udcff".encode(errors="replace"))) == 40017
    assert inbox(bob) == []


def test_groups_several_rooms_and_topics_are_reached_once(ann, bob, olga):
    group = groups.create(olga.person, "oncall", "On call", [bob.person, ann.person])
    send(ann, "/alerts", "first")  # creates the topic
    for who in (ann, bob):
        assert put(who, "/api/topics/alerts/subscription", subscribed=True, least=3).json["subscribed"]
    put(olga, "/api/topics/alerts/subscription", subscribed=True, muted=True)

    answer = send(ann, "/alerts,@oncall,bob,lobby", "all at once", Tags="skull,db", Priority="high")
    send(ann, "/alerts", "too quiet", Priority="low")

    assert group.handle == "oncall" and answer.status_code == 200
    assert [(one["text"], one["title"]) for one in inbox(bob)] == [("all at once", "alerts")]
    assert [(one["text"], one["author"]) for one in inbox(ann)] == [("all at once", 0)]  # from herself
    assert inbox(olga) == []
    [message] = [one for one in ann.get(f"/api/channels/{LOBBY}/window").json["items"] if one["kind"] == "message"]
    assert (message["text"], message["author"]) == ("💀 all at once\n`db`", ann.person)
    assert message["hook"] == {"tone": "warning"}


def test_a_closed_topic_is_for_its_people(ann, bob, olga):
    assert ann.post("/api/topics", name="secret", open=False).status_code == 201

    assert send(bob, "/secret", "m").json["code"] == 40301
    assert put(bob, "/api/topics/secret/subscription", subscribed=True).status_code == 404
    assert bob.get("/api/topics/secret").json["id"] == "error.topic_not_found" and bob.get("/api/topics").json == []
    assert bob.get("/api/topics/nothing").json["id"] == "error.topic_not_found"
    ann.app.request("/api/topics/secret", ann.token, "PATCH", add=["@bob"])
    assert put(bob, "/api/topics/secret/subscription", subscribed=True).json["subscribed"]
    assert send(bob, "/secret", "m").status_code == 200
    assert ann.get("/api/topics/secret").json["people"] == [bob.person]
    ann.app.request("/api/topics/secret", ann.token, "PATCH", remove=["bob"])
    send(ann, "/secret", "later")
    assert [one["text"] for one in inbox(bob)] == ["m"]
    assert ann.app.request("/api/topics/secret", olga.token, "DELETE").status_code == 404


def test_the_same_key_changes_a_notification_everywhere_until_it_is_withdrawn(ann, bob):
    first = send(ann, "/bob,lobby/deploy-1", "step 1", Priority="high", Attach="https://x.example/a").json
    bob.call("read_notifications", seqs=[inbox(bob)[0]["seq"]])
    again = send(ann, "/bob,lobby/deploy-1", "step 1", Priority="high", Attach="https://x.example/a").json
    changed = send(ann, "/bob,lobby", "step *2*", X_Sequence_ID="deploy-1", Title="New", Markdown="1").json

    assert first["sequence_id"] == changed["sequence_id"] == "deploy-1" and again["id"] == first["id"]
    [one] = inbox(bob)
    assert (one["title"], one["text"], one["priority"], one.get("attachment"), one["read"]) == (
        "New", "step 2", 3, {}, True)
    [revised] = bob.received("revised", 1)
    assert revised["data"]["targets"] == [one["seq"]] and revised["data"]["title"] == "New"
    [message] = [one for one in ann.get(f"/api/channels/{LOBBY}/window").json["items"] if one["kind"] == "message"]
    assert message["text"] == "**New**\nstep *2*"
    found = receipt(ann, "deploy-1")
    [recipient] = found["recipients"]
    assert (found["id"], found["state"], found["posted"]) == (first["id"], "published", [LOBBY])
    assert recipient["handle"] == "bob" and recipient["read"] >= recipient["delivered"]
    assert bob.get(f"/api/notifications/{first['id']}").status_code == 404  # for its author only
    assert send(bob, f"/bob,lobby/{first['id']}", method="DELETE").status_code == 404

    gone = send(ann, "/bob,lobby/deploy-1", method="DELETE").json
    assert (gone["event"], gone["sequence_id"]) == ("message_delete", "deploy-1")
    assert inbox(bob) == [] and receipt(ann, first["id"])["state"] == "withdrawn"
    assert [one["deleted"] for one in ann.get(f"/api/channels/{LOBBY}/window").json["items"]] == [True]
    send(ann, "/bob/other", "new")
    assert send(ann, "/bob/other/clear", method="PUT").json["event"] == "message_clear"
    assert [one["read"] for one in inbox(bob)] == [True]


def test_a_delayed_notification_is_published_at_its_time_unless_it_is_cancelled(ann, bob, any_app):
    sent = send(ann, "/bob", "later", In="1 hour").json
    cancelled = send(ann, "/bob/tea", "tea", Delay="2s").json
    assert sent["time"] >= node.now() + 3590 and inbox(bob) == []
    assert [one["state"] for one in ann.get("/api/notifications?waiting=1").json] == ["waiting", "waiting"]

    assert send(ann, "/bob/tea", method="DELETE").status_code == 200
    moved = send(ann, f"/bob/{sent['id']}", "sooner", In="1s").json
    until(lambda: [one["text"] for one in inbox(bob)] == ["sooner"])

    assert moved["sequence_id"] == sent["id"] != cancelled["id"]
    assert receipt(ann, sent["id"])["due"] is None and ann.get("/api/notifications?waiting=1").json == []
    assert db.execute("select count(*) from publication where due is not null") == [(0,)]


def test_a_body_with_a_name_is_a_file_for_those_who_are_notified(ann, bob, olga):
    picture = b"\x89PNG\r\n\xff" + bytes(2000)
    answer = send(ann, "/bob", picture, method="PUT", Filename="disk.png", Message="look").json
    long = send(ann, "/bob", "x" * 5000).json

    [one, other] = inbox(bob)
    file = one["attachment"]
    assert (one["text"], file["name"], file["size"]) == ("look", "disk.png", len(picture))
    assert answer["attachment"]["url"].endswith(f"/files/{file['id']}/disk.png")
    assert bob.get(f"/files/{file['id']}/disk.png").data == picture
    assert olga.get(f"/files/{file['id']}/disk.png").status_code == 404
    assert other["text"] == "You received a file: attachment.txt" and long["attachment"]["size"] == 5000
    in_room = send(ann, "/lobby", b"text", Filename="notes.txt").json
    message = ann.get(f"/api/channels/{LOBBY}/window").json["items"][-1]
    assert [found["name"] for found in message["files"]] == ["notes.txt"] and in_room["attachment"]["size"] == 4
    send(ann, f"/bob/{answer['id']}", method="DELETE")
    assert bob.get(f"/files/{file['id']}/disk.png").status_code == 404


def test_the_readers_among_many_people_are_found_with_as_many_statements_as_among_one(ann, bob, olga, monkeypatch):
    ann.post("/api/topics", name="secret", open=False)
    to_bob, to_topic = send(ann, "/bob", "m").json, send(ann, "/secret", "m").json
    people = [bob.person, olga.person, ann.person]
    for sent, readers in ((to_bob, [bob.person, ann.person]), (to_topic, [ann.person])):
        channel = f"note:{sent['id']}"
        one, all = (statements(monkeypatch, partial(access.readers, db, some, channel))
                    for some in (people[:1], people))

        assert len(one) == len(all) and access.readers(db, people, channel) == readers


class Target:
    """A program on loopback that `http` actions call; `status` is its next answer."""

    def __init__(self):
        self.received, self.status, picture = [], "200 OK", io.BytesIO()
        Image.new("RGB", (300, 200), "red").save(picture, "PNG")
        self.icon = picture.getvalue()
        self.server = WSGIServer(("127.0.0.1", 0), self._handle, log=None)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/grow?a=1"

    def _handle(self, environ, start_response):
        headers = {name: environ.get(f"HTTP_{name}") for name in ("X_TOKEN", "COOKIE", "HOST", "AUTHORIZATION")}
        self.received.append((environ["REQUEST_METHOD"], environ["wsgi.input"].read(), headers))
        if environ["PATH_INFO"] == "/icon.png":
            start_response("200 OK", [("Content-Type", "image/png")])
            return [self.icon]
        start_response(self.status, [("Content-Type", "text/plain")])
        return [b"secret"]


def test_an_action_is_carried_out_once_for_each_person_and_only_at_public_addresses(tmp_path):
    app, target = RunningApp(tmp_path, push_private=True), Target()
    app.set_up_owner()
    ann, bob, eve = (app.connect_member(name) for name in ("ann", "bob", "eve"))
    actions = [{"action": "http", "label": "Grow", "url": target.url, "method": "put", "clear": True, "body": "1",
                "headers": {"X-Token": "s3cret", "Host": "evil.example", "Cookie": "a=b"}},
               {"action": "view", "label": "Look", "url": "https://x.example/"}]
    icon = target.url.partition("/grow")[0] + "/icon.png"
    sent = ann.post("/api/notifications", to="@bob", text="full", actions=actions, key="disk", icon=icon).json
    fetched = bob.get(f"/api/notifications/{sent['id']}/icon")
    assert Image.open(io.BytesIO(fetched.data)).size == (96, 64) and fetched.mimetype == "image/webp"
    assert eve.get(f"/api/notifications/{sent['id']}/icon").status_code == 404
    target.received.clear()
    [seq] = [one["seq"] for one in inbox(bob)]

    def press(who, action=0):
        return who.post(f"/api/inbox/{seq}/actions/{action}").json

    target.status = "500 Broken"
    assert press(bob) == {"result": "failed", "status": 500} and not inbox(bob)[0]["read"]
    target.status = "201 Done"
    assert [press(bob), press(bob)] == [{"result": "done", "status": 201}] * 2
    host = target.url.removeprefix("http://").partition("/")[0]
    assert target.received == [("PUT", b"1", {"X_TOKEN": "s3cret", "COOKIE": None, "HOST": host,
                                              "AUTHORIZATION": None})] * 2
    assert inbox(bob)[0]["read"] and "s3cret" not in json.dumps(inbox(bob))
    assert press(bob, 1)["id"] == press(eve)["id"] == "error.action_not_found"
    changed = ann.post("/api/notifications", to="@bob", text="fuller", actions=actions, key="disk").json
    assert press(bob)["result"] == "done" and len(target.received) == 3  # it is another notification now
    ann.app.request(f"/api/notifications/{changed['id']}", ann.token, "DELETE")
    assert press(bob)["id"] == "error.action_not_found"
    app.flask.node.config = replace(app.flask.node.config, push_private=False)
    sending.state.forget()
    send(ann, "/bob", "full", Actions=f"http, Grow, {target.url}")
    seq = inbox(bob)[-1]["seq"]
    assert press(bob) == {"result": "forbidden", "status": 0} and len(target.received) == 3
    app.close()


def test_an_on_call_list_is_asked_and_the_author_sees_who_acknowledged(ann, bob, olga):
    group = groups.create(olga.person, "oncall", "On call", [bob.person, olga.person])
    put(olga, f"/api/on-call/{group.id}", plan={"steps": [{"who": [bob.person]}, {"who": [olga.person]}]})

    sent = ann.post("/api/notifications", to="@oncall", text="db1 is down", priority=4).json
    [one] = inbox(bob)
    acknowledged = bob.post(f"/api/inbox/{one['seq']}/acknowledge").json

    assert (one["urgent"], one["acknowledged"], inbox(olga)) == (True, None, [])
    assert acknowledged["acknowledged"]["person"] == bob.person
    [recipient] = receipt(ann, sent["id"])["recipients"]
    assert recipient["handle"] == "bob" and recipient["acknowledged"] == acknowledged["acknowledged"]["at"]
    assert [(told["cause"], told["text"], told["author"]) for told in inbox(ann)] == [
        ("acknowledged", "db1 is down", bob.person)]
    quiet = ann.post("/api/notifications", to="@olga", text="look", acknowledge=True).json
    assert inbox(olga)[0]["urgent"]
    ann.app.request(f"/api/notifications/{quiet['id']}", ann.token, "DELETE")
    assert db.execute("select count(*) from alarm where step_at is not null or ring_at is not null") == [(0,)]


def test_a_notification_is_mailed_to_its_authors_own_confirmed_address(ann, bob, any_app):
    server = MailServer()
    node.current().config = replace(any_app.config, smtp_url=f"smtp://localhost:{server.port}?tls=no",
                                    smtp_sender="hubbub@chat.example.org")
    assert send(ann, "/bob", "m", Email="ann@x.example").json["code"] == 40001
    put(ann, "/api/me/mail", address="ann@x.example")
    [mail] = server.received(1)
    link = re.search(r"http://[^/]+(/\S+)", mail.get_body(("plain",)).get_content())[1]
    any_app.http.post(link, environ_overrides=HERE)

    assert send(ann, "/bob", "m", Email="bob@x.example").json["code"] == 40001
    assert send(ann, "/bob", "91 %", Title="Disk", Email="yes", Click="https://x.example/").status_code == 200

    [_, mail] = server.received(2)
    server.stop()
    assert (mail["Subject"], mail["To"]) == ("Disk", "ann@x.example")
    assert mail.get_content().split() == ["91", "%", "https://x.example/"]


def test_what_is_delayed_or_changed_for_a_person_who_is_gone_by_then_becomes_no_topic(ann, bob, olga):
    sent = send(ann, "/bob", "between us", In="1s").json
    send(ann, "/bob/progress", "1 %")
    olga.post(f"/api/people/{bob.person}/ban")

    until(lambda: receipt(ann, sent["id"])["state"] == "failed")
    assert send(ann, "/bob/progress", "2 %").status_code == 404

    assert receipt(ann, sent["id"])["problem"] == "error.publish_nobody" and ann.get("/api/topics").json == []


def test_a_delayed_notification_is_published_with_the_rights_of_then(ann, bob):
    ann.post("/api/topics", name="secret", open=False)
    ann.app.request("/api/topics/secret", ann.token, "PATCH", add=["bob"])
    put(ann, "/api/topics/secret/subscription", subscribed=True)
    sent = send(bob, "/secret", "m", In="1s").json
    ann.app.request("/api/topics/secret", ann.token, "PATCH", remove=["bob"])

    until(lambda: receipt(bob, sent["id"])["state"] == "failed")

    assert receipt(bob, sent["id"])["problem"] == "error.topic_closed" and inbox(ann) == []
