"""Slack's Web API: `slack_sdk.WebClient` works as it is, with the rights of the token's owner and Slack's words."""

import json
import logging
import secrets
import socket

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from hubbub import limits
from hubbub.core import db
from hubbub.hooks.mrkdwn import markdown
from hubbub.hooks.slack_api import METHODS, ids
from hubbub.hooks.slack_api.markup import mrkdwn
from tests import postgres
from tests.running_app import HERE, RunningApp

LOBBY = "room:1"


class Workspace:
    """A server with its owner Olga and a member Ann, a client of each, and a room of both."""

    def __init__(self, folder, url="", **settings):
        self.app = RunningApp(folder, url, **settings)
        self.olga = self.app.set_up_owner()
        self.ann = self.app.connect_member("ann")
        self.slack, self.ann_slack = self.client(self.olga.token), self.client(self.ann.token)
        self.ops = self.room("Ops")
        self.ann_slack.conversations_join(channel=self.ops)

    def room(self, name, kind="public"):
        return self.olga.call("create_room", name=name, kind=kind, key=name)["ok"]["channel"]

    def client(self, token):
        return WebClient(token=token, base_url=f"{self.app.url}/api/slack/")

    def token(self, scope):
        return self.olga.post("/api/tokens", name=scope, scope=scope).json["secret"]

    def window(self, channel=None):
        return self.olga.get(f"/api/channels/{channel or self.ops}/window").json["items"]

    def call(self, name, method="POST", **how):
        return self.app.flask.test_client().open(f"/api/slack/{name}", method=method, environ_overrides=HERE, **how)

    def refused(self, method, token=None, **arguments):
        """Call a method that is refused; return the word."""
        answer = self.call(method, json=arguments, headers={"Authorization": f"Bearer {token or self.olga.token}"})
        assert answer.status_code == 200 and answer.json["ok"] is False
        return answer.json["error"]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def team(request, tmp_path_factory):
    with postgres.lent_or_sqlite(request.param) as url:
        team = Workspace(tmp_path_factory.mktemp("slack"), url)
        yield team
        team.app.close()


def test_a_script_for_slack_runs_unchanged(team):
    slack, me = team.slack, team.slack.auth_test()
    where = f"<https://x.example|db1> & <@U{team.ann.person}> in <#{team.ops}>"
    posted = slack.chat_postMessage(channel="#ops", text=f"*Disk* of {where}",
                                    attachments=[{"color": "danger", "text": "91 % full"}])
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    again = [slack.chat_postMessage(channel=team.ops, text="once", client_msg_id="k1")["ts"] for _ in range(2)]
    reply = slack.chat_postMessage(channel=team.ops, text="on it", thread_ts=posted["ts"])
    both = slack.chat_postMessage(channel=team.ops, text="fixed", thread_ts=reply["ts"], reply_broadcast=True)
    team.ann_slack.reactions_add(channel=team.ops, timestamp=posted["ts"], name="eyes")
    firing = team.window()[-3]
    slack.chat_update(**where, text="*Disk*: resolved", attachments=[{"color": "good", "text": "fine"}])
    resolved = team.window()[-3]
    thread = slack.conversations_replies(**{"channel": team.ops, "ts": posted["ts"]})["messages"]
    team.ann_slack.reactions_remove(channel=team.ops, timestamp=posted["ts"], name="eyes")
    slack.chat_delete(channel=team.ops, ts=again[0])
    history = slack.conversations_history(channel=team.ops)["messages"]
    permalink = slack.chat_getPermalink(channel=team.ops, message_ts=posted["ts"])["permalink"]

    assert (me["user"], me["user_id"], me["url"]) == ("olga", f"U{team.olga.person}", f"{team.app.url}/")
    assert again[0] == again[1] and posted["channel"] == team.ops and posted["message"]["ts"] == posted["ts"]
    assert firing["text"] == "**Disk** of [db1](https://x.example) & @ann in #Ops\n\n91 % full"
    assert (firing["hook"], resolved["hook"]) == ({"tone": "danger"}, {"tone": "good"})
    assert (resolved["seq"], resolved["text"]) == (firing["seq"], "**Disk**: resolved\n\nfine")
    assert [one["text"] for one in thread] == ["*Disk*: resolved\n\nfine", "on it", "fixed"]
    assert (thread[1]["thread_ts"], thread[1]["ts"], thread[0]["reply_count"]) == (posted["ts"], reply["ts"], 2)
    assert thread[0]["reactions"] == [{"name": "eyes", "users": [f"U{team.ann.person}"], "count": 1}]
    assert (history[0]["ts"], history[0]["thread_ts"]) == (both["ts"], posted["ts"])
    assert history[1]["ts"] == posted["ts"] and "reactions" not in history[1]
    assert [one.get("subtype") for one in history[2:]] == ["channel_join", "channel_join", "channel_create"]
    assert permalink == f"{team.app.url}/room/{team.ops[5:]}/{firing['seq']}"


def test_rooms_people_and_pages_of_them(team):
    den, old = team.room("Den", "private"), team.room("Old")
    team.olga.request("PATCH", f"/api/rooms/{old[5:]}", archived=True, key="a")
    rooms = {room["name"]: room for page in team.slack.conversations_list(
        limit=1, types="public_channel,private_channel") for room in page["channels"]}
    seen_by_ann = team.ann_slack.conversations_list(types="private_channel,im", exclude_archived=True)["channels"]
    open_rooms = [room["name"] for room in team.slack.conversations_list(exclude_archived="true")["channels"]]
    direct = team.slack.conversations_open(users=[f"U{team.ann.person}"])["channel"]
    told = team.slack.chat_postMessage(channel=f"U{team.ann.person}", text="psst")
    people = [one for page in team.slack.users_list(limit=1) for one in page["members"]]
    members = [id for page in team.slack.conversations_members(channel=team.ops, limit=1) for id in page["members"]]

    assert rooms["Den"]["id"] == den and rooms["Den"]["is_private"] and rooms["Old"]["is_archived"]
    assert rooms["Lobby"]["is_general"] and seen_by_ann == [] and "Old" not in open_rooms and "Ops" in open_rooms
    assert team.slack.conversations_info(channel="den")["channel"]["id"] == den
    assert team.slack.conversations_info(channel=f"C{team.ops[5:]}")["channel"]["name"] == "Ops"
    assert direct["is_im"] and direct["user"] == f"U{team.ann.person}" and told["channel"] == direct["id"]
    assert [one["name"] for one in people if not one["is_bot"]] == ["olga", "ann"] and people[0]["is_owner"]
    assert sorted(members) == [f"U{team.olga.person}", f"U{team.ann.person}"]
    assert team.slack.users_info(user=f"U{team.ann.person}")["user"]["profile"]["real_name"] == "ann"


def test_pages_of_history_and_spans_of_time(team):
    room = team.room(secrets.token_hex(4))
    posts = [team.slack.chat_postMessage(channel=room, text=f"number {n}")["ts"] for n in range(5)]
    replies = [team.slack.chat_postMessage(channel=room, text=f"reply {n}", thread_ts=posts[0])["ts"] for n in range(5)]

    def texts(**span):
        found = team.slack.conversations_history(channel=room, **span)["messages"]
        return [int(one["text"][7:]) for one in found if "subtype" not in one]

    pages = [one["ts"] for page in team.slack.conversations_history(channel=room, limit=2) for one in page["messages"]]
    threads = [one["ts"] for page in team.slack.conversations_replies(channel=room, ts=posts[0], limit=2)
               for one in page["messages"]]
    assert pages[:5] == posts[::-1] and len(pages) == len(set(pages)) == 7 and threads == [posts[0], *replies]
    assert texts(oldest=posts[1], latest=posts[3]) == [2]
    assert texts(oldest=posts[1], latest=posts[3], inclusive=True) == [3, 2, 1]
    assert texts(oldest="0") == texts(latest="99999999999.5") == texts() == [4, 3, 2, 1, 0]
    assert texts(latest="1.5") == texts(oldest="99999999999") == []
    assert [one["ts"] for one in team.slack.conversations_replies(channel=room, ts=replies[1], oldest=replies[3])[
        "messages"]] == [posts[0], replies[4]]


def test_a_ts_names_one_message_also_of_millions_and_not_one_of_another_history(team):
    room = team.room(secrets.token_hex(4))
    posted = team.slack.chat_postMessage(channel=room, text="one")["ts"]
    with db.transaction(room) as tx:  # as if a million entries had been written since
        tx.execute("update channel set head = head + 999999 where name = :room", room=room)
        tx.execute("update entry set at = at - 60 where channel = :room", room=room)
    later = team.slack.chat_postMessage(channel=room, text="a million later")["ts"]
    second, digits = posted.split(".")
    seqs = [ids.find(db, room, ts) for ts in (f"{int(second) - 60}.{digits}", later)]

    assert seqs[1] - seqs[0] == 1_000_000 and digits == later.split(".")[1]
    assert team.refused("chat.update", channel=room, ts=f"{int(second) - 9}.{digits}", text="x") == "message_not_found"


def test_files_in_one_request_and_in_three_steps(team, tmp_path):
    big = secrets.token_bytes(1_300_000)
    sent = team.slack.files_upload_v2(channel=team.ops, filename="dump.bin", content=big, initial_comment="*the* dump")
    note = tmp_path / "note.txt"
    note.write_text("hello")
    with pytest.warns(UserWarning):
        legacy = team.slack.files_upload(channels=team.ops, file=str(note), title="a note")
        team.slack.files_upload(channels=team.ops, content="text", filename="t.txt")
    kept = team.slack.files_upload_v2(filename="mine.txt", content="mine")
    last = team.window()[-3:]

    history = team.slack.conversations_history(channel=team.ops, limit=3)["messages"]

    assert [one["files"][0]["url_private"] for one in history][2] == sent["file"]["url_private"]
    assert [item["files"][0]["name"] for item in last] == ["dump.bin", "note.txt", "t.txt"]
    assert (last[0]["text"], last[0]["files"][0]["size"]) == ("**the** dump", len(big))
    headers = {"Authorization": f"Bearer {team.ann.token}"}
    assert requests.get(sent["file"]["url_private"], headers=headers, timeout=30).content == big
    assert requests.get(kept["file"]["url_private"], headers=headers, timeout=30).status_code == 404
    assert legacy["file"]["name"] == "note.txt"
    begun = team.slack.files_getUploadURLExternal(filename="x", length=5)
    assert requests.post(begun["upload_url"], data=b"far too long", timeout=30).status_code == 400
    assert team.refused("files.completeUploadExternal", channel_id=team.ops, files=[{"id": begun["file_id"]}]) == (
        "file_not_found")
    assert requests.post(begun["upload_url"], files={"f": b"12345"}, timeout=30).text == "OK - 5"
    assert team.refused("files.completeUploadExternal", team.ann.token, channel_id=team.ops,
                        files=[{"id": begun["file_id"]}]) == "file_not_found"


def test_what_a_person_may_not_do_is_refused_in_slacks_words(team):
    secret = team.room(secrets.token_hex(4), "private")
    hidden = team.slack.chat_postMessage(channel=secret, text="hidden")["ts"]
    mine = team.slack.chat_postMessage(channel=team.ops, text="mine")["ts"]
    elsewhere, gone = team.room(secrets.token_hex(4)), team.room(secrets.token_hex(4))
    team.olga.request("PATCH", f"/api/rooms/{gone[5:]}", archived=True, key="a")
    reader, ann = team.token("read"), team.ann.token

    for room in (secret, f"C{secret[5:]}", "room:999", "#nowhere", "", "doc:1", "people:all"):
        for name in ("chat.postMessage", "chat.update", "reactions.add", "conversations.history", "conversations.info"):
            word = team.refused(name, ann, channel=room, text="x", ts=hidden, timestamp=hidden, name="eyes")
            assert word == ("channel_not_found" if room else "invalid_arguments")
    words = {
        "message_not_found": ("chat.update", ann, {"channel": team.ops, "ts": "1.000001", "text": "x"}),
        "cant_update_message": ("chat.update", ann, {"channel": team.ops, "ts": mine, "text": "x"}),
        "cant_delete_message": ("chat.delete", ann, {"channel": team.ops, "ts": mine}),
        "not_in_channel": ("chat.postMessage", ann, {"channel": elsewhere, "text": "x"}),
        "is_archived": ("chat.postMessage", None, {"channel": gone, "text": "x"}),
        "no_text": ("chat.postMessage", ann, {"channel": team.ops, "text": " "}),
        "msg_too_long": ("chat.postMessage", ann, {"channel": team.ops, "text": "x" * 16_001}),
        "thread_not_found": ("chat.postMessage", ann, {"channel": team.ops, "text": "x", "thread_ts": "5.000009"}),
        "no_reaction": ("reactions.remove", ann, {"channel": team.ops, "timestamp": mine, "name": "eyes"}),
        "invalid_name": ("reactions.add", ann, {"channel": team.ops, "timestamp": mine, "name": "no-such"}),
        "user_not_found": ("users.info", ann, {"user": "U999"}),
        "too_many_users": ("conversations.open", ann, {"users": ["U999"] * 1000}),
        "too_many_files": ("files.completeUploadExternal", ann, {"files": [{"id": "0" * 32}] * 1000}),
        "invalid_auth": ("auth.test", "made-up", {}),
        "unknown_method": ("rtm.start", ann, {}),
    }
    for word, (name, token, arguments) in words.items():
        assert team.refused(name, token, **arguments) == word
    team.ann_slack.reactions_add(channel=team.ops, timestamp=mine, name="eyes")
    with pytest.raises(SlackApiError, match="already_reacted"):
        team.ann_slack.reactions_add(channel=team.ops, timestamp=mine, name="eyes")
    with pytest.raises(SlackApiError) as refused:
        team.client(reader).chat_postMessage(channel=team.ops, text="x")
    assert {name: refused.value.response[name] for name in ("error", "needed", "provided")} == {
        "error": "missing_scope", "needed": "write", "provided": "read"}
    assert team.client(reader).conversations_history(channel=team.ops)["ok"]


def test_a_token_may_be_a_form_field_and_a_cookie_is_none(team):
    as_form = team.call("chat.postMessage", data={"token": team.ann.token, "channel": team.ops, "username": "CI",
                                                  "attachments": json.dumps([{"title": "Build", "text": "*ok*"}])})
    item = team.window()[-1]
    bot = team.olga.post("/api/bots", name="Robot").json["id"]
    token = team.olga.post(f"/api/bots/{bot}/tokens", name="slack", scope="write").json["secret"]
    team.client(token).chat_postMessage(channel="#lobby", text="built", username="CI", icon_emoji=":hammer:")
    said = team.window(LOBBY)[-1]
    cookie = team.app.request("/api/sign-in", handle="ann", password="correct horse battery").headers["Set-Cookie"]

    assert as_form.json["ok"] and item["text"] == "**Build**\n**ok**"
    assert item["alias"]["name"] == "CI (ann)"  # nobody can be taken for somebody else
    assert (said["alias"], team.refused("chat.postMessage", token, channel=team.ops, text="x")) == (
        {"name": "CI", "icon": "🔨"}, "channel_not_found")
    assert team.call("auth.test", data={"token": team.ann.token}).json["user"] == "ann"
    assert team.call("auth.test", "GET", query_string={"token": team.ann.token}).json["error"] == "not_authed"
    assert team.call("auth.test", "GET", headers={"Cookie": cookie.partition(";")[0]}).json["error"] == "not_authed"


deep = "[" * 5000
ODD_VALUES = [-1, 1e308, "\0", "-1", "9" * 40, f"U{9 ** 15}", f"room:{9 ** 14}", "1.000001"]  # that reach a database
ODD = [*ODD_VALUES, None, True, 7, 1.5, "", " ", "\ud800", "1e9", [], {}, [None, [1]], {"a": {"b": None}},
       "x" * 20_000, deep]


def test_hostile_calls_get_slacks_errors(team, caplog):
    headers = {"Authorization": f"Bearer {team.ann.token}", "Content-Type": "application/json"}
    names = ("channel", "ts", "timestamp", "text", "limit", "cursor", "users", "user", "types", "files", "name",
             "oldest", "length", "attachments", "blocks", "thread_ts", "client_msg_id", "channels", "content")
    good = {"channel": team.ops, "text": "x", "name": "eyes", "user": "U1", "length": 5}
    for method in METHODS:
        for odd in ODD_VALUES if team.app.config.database_url else ODD:
            for arguments in ({name: odd for name in names}, {**good, "ts": odd, "timestamp": odd, "limit": odd},
                              {**good, "cursor": odd, "oldest": odd, "thread_ts": odd, "types": odd, "blocks": odd}):
                answer = team.call(method, data=json.dumps(arguments), headers=headers)
                assert answer.status_code == 200 and answer.json["ok"] in (True, False), (method, odd)
    for body in (b"{", b"[]", b"\xff", deep.encode(), b'{"text": "\\ud800"}', b"x" * 2_000_000):
        assert team.call("chat.postMessage", data=body, headers=headers).json["ok"] is False
    assert team.call("chat.postMessage", data=b"--b\r\n", headers={
        **headers, "Content-Type": "multipart/form-data; boundary=b"}).json["ok"] is False
    assert team.call(f"upload/{secrets.token_hex(16)}", data=b"x").status_code == 400
    assert [record.getMessage() for record in caplog.records
            if record.levelno >= logging.ERROR and record.name.startswith("hubbub")] == []


@pytest.mark.parametrize("path", ["files.upload", "upload/00000000000000000000000000000000"])
def test_a_strangers_file_is_refused_before_it_is_sent(team, path):
    with socket.create_connection(("127.0.0.1", team.app.server.server_port), timeout=20) as stranger:
        stranger.sendall(f"POST /api/slack/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer made-up\r\n"
                         "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n".encode())
        answer = stranger.recv(4096)

    assert b"invalid_auth" in answer or b"file_not_found" in answer


def test_a_flood_is_answered_with_429(tmp_path):
    team = Workspace(tmp_path, limits="on")
    how = {"json": {"channel": LOBBY, "text": "x"}, "headers": {"Authorization": f"Bearer {team.olga.token}"}}
    first = team.call("chat.postMessage", **how)
    with team.app.flask.node.active():
        limits.state().full_at["post", team.olga.person] += 60  # seconds
    limited = team.call("chat.postMessage", **how)

    assert first.json["ok"] and limited.status_code == 429
    assert (limited.json, int(limited.headers["Retry-After"]) >= 1) == ({"ok": False, "error": "ratelimited"}, True)
    team.app.close()


MARKUP = {
    "**b** *i* _i_ ~~s~~ ***both***": "*b* _i_ _i_ ~s~ *_both_*",
    "a < b & c > d": "a &lt; b &amp; c &gt; d",
    "[x](https://x.example/?a=1&b=2) https://y.example.": "<https://x.example/?a=1&amp;b=2|x> <https://y.example.>",
    "@ann and @room, @nobody": "<@U7> and <!channel>, @nobody",
    "`*a*` ```\n**x** <y>\n``` 2 * 3 snake_case_name": "`*a*` ```**x** &lt;y&gt;\n``` 2 * 3 snake_case_name",
    "\\*not bold\\* **open": "*not bold* **open",
}


@pytest.mark.parametrize("text", MARKUP)
def test_markdown_becomes_slacks_markup(text):
    assert mrkdwn(text, {"ann": 7}) == MARKUP[text]


def test_slacks_markup_survives_the_way_there_and_back():
    for text in ("*b* _i_ ~s~ *_both_* `c` &lt;&amp;&gt;", "<https://x.example|x> and <https://y.example>", "2 * 3"):
        assert mrkdwn(markdown(text), {}) == text
