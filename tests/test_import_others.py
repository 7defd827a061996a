"""`hubbub import mattermost|zulip|discord|rocketchat`: a small export of each, with what is odd about it."""

import json
import tarfile

import pytest

from hubbub.core import db
from hubbub.imports import spool
from hubbub.imports.archive import INVALID
from hubbub.imports.discord import Discord
from hubbub.imports.mattermost import Mattermost
from hubbub.imports.records import Message
from hubbub.imports.rocketchat import RocketChat
from hubbub.imports.zulip import Zulip
from tests.imports import Target, check_like_live, visible_to, zipped


@pytest.fixture
def target(database, tmp_path):
    return Target(tmp_path, database)


def check(target, path, read):
    """Import an export twice, and check that the second run adds nothing."""
    assert target.start(path, read, is_dry=True).added == (report := target.start(path, read)).added
    check_like_live(target)
    before = target.content()
    assert not +target.start(path, read).added and target.content() == before
    return report


def shown(target, room):
    return [item for item in target.items(target.room(room)) if item["kind"] == "message"]


def direct_of(target, *handles):
    people = target.people()
    [(id,)] = db.execute("select id from room where people = :people",
                         people=",".join(map(str, sorted(people[one] for one in handles))))
    return [item["text"] for item in target.items(f"room:{id}") if item["kind"] == "message"]


def mattermost():
    post = {"team": "ad", "channel": "town-square", "user": "ann", "create_at": 1600000002000}
    lines = [
        {"type": "version", "version": 1, "info": {"generator": "mattermost"}},
        {"type": "emoji", "emoji": {"name": "party"}}, {"type": "team", "team": {"name": "ad", "display_name": "A"}},
        {"type": "channel", "channel": {"team": "ad", "name": "town-square", "display_name": "Town Square",
                                        "type": "O", "header": "Hello"}},
        {"type": "channel", "channel": {"team": "ad", "name": "hidden", "display_name": "Hidden", "type": "P"}},
        {"type": "user", "user": {"username": "ann", "email": "ann@example.org", "nickname": "Ann", "teams": [
            {"name": "ad", "channels": [{"name": "town-square"}, {"name": "hidden"}]}]}},
        {"type": "user", "user": {"username": "here", "first_name": "Bo", "last_name": "B", "roles": "system_guest",
                                  "teams": [{"name": "ad", "channels": [{"name": "town-square"}]}]}},
        {"type": "user", "user": {"username": "gone", "delete_at": 1600000000000}},
        {"type": "bot", "bot": {"username": "ci", "display_name": "CI"}},
        "{broken", {"type": "user", "user": {"username": 7}},
        {"type": "post", "post": post | {
            "message": "second @here, ~hidden, @all :tada: `:tada: @here`\n\n**bold**", "is_pinned": True,
            "reactions": [{"user": "here", "emoji_name": "+1"}, {"user": "ann", "emoji_name": "party"}],
            "replies": [{"user": "here", "message": "answer", "create_at": 1600000005000},
                        {"user": "ann", "message": "sooner", "create_at": 1600000004000, "edit_at": 1600000004500}],
            "attachments": [{"path": "20200913/teams/x/a.txt"}]}},
        {"type": "post", "post": post | {"message": "first", "create_at": 1600000001000, "user": "gone"}},
        {"type": "post", "post": post | {"message": "ann joined", "type": "system_join_channel"}},
        {"type": "post", "post": post | {"message": "", "user": "ci", "create_at": 1600000009000, "props": {
            "from_webhook": "true", "override_username": "Builds", "attachments": [{"text": "green"}]}}},
        {"type": "direct_channel", "direct_channel": {"members": ["ann", "here"]}},
        {"type": "direct_post", "direct_post": {"channel_members": ["ann", "here"], "user": "ann", "message": "psst",
                                                "create_at": 1600000003000}},
        {"type": "direct_post", "direct_post": {"channel_members": ["ann", "gone"], "user": "gone", "message": "bye",
                                                "create_at": 1600000003000}}]
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return {"import.jsonl": text, "data/20200913/teams/x/a.txt": "some text"}


def test_mattermost(target, tmp_path):
    report = check(target, zipped(tmp_path / "export.zip", mattermost()), Mattermost)

    people = target.people()
    first, second, ci = shown(target, "Town Square")
    assert first["text"] == "first" and first["author"] == people["gone"]
    assert second["text"] == "second @here, #Hidden, @room 🎉 `:tada: @here`\n\n**bold**"
    assert second["reactions"] == {"👍": [people["here-2"]]} and second["replies"]["n"] == 2 and second["pinned"]
    assert second["files"][0]["name"] == "a.txt"
    assert ci["text"] == "green" and ci["alias"] == {"name": "Builds"}
    assert direct_of(target, "ann", "here-2") == ["psst"] and direct_of(target, "ann", "gone") == ["bye"]
    assert "Hidden" in visible_to("ann") and "Hidden" not in visible_to("here-2")
    assert report.counts["records that are not as the format says"] == 2


def zulip():
    user = {"is_active": True, "is_bot": False, "role": 400}
    realm = {
        "import_source": "slack", "zerver_realm": [{"id": 2, "string_id": "lab", "name": "Lab"}],
        "zerver_userprofile": [
            user | {"id": 11, "full_name": "Ann Ahl", "delivery_email": "ann@lab.org", "timezone": "Asia/Tokyo"},
            user | {"id": 12, "full_name": "Bo", "email": "bo@lab.org", "role": 600},
            user | {"id": 13, "full_name": "Bot", "email": "bot@lab.org", "is_bot": True}, {"id": "x"}],
        "zerver_userprofile_crossrealm": [{"id": 1, "email": "notification-bot@zulip.com"}],
        "zerver_stream": [{"id": 5, "name": "design", "description": "Looks", "invite_only": False,
                           "date_created": 1600000000.0},
                          {"id": 6, "name": "secret", "invite_only": True, "date_created": 1600000000.0}],
        "zerver_recipient": [{"id": 21, "type": 2, "type_id": 5}, {"id": 22, "type": 2, "type_id": 6},
                             {"id": 23, "type": 1, "type_id": 12}, {"id": 24, "type": 3, "type_id": 1},
                             {"id": 25, "type": 1, "type_id": 11}],
        "zerver_subscription": [
            {"user_profile": 11, "recipient": 21, "active": True}, {"user_profile": 12, "recipient": 21,
                                                                    "active": False},
            {"user_profile": 11, "recipient": 22, "active": True},
            *({"user_profile": id, "recipient": 24, "active": True} for id in (11, 12, 13))],
        "zerver_reaction": [
            {"user_profile": 12, "message": 101, "emoji_name": "thumbs_up", "emoji_code": "1f44d",
             "reaction_type": "unicode_emoji"},
            {"user_profile": 12, "message": 101, "emoji_name": "own", "emoji_code": "7",
             "reaction_type": "realm_emoji"}]}

    def sent(id, sender, recipient, content, subject=""):
        return {"id": id, "sender": sender, "recipient": recipient, "content": content, "subject": subject,
                "date_sent": 1600000000.0 + id}

    messages = [
        sent(101, 11, 21, "see @**Bo|12** and @_**Bo** in #**secret>plans** :tada:\n```quote\nhi\n```", "Colours"),
        sent(102, 12, 23, "wrong"), sent(103, 12, 21, "blue", "colours"), sent(104, 11, 21, "plain", "(no topic)"),
        sent(105, 1, 21, "Ann created this channel", "channel events"), sent(106, 11, 23, "to bo"),
        sent(107, 12, 25, "to ann"), sent(108, 13, 24, "to three"), sent(109, 11, 22, "hush", ""),
        sent(110, 11, 21, "[plan.txt](/user_uploads/2/ab/plan.txt)", "Files"), sent(111, 11, 99, "to nobody"),
        {"id": 112}]
    return {"realm.json": json.dumps(realm), "messages-000001.json": json.dumps({"zerver_message": messages}),
            "uploads/2/ab/plan.txt": "the plan", "uploads/records.json": "[]"}


def test_zulip(target, tmp_path):
    folder = tmp_path / "zulip-export-lab"
    for name, text in zulip().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    path = tmp_path / "zulip-export-lab.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, folder.name)

    report = check(target, path, Zulip)

    people = target.people()
    first, plain, file = shown(target, "design")
    assert first["text"] == "**Colours**\nsee @bo and **Bo** in #secret › plans 🎉\n> hi"
    assert first["reactions"] == {"👍": [people["bo"]]} and first["replies"]["n"] == 1
    assert plain["text"] == "plain" and file["text"] == "**Files**" and file["files"][0]["name"] == "plan.txt"
    assert direct_of(target, "ann", "bo") == ["to bo", "to ann"] and direct_of(target, "bo") == ["wrong"]
    assert direct_of(target, "ann", "bo", "bot") == ["to three"]
    assert "secret" in visible_to("ann") and "secret" not in visible_to("bo")
    assert db.execute("select role, zone from person where handle in ('ann', 'bo') order by handle") == [
        ("member", "Asia/Tokyo"), ("guest", "")]
    assert report.counts["records that are not as the format says"] == 2


def discord():
    ann, bo = {"id": "1", "name": "ann", "nickname": "Ann A"}, {"id": "2", "name": "bo", "nickname": "Bo"}

    def sent(id, author, content, **more):
        return {"id": str(id), "type": "Default", "timestamp": f"2020-09-13T12:{id % 60:02}:00.5+00:00",
                "timestampEdited": None, "isPinned": False, "content": content, "author": author} | more

    def channel(id, name, messages, **more):
        return {"guild": {"id": "77", "name": "G"}, "channel": {
            "id": id, "type": "GuildTextChat", "categoryId": "9", "category": "Text", "name": name, "topic": None,
            } | more, "dateRange": {"after": None, "before": None}, "messages": messages, "messageCount": 1}

    return {
        "G - general [10] [part 2].json": channel("10", "general", [
            sent(105, bo, "later", type="Reply", reference={"messageId": "101"})]),
        "G - general [10].json": channel("10", "general", [
            sent(101, ann, "hi @Bo :tada:", mentions=[bo], isPinned=True, timestampEdited="2020-09-13T12:41:30+00:00",
                 reactions=[{"emoji": {"id": None, "name": "👍"}, "count": 1, "users": [bo]},
                            {"emoji": {"id": "5", "name": "own"}, "count": 1}]),
            sent(102, bo, "", type="GuildMemberJoin"), sent(103, bo, "", attachments=[
                {"id": "8", "url": "general_Files/cat%20one.txt", "fileName": "cat one.txt", "fileSizeBytes": 3},
                {"id": "9", "url": "https://cdn.discordapp.com/x.png", "fileName": "x.png", "fileSizeBytes": 3000}]),
            {"id": "104"}]),
        "general_Files/cat one.txt": "cat",
        "G - thread [101].json": channel("101", "Greetings", [sent(106, bo, "in the thread")], type="GuildPublicThread",
                                         categoryId="10", category="general"),
        "G - lost [50].json": channel("50", "Lost_ones", [sent(107, ann, "no start"), sent(108, bo, "but an answer")],
                                      type="GuildPublicThread", categoryId="10", category="general"),
        "dm.json": channel("11", "Bo", [sent(109, ann, "psst"), sent(110, bo, "what")], type="DirectTextChat",
                           categoryId=None) | {"guild": {"id": "0", "name": "Direct Messages"}}}


def test_discord(target, tmp_path):
    report = check(target, zipped(tmp_path / "export.zip", discord()), Discord)

    people = target.people()
    hi, cat, later, lost = shown(target, "general")
    assert hi["text"] == "hi @bo 🎉" and hi["mentions"] == {"bo": people["bo"]} and hi["pinned"] and hi["edited"]
    assert hi["reactions"] == {"👍": [people["bo"]]} and hi["replies"]["n"] == 1
    assert cat["text"] == "📎 x.png, 3 KB – not exported" and cat["files"][0]["name"] == "cat one.txt"
    assert later["quote"] == hi["seq"]
    assert lost["text"] == "**Lost_ones**\nno start" and lost["replies"]["n"] == 1
    assert direct_of(target, "ann", "bo") == ["psst", "what"]
    assert db.execute("select kind from room where name = 'general'") == [("private",)]
    assert report.counts["records that are not as the format says"] == 1


def test_rocketchat(target, tmp_path):
    lines = [{"msg": "hello @ann", "username": "dora", "ts": "2020-09-13T12:00:00.000Z"},
             {"msg": "x", "username": "dora", "ts": "2020-09-13T12:00:01.000Z", "type": "uj"},
             {"msg": "", "username": "ann", "ts": "2020-09-13T12:00:02.000Z", "attachments": [
                 {"title": "a.txt", "fileId": "F1", "fileName": "a.txt", "remote": False}]},
             {"msg": "zero \x00 and \\u0000", "username": "ni\x00l", "ts": "2020-09-13T12:00:03.000Z"}]
    files = {
        "users.csv": '\ufeff"ann","ann@x.org","Ann, the first"\n"bo","bo@x.org","Bo"\nbroken\n',
        "channels.csv": '"general","ann","public","bo;ann"\n"area","bo","private",""\n',
        "general/messages.csv": '"ann","1600000002000","two\nlines, and :tada:"\n"bo", "1600000001000","first"\n'
                                '"bo","soon","x"\n',
        "area/1.csv": '"bo","1600000001000","alone"\n',
        "directmessages/1.csv": '"ann","bo","1600000001000","psst"\n"bo","ann","1600000002000","what"\n',
        "lobby/messages.json": "\n".join(map(json.dumps, lines)) + "\n{", "lobby/assets/F1-a.txt": "text"}
    report = check(target, zipped(tmp_path / "export.zip", files), RocketChat)

    people = target.people()
    assert [item["text"] for item in shown(target, "general")] == ["first", "two\nlines, and 🎉"]
    hello, file, zero = shown(target, "lobby")
    assert zero["text"] == "zero  and \\u0000" and zero["author"] == people["nil"]
    assert hello["mentions"] == {"ann": people["ann"]} and file["files"][0]["name"] == "a.txt"
    assert direct_of(target, "ann", "bo") == ["psst", "what"]
    assert visible_to("dora") == {"Lobby", "lobby"} and "area" in visible_to("bo") and "area" not in visible_to("ann")
    assert db.execute("select name from person where handle = 'ann'") == [("Ann, the first",)]
    assert report.counts["records that are not as the format says"] == 3


def test_times_and_sizes_that_cannot_be_are_reported(target, tmp_path):
    huge, post = int("9" * 400), {"team": "ad", "channel": "odd", "user": "ann", "message": "x"}
    old = mattermost()
    old["import.jsonl"] += "".join("\n" + json.dumps({"type": "post", "post": post | times}) for times in (
        {"create_at": huge}, {"create_at": -5}, {"create_at": 1600000001000, "edit_at": huge}))
    assert check(target, zipped(tmp_path / "m.zip", old), Mattermost).counts[INVALID] == 5

    odd = discord()
    [join] = [one for one in odd["dm.json"]["messages"] if one["content"] == "what"]
    join |= {"timestamp": "2020-09-13T12:59:00", "timestampEdited": "0001-01-01T00:00:00", "content": "UTC\0"}
    odd["dm.json"]["messages"] += [join | {"id": "200", "timestamp": "0001-01-01T00:00:00"}, join | {
        "id": "201", "attachments": [{"id": "8", "fileSizeBytes": huge}]}]
    report = check(target, zipped(tmp_path / "d.zip", odd), Discord)
    assert (report.counts[INVALID], report.counts["messages with a time that cannot be"]) == (2, 1)
    assert db.execute("select at from entry where data like '%\"UTC\"%'") == [(1600001940.0,)]

    rows = [f'"bo","{ts}","x"' for ts in ("²", huge, "", "-1", "999999999999999")]
    report = check(target, zipped(tmp_path / "r.zip", {"odd/1.csv": "\n".join(rows)}), RocketChat)
    assert (report.counts[INVALID], report.counts["messages with a time that cannot be"]) == (4, 1)


def test_messages_are_sorted_on_disk_in_any_number_of_files(monkeypatch):
    monkeypatch.setattr(spool, "HELD", 3)
    monkeypatch.setattr(spool, "OPEN", 2)
    found = [(f"room {n % 3}", Message(str(n), float(n * 7 % 11), "a", "x", reactions=(("👍", "b"),)))
             for n in range(50)]

    rooms = {room: list(messages) for room, messages in spool.by_room(found)}

    assert {room: [one.id for one in some] for room, some in rooms.items()} == {
        f"room {k}": [one.id for room, one in sorted(found, key=lambda pair: pair[1].at) if room == f"room {k}"]
        for k in range(3)}
    assert rooms["room 1"][0].reactions == (("👍", "b"),)
