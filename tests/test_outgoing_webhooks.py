"""Outgoing webhooks: what triggers them, how they are called, what becomes of the answers of a real program."""

import logging
import secrets

import gevent
import pytest

from hubbub.core import consumers, db
from hubbub.core.log import Entry
from hubbub.hooks.outgoing import calls, model, sending, triggers
from hubbub.hooks.outgoing.calls import Cause
from tests import postgres
from tests.running_app import HERE, LOBBY, RunningApp, post
from tests.statements import statements
from tests.waiting import until
from tests.webhook_receiver import Receiver


class Team:
    """Olga owns the server and the room Ops; her bot Robin is in it; Ann is a member of it; a program receives."""

    def __init__(self, folder, url="", **settings):
        self.app = RunningApp(folder, url, push_private=True, **settings)
        self.olga, self.ann = self.app.set_up_owner(), self.app.connect_member("ann")
        self.ops = self.room("Ops")
        self.bot = self.olga.post("/api/bots", name="Robin").json["id"]
        self.add(self.ops, self.bot, self.ann.person)
        self.receiver = Receiver()

    def room(self, name, kind="private"):
        return self.olga.call("create_room", name=name, kind=kind, key=secrets.token_hex(4))["ok"]["channel"]

    def add(self, room, *people):
        answer = self.olga.post(f"/api/rooms/{room[5:]}/members", people=people, key=secrets.token_hex(4))
        assert answer.status_code == 200

    def webhook(self, path, trigger="message", word="", **more):
        """Create a webhook whose requests arrive at a path of the receiver."""
        hook = self.olga.post(f"/api/bots/{self.bot}/outgoing", url=self.receiver.url + path, trigger=trigger,
                              word=word, **more).json
        self.receiver.secrets[path] = hook.get("secret", "")
        return hook

    def items(self, room=None, who=None):
        return (who or self.olga).get(f"/api/channels/{room or self.ops}/window").json["items"]

    def texts(self, room=None):
        return [item["text"] for item in self.items(room) if item["kind"] == "message"]

    def calls(self, hook):
        return self.olga.get(f"/api/outgoing/{hook['id']}/calls").json

    def close(self):
        self.receiver.stop()
        self.app.close()


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    monkeypatch.setattr(sending, "PAUSES", (.01, .01))
    monkeypatch.setattr(sending, "SHORT", (.01,))


@pytest.fixture(params=["sqlite", "postgres"])
def team(request, tmp_path):
    with postgres.lent_or_sqlite(request.param) as url:
        team = Team(tmp_path, url)
        yield team
        team.close()
    assert team.receiver.forged == []


@pytest.fixture
def small(tmp_path):
    team = Team(tmp_path)
    yield team
    team.close()
    assert team.receiver.forged == []


def test_messages_trigger_webhooks_and_the_answers_are_replies_of_the_bot(team):
    post(team.ann, "said before anybody listened", team.ops)
    all_, mentioned = team.webhook("/all", format="json"), team.webhook("/mention", "mention")
    team.webhook("/word", "keyword", "deploy, rollback", channel=team.ops)
    elsewhere = team.room("Elsewhere")
    team.add(elsewhere, team.ann.person)
    receiver = team.receiver
    receiver.answers = {"/mention": [{"text": "*yes* <@U2>", "username": "Robin the 2nd", "icon_emoji": ":tada:"}],
                        "/word": ["on it"]}

    root = post(team.ann, "@robin, are you there? & <b>", team.ops)
    receiver.at("/mention", 1)
    until(lambda: "**yes**" in team.texts()[-1])
    post(team.ann, "please Rollback it", team.ops, thread=root, key="in a thread")
    post(team.ann, "rollbacks are no word of it", team.ops, key="no")
    post(team.ann, "deploy where the bot is not", elsewhere)
    receiver.at("/word", 1)
    until(lambda: team.olga.get(f"/api/channels/{team.ops}/threads/{root}").json["items"][-1]["text"] == "on it")
    receiver.at("/all", 3)
    post(team.ann, "in the Lobby", LOBBY)

    assert receiver.texts("/all", 4) == ["@robin, are you there? & <b>", "please Rollback it",
                                         "rollbacks are no word of it", "in the Lobby"]
    [call] = receiver.at("/mention")
    window = team.items()
    answer = next(item for item in window if item.get("alias"))
    assert call.fields | {"timestamp": "", "message_ts": "", "response_url": ""} == {
        "token": mentioned["token"], "team_id": "T1", "team_domain": "Hubbub", "channel_id": f"C{team.ops[5:]}",
        "channel_name": "Ops", "user_id": f"U{team.ann.person}", "user_name": "ann",
        "service_id": str(mentioned["id"]), "api_app_id": f"A{team.bot}", "text": "@robin, are you there? & <b>",
        "trigger_word": "@robin", "trigger_id": call.id, "timestamp": "", "message_ts": "", "response_url": ""}
    assert (answer["author"], answer["text"], answer["alias"]) == (
        team.bot, "**yes** @ann", {"name": "Robin the 2nd", "icon": "🎉"})
    [word] = receiver.at("/word")
    assert (word.fields["trigger_word"], word.fields["thread_ts"][-6:]) == ("rollback", f"{root:06d}")
    assert [(one["state"], one["status"], one["answer"]) for one in team.calls(mentioned)] == [
        ("done", 200, '{"text": "*yes* <@U2>", "username": "Robin the 2nd", "icon_emoji": ":tada:"}')]
    until(lambda: {one["state"] for one in team.calls(all_)} == {"done"})
    shown = {name: value for name, value in all_.items() if name not in ("secret", "token")}
    assert team.olga.get(f"/api/bots/{team.bot}/outgoing").json[-1] == {**shown, "last": team.calls(all_)[0]["at"]}


@pytest.mark.parametrize("text, word", [
    ("please DEPLOY it", "deploy"), ("deployed, or redeploy", None), ("请部署它", "部署"),
    ("im Cafe\u0301 dort", "café"), ("STRASSE 7", "straße"), ("then roll back", "roll back"), ("c++ too", "c++")])
def test_keywords_are_whole_words_in_any_script_and_case(text, word):
    listener = triggers.Listener(1, 9, 1, "keyword", "deploy, 部署, café, straße, roll back, c++", 0.0)
    entry = Entry("room:1", 1, 1, "message", 5, 1.0, "k", {"text": text})

    assert [cause.word for cause in triggers.causes([listener], [entry])] == ([word] if word else [])


def test_what_fails_is_sent_again_in_order_and_delays_nobody_else(team):
    receiver = team.receiver
    slow, good = team.webhook("/slow"), team.webhook("/good")
    held = receiver.hold("/slow")
    receiver.answers = {"/slow": [("503 Busy", [], ""), "late", ("500 Broken", [], "why"),
                                  ("429 Slow", [("Retry-After", "Mon, 01 Jan 99999999999 00:00:00 GMT")], ""),
                                  ("500 Broken", [], "")]}

    post(team.ann, "one", team.ops)
    receiver.at("/slow", 1)
    for text in ("two", "three"):
        post(team.ann, text, team.ops)
    assert receiver.texts("/good", 3) == ["one", "two", "three"]
    until(lambda: not team.olga.get(f"/api/bots/{team.bot}/outgoing").json[0]["waiting"])
    assert receiver.texts("/slow") == ["one"]  # which waits for its answer
    held.set()
    until(lambda: receiver.texts("/slow")[5:] == ["three"])
    until(lambda: team.calls(slow)[0]["state"] == "done")

    assert receiver.texts("/slow") == ["one", "one", "two", "two", "two", "three"]
    tries = receiver.at("/slow")
    assert [one.attempt for one in tries] == [1, 2, 1, 2, 3, 1]
    assert len({one.id for one in tries}) == 3
    assert team.texts().count("late") == 1
    assert [(one["state"], one["tries"], one["status"], one["error"]) for one in team.calls(slow)] == [
        ("done", 1, 200, ""), ("failed", 3, 500, "refused"), ("done", 2, 200, "")]
    failed = team.calls(slow)[1]
    receiver.answers["/slow"] = ["at last"]
    again = f"/api/outgoing/{slow['id']}/calls/{failed['id']}/again"
    assert team.olga.post(again).status_code == 204
    until(lambda: "at last" in team.texts())
    assert receiver.at("/slow")[-1].id == failed["id"]
    assert team.olga.post(again).json["code"] == "not_found"  # it is done
    assert len(receiver.at("/good")) == 3 and team.calls(good)[0]["state"] == "done"


def test_an_interrupted_call_is_sent_again_under_its_id_and_answered_once(small):
    hook = small.webhook("/all")
    held = small.receiver.hold("/all")
    small.receiver.answers["/all"] = "hello"
    post(small.ann, "anybody?", small.ops)
    small.receiver.at("/all", 1)

    consumers.stop()  # as when the server is killed
    held.set()
    post(small.ann, "while it was away", small.ops)
    late = small.webhook("/late")
    consumers.start([triggers.consumer, sending.consumer])
    until(lambda: small.texts().count("hello") == 2)
    until(lambda: small.calls(hook)[0]["state"] == "done")

    assert small.receiver.texts("/all") == ["anybody?", "anybody?", "while it was away"]
    assert len({one.id for one in small.receiver.at("/all")}) == small.texts().count("hello") == 2
    assert small.calls(late) == []  # nobody listened there yet


def test_bots_trigger_nothing_and_nothing_deleted_or_out_of_reach_is_sent(small):
    hook, receiver = small.webhook("/all"), small.receiver
    token = small.olga.post(f"/api/bots/{small.bot}/tokens", name="x", scope="write").json["secret"]
    held = receiver.hold("/all")
    post(small.ann, "first", small.ops)
    receiver.at("/all", 1)
    small.app.request(f"/api/channels/{small.ops}/entries", token, text="I am a bot", key="b")
    secret = post(small.ann, "the password is tea", small.ops)
    until(lambda: len(small.calls(hook)) == 2)
    small.ann.call("delete", channel=small.ops, seq=secret, key="d")
    post(small.ann, "second", small.ops)
    until(lambda: len(small.calls(hook)) == 3)
    assert "tea" not in str(db.execute("select * from outgoing_call"))
    held.set()
    receiver.at("/all", 2)
    held = receiver.hold("/all")
    for text in ("third", "out of reach"):
        post(small.ann, text, small.ops)
    receiver.answers["/all"] = "too late"
    until(lambda: len(small.calls(hook)) == 5)
    receiver.at("/all", 3)
    small.olga.request("DELETE", f"/api/rooms/{small.ops[5:]}/members/{small.bot}", key="k")
    held.set()
    until(lambda: small.calls(hook)[0]["state"] == "failed")

    assert receiver.texts("/all") == ["first", "second", "third"]
    assert [one["error"] for one in small.calls(hook)] == ["not_in_room", "not_found", "", "message_deleted", ""]
    assert "too late" not in small.texts()


def test_nothing_is_posted_by_a_webhook_that_was_revoked_while_its_program_answered(small):
    small.webhook("/all")
    held, small.receiver.answers["/all"] = small.receiver.hold("/all"), "too late"
    post(small.ann, "anybody?")
    small.receiver.at("/all", 1)

    assert small.olga.request("DELETE", f"/api/bots/{small.bot}").status_code == 204
    held.set()
    until(lambda: not consumers.state().runners[sending.NAME].busy)

    assert small.texts(LOBBY) == ["anybody?"]


def test_many_messages_become_calls_with_as_many_statements_as_one(small, monkeypatch):
    hooks = [small.webhook(f"/{n}")["id"] for n in range(5)]

    def add(messages):
        with db.transaction() as tx:
            calls.add(tx, [Cause(hook, "message", f"key {n}", small.ops, 1, n) for n in messages for hook in hooks])

    assert len(statements(monkeypatch, lambda: add([1]))) == len(statements(monkeypatch, lambda: add(range(2, 50))))
    assert {hook["waiting"] for hook in small.olga.get(f"/api/bots/{small.bot}/outgoing").json} == {49}


ODD = [b"\xff\xfe", "{", "[1]", "[" * 50_000, "{}", '{"text": null}', '{"text": 7, "attachments": {"a": 1}}', "0",
       '{"blocks": [{"type": "actions", "elements": [null, {"type": "button"}]}]}', '{"text": "\\ud800"}', "\0\0",
       '{"attachments": [{"actions": [{"name": [], "text": {}, "confirm": 3}]}]}', "<!doctype html><p>502",
       '{"text": "x", "response_type": [], "replace_original": "yes", "username": {}}', b"x" * 10_000_000,
       '{"text": "' + "y" * 60_000 + '"}']


def endless():
    while True:
        yield b"z" * 1000
        gevent.sleep(0)


def test_hostile_answers_are_listed_and_harm_nothing(small, caplog):
    hook, receiver = small.webhook("/odd"), small.receiver
    receiver.answers["/odd"] = [*ODD, endless(), ("302 Found", [("Location", "http://169.254.169.254/")], ""),
                                ("404 Not Found", [], "x"), "fine"]

    for n in range(len(ODD) + 4):
        post(small.ann, f"message {n}", small.ops)
    until(lambda: small.texts()[-1] == "fine", 60)

    assert len(receiver.at("/odd")) == len(ODD) + 4  # each once: none of these helps to repeat
    listed = small.calls(hook)
    assert {one["error"] for one in listed} == {"", "bad_input", "invalid_response", "response_too_large", "redirect",
                                                "refused", "no_text", "invalid_blocks"}
    assert [one["error"] for one in listed if one["state"] == "failed"] == ["refused", "redirect"]
    assert max(len(one["answer"]) for one in listed) <= calls.ANSWER
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_private_addresses_are_not_called_unless_the_server_allows_them(tmp_path):
    app = RunningApp(tmp_path)
    olga = app.set_up_owner()
    bot = olga.post("/api/bots", name="Robin").json["id"]

    def create(url):
        return olga.post(f"/api/bots/{bot}/outgoing", url=url, trigger="message").json

    refused = [create(url).get("id") for url in (
        "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://example.com:8080/", "https://localhost/",
        "ftp://example.com", "https://u:p@example.com/", "x", "https://intranet/")]
    hook = create("https://localtest.example/")
    with db.transaction() as tx:
        tx.execute("update outgoing set url = 'https://localhost/' where id = :id", id=hook["id"])
    olga.post(f"/api/outgoing/{hook['id']}/test", text="hello")
    until(lambda: olga.get(f"/api/outgoing/{hook['id']}/calls").json[0]["state"] == "failed")

    assert all(str(id).startswith("error.") for id in refused)
    assert olga.get(f"/api/outgoing/{hook['id']}/calls").json[0]["error"] == "private_address"
    app.close()


def test_a_webhook_is_managed_by_the_creator_of_its_bot(small):
    hook, path = small.webhook("/all", about="x"), f"/api/bots/{small.bot}/outgoing"
    one = f"/api/outgoing/{hook['id']}"
    den = small.ann.call("create_room", name="Den", kind="private", key="den")["ok"]["channel"]

    refused = [small.ann.request(method, address, **body).json["code"] for method, address, body in (
        ("GET", path, {}), ("POST", path, {"url": "https://a.example/", "trigger": "message"}),
        ("GET", f"{one}/calls", {}), ("PATCH", one, {"format": "json"}), ("DELETE", one, {}),
        ("POST", f"{one}/test", {"text": "x"}), ("POST", f"{one}/calls/x/again", {}))]
    unknown = small.olga.post(path, url="https://a.example/", trigger="message", channel=den).json["code"]
    wrong = [small.olga.post(path, url="https://a.example/", trigger=trigger, word=word).json["id"]
             for trigger, word in (("keyword", ""), ("keyword", "x"), ("keyword", "y" * 101), ("command", "two words"),
                                   ("command", "/me"))]

    assert set(refused) == {"not_found"} and unknown == "not_found"
    assert wrong == ["error.word_invalid"] * 3 + ["error.command_invalid", "error.command_taken"]
    assert "secret" not in small.olga.get(path).json[0]
    changed = small.olga.request("PATCH", one, url="https://b.example/", format="json").json
    assert (changed["url"], changed["format"], changed["about"]) == ("https://b.example/", "json", "x")
    small.olga.request("PATCH", one, about="y")
    noted = small.olga.get("/api/channels/audit:all/window").json["items"]
    assert [record["action"] for record in noted][-2:] == ["outgoing_created", "outgoing_changed"]
    assert small.olga.request("DELETE", one).status_code == 204
    post(small.ann, "nobody listens", small.ops)
    assert small.olga.get(path).json == []
    hook = small.webhook("/later")
    assert small.olga.request("DELETE", f"/api/bots/{small.bot}").status_code == 204
    assert db.execute("select count(*) from outgoing where id = :id", id=hook["id"]) == [(0,)]


def test_the_bots_of_a_person_have_a_bounded_number_of_webhooks_together(small, monkeypatch):
    monkeypatch.setattr(model, "MOST", 2)
    other = small.olga.post("/api/bots", name="Wren").json["id"]
    ids = [small.olga.post(f"/api/bots/{bot}/outgoing", url="https://a.example/", trigger="message").json["id"]
           for bot in (small.bot, other, other, small.bot)]

    assert ids[2:] == ["error.outgoing_limit"] * 2 and len(set(ids)) == 3
    theirs = small.ann.post("/api/bots", name="Ann's").json["id"]
    assert small.ann.post(f"/api/bots/{theirs}/outgoing", url="https://a.example/", trigger="message").json["id"] > 0


def test_a_flood_beyond_the_queue_is_dropped_and_told(small, monkeypatch):
    monkeypatch.setattr(calls, "QUEUE", 3)
    hook = small.webhook("/all")
    held = small.receiver.hold("/all")

    for n in range(6):
        post(small.ann, f"flood {n}", small.ops)
    until(lambda: small.olga.get(f"/api/bots/{small.bot}/outgoing").json[0]["dropped"] == 3)
    assert small.olga.post(f"/api/outgoing/{hook['id']}/test", text="one more").json["code"] == "busy"
    held.set()

    assert small.receiver.texts("/all", 3) == ["flood 0", "flood 1", "flood 2"]
    assert len(small.calls(hook)) == 3


def test_later_replies_by_response_url(small):
    hook = small.webhook("/all")
    post(small.ann, "slow question", small.ops)
    [call] = small.receiver.at("/all", 1)
    path = call.fields["response_url"].replace("http://127.0.0.1", "")
    client = small.app.flask.test_client()

    def reply(payload, path=path):
        answer = client.post(path, json=payload, environ_overrides=HERE)
        return answer.status_code, answer.data

    guessed = reply({"text": "x"}, path[:-1] + ("0" if path[-1] != "0" else "1"))
    empty, deep = reply({}), reply([[[1]]])
    answers = [reply({"text": f"*answer* {n}"}) for n in range(6)]

    assert guessed == (404, b"channel_not_found") and empty == (400, b"no_text") and deep == (400, b"invalid_response")
    assert answers == [(200, b"ok")] * 5 + [(404, b"expired_url")]
    assert small.texts()[-5:] == [f"**answer** {n}" for n in range(5)]
    with db.transaction() as tx:
        tx.execute("update outgoing_call set replies = 0, at = at - 1801")
    assert reply({"text": "too late"}) == (404, b"expired_url")

    small.olga.post(f"/api/outgoing/{hook['id']}/test", text="does it work?")
    test = small.receiver.at("/all", 2)[-1].fields["response_url"].replace("http://127.0.0.1", "")
    assert reply({"text": "it works"}, test) == (200, b"ok") and "it works" not in small.texts()
    post(small.ann, "another question", small.ops)
    call = small.receiver.at("/all", 3)[-1]
    until(lambda: small.calls(hook)[0]["state"] == "done")
    with db.transaction() as tx:
        tx.execute("update outgoing_call set state = 'failed', replies = 5, at = at - 1801 where id = :id", id=call.id)
    small.olga.post(f"/api/outgoing/{hook['id']}/calls/{call.id}/again")
    small.receiver.at("/all", 4)
    again = call.fields["response_url"].replace("http://127.0.0.1", "")
    assert reply({"text": "better late"}, again) == (200, b"ok") and small.texts()[-1] == "better late"
