"""`hubbub import slack`: what comes along, what does not, and that a further run adds only what is missing."""

import os

import pytest

from hubbub.chat import create_room, messages, rooms, search
from hubbub.config import Config
from hubbub.core import db
from hubbub.imports import run, slack, writer
from hubbub.imports.report import Report
from hubbub.people import accounts, invites, model
from tests import forks, postgres, slack_export
from tests.imports import Target, check_like_live, visible_to, zipped
from tests.nodes import open_node
from tests.waiting import until

USERS = [
    {"id": "U1", "team_id": "T9", "name": "alice", "tz": "Europe/Berlin",
     "profile": {"real_name": "Alice Ahlgren", "display_name": "", "email": "Alice@Example.org"}},
    {"id": "U2", "team_id": "T9", "name": "bob", "tz": "Mars/Olympus", "profile": {"display_name": "Bob 🎈"}},
    {"id": "U3", "team_id": "T9", "name": "carol", "deleted": True, "profile": {"real_name": "Carol Gone"}},
    {"id": "U4", "team_id": "T9", "name": "here", "is_restricted": True, "profile": {"real_name": "x" * 50}},
    {"id": "U5", "team_id": "T9", "name": "ci", "is_bot": True, "profile": {"real_name": "CI"}},
    {"id": 7, "name": "broken"}, "nonsense",
]
LONG = "\n".join(f"line {n} " + "x" * 90 for n in range(300))


def sent(ts, user, text, **more):
    return {"type": "message", "user": user, "text": text, "ts": f"1600000{ts}.000100", **more}


def export():
    """Return the files of an export with everything that is odd about them."""
    first = [
        sent("002", "U2", "see <@U1>, <#C2|secret>, <!here> and <https://example.org|that> &lt;b&gt; *bold*",
             reactions=[{"name": "+1::skin-tone-3", "users": ["U1", "U3", "U1"]}, {"name": "party", "users": ["U1"]}],
             edited={"user": "U2", "ts": "1600000005.000000"}, thread_ts="1600000002.000100"),
        sent("001", "U1", "first, though second in the file"),
        sent("003", "U1", "an answer", thread_ts="1600000002.000100"),
        sent("004", "U3", "an answer for all", thread_ts="1600000002.000100", subtype="thread_broadcast"),
        sent("006", "U2", "<@U2> has joined", subtype="channel_join"),
        {"type": "message", "ts": "oops", "user": "U1", "text": "no time"},
        {"type": "message", "ts": "nan", "user": "U1", "text": "not a number"},
        {"type": "message", "ts": "1600000001000", "user": "U1", "text": "in milliseconds"},
        {"type": "message", "user": "U1", "text": 5, "ts": "1600000007.000100"}, 17, None,
    ]
    second = [
        sent("101", "USLACKBOT", "This message was deleted.", subtype="tombstone", thread_ts="1600000101.000100"),
        sent("102", "U1", "about what is gone", thread_ts="1600000101.000100"),
        sent("103", "U9", "from another workspace", user_profile={"display_name": "Dora", "name": "dora"}),
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "Deploys", "text": "",
         "ts": "1600000104.000100", "icons": {"emoji": ":rocket:"},
         "attachments": [{"color": "good", "title": "Released", "text": "version *2*"}]},
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "Alerts", "text": "down",
         "ts": "1600000105.000100"},
        sent("106", "U2", "waves", subtype="me_message"),
        sent("107", "U1", "look", files=[
            {"id": "F1", "name": "plan.pdf", "size": 1234567, "mode": "hosted",
             "url_private_download": "https://files.slack.com/files-pri/T9-F1/plan.pdf?t=xoxe-1"},
            {"id": "F2", "name": "old.png", "mode": "hidden_by_limit"},
            {"id": "F3", "name": "drive", "mode": "external", "url_private": "https://docs.example.org/d/1"}]),
        sent("108", "U1", LONG),
        sent("109", "U1", "an answer to nothing", thread_ts="1500000000.000100"),
        sent("110", "U00", "for the export"), sent("111", "U2", ""),
    ]
    return {
        "users.json": USERS,
        "channels.json": [
            {"id": "C1", "name": "general", "created": 1600000000, "creator": "U1", "members": ["U1", "U2", "U3", "U4"],
             "is_general": True, "topic": {"value": "All &amp; more"}, "purpose": {"value": "Everything"},
             "pins": [{"id": "1600000001.000100", "user": "U2", "created": 1600000050}, {"id": "1.0", "user": "U2"}]},
            {"id": "C3", "name": "old-" + "x" * 70, "created": 1600000000, "creator": "U3", "members": [],
             "is_archived": True}],
        "groups.json": [{"id": "C2", "name": "secret", "created": 1600000000, "creator": "U1",
                         "members": ["U1", "U3"]}],
        "mpims.json": [{"id": "G1", "name": "mpdm-alice--bob--carol-1", "created": 1600000000, "creator": "U1",
                        "members": ["U1", "U2", "U3"]}],
        "dms.json": [{"id": "D1", "created": 1600000000, "members": ["U1", "U2"]}],
        "general/2020-09-13.json": first, "general/2020-09-14.json": second, "general/2020-09-15.json": "[{",
        "old-" + "x" * 70 + "/2020-09-13.json": [sent("001", "U3", "long ago")],
        "secret/2020-09-13.json": [sent("001", "U1", "for two")],
        "mpdm-alice--bob--carol-1/2020-09-13.json": [sent("001", "U3", "for three")],
        "D1/2020-09-13.json": [sent("001", "U2", "for us")],
        "../outside.json": [], "canvases.json": [],
    }


@pytest.fixture
def target(database, tmp_path):
    return Target(tmp_path, database)


def test_everything_comes_along_as_if_it_had_been_written_here(target, tmp_path):
    report = target.start(zipped(tmp_path / "export.zip", export()))

    check_like_live(target)
    behind = db.execute("select channel.name from channel left join consumer_cursor reached on reached.consumer = "
                        "'outgoing' and reached.channel = name where name like 'room:%' and head <> reached.seq")
    assert behind == []  # no webhook fires for what is long past
    people = target.people()
    assert db.execute("select handle, name, role, banned is not null, zone from person where id > 0 order by id") == [
        ("alice", "Alice Ahlgren", "member", 0, "Europe/Berlin"), ("bob", "Bob 🎈", "member", 0, ""),
        ("carol", "Carol Gone", "member", 1, ""), ("here-2", "x" * 40, "guest", 0, ""), ("ci", "CI", "bot", 0, ""),
        ("slackbot", "Slackbot", "bot", 0, ""), ("dora", "Dora", "member", 0, ""),
        ("deploys", "Deploys", "bot", 0, "")]
    items = [item for item in target.items(target.room("general")) if item["kind"] == "message"]
    shown = [item["text"] for item in items]
    assert shown[:3] == ["first, though second in the file",
                         "see @alice, #secret, @here and [that](https://example.org) <b> **bold**", "an answer for all"]
    first, linked, _, gone, dora, deploys, alerts, waves, look, *long = items
    assert first["pinned"] == items[-1]["at"] and first["at"] == 1600000001.0001
    assert linked["mentions"] == {"alice": people["alice"], "here": 0}
    assert linked["reactions"] == {"👍🏼": [people["alice"], people["carol"]]}
    assert linked["edited"] == 1600000005.0
    assert linked["replies"]["n"] == 2 and linked["replies"]["people"] == [people["alice"], people["carol"]]
    assert gone["deleted"] and gone["text"] == "" and gone["replies"]["n"] == 1
    assert dora["author"] == people["dora"]
    assert deploys["alias"] == {"icon": "🚀"} and deploys["text"] == "**Released**\nversion **2**"
    assert alerts["alias"] == {"name": "Alerts"}
    assert waves["text"] == "*waves*"
    assert look["text"].split("\n") == [
        "look", "📎 plan.pdf, 1.2 MB – not exported", "📎 old.png – not exported: over the limit of the free plan",
        "📎 [drive](https://docs.example.org/d/1)"]
    assert [item["author"] for item in long] == [people["alice"]] * 3 and long[-1]["text"] == "an answer to nothing"
    assert "\n".join(item["text"] for item in long[:-1]) == LONG
    assert len(report.counts) == 16 and report.counts["records that are not as the format says"] == 6
    assert "general/2020-09-13.json[8]: Expected `str | null`, got `int` - at `$.text`" in [*report.lines()][0]
    assert report.counts["messages with a time that cannot be"] == 2
    assert report.reasons["files that cannot be read"] == ["general/2020-09-15.json: Input data was truncated"]
    assert report.reasons["messages without anything to show"] == ["general 1600000111.000100"]


def test_rooms_keep_their_people_and_their_kind(target, tmp_path):
    with db.transaction() as tx:
        owner = model.create(tx, "Olga", "olga", "owner").id
    create_room.create(owner, "General", "public", "", [], "k")
    target.start(zipped(tmp_path / "export.zip", export()))

    people = target.people()
    alice, bob, carol = (people[name] for name in ("alice", "bob", "carol"))
    assert visible_to("alice") == {"Lobby", "general-2", "secret", (alice, bob), (alice, bob, carol)}
    assert visible_to("bob") == {"Lobby", "general-2", (alice, bob), (alice, bob, carol)}
    assert visible_to("olga") == {"Lobby", "General"}
    assert rooms.get(db, alice, target.room("general-2")).topic == "All & more · Everything"
    assert db.execute("select kind, archived is not null, length(name) from room where name like 'old%'") == [
        ("public", 1, 56)]
    assert db.execute("select person, role from member where room = :room order by person",
                      room=rooms.number(target.room("general-2"))) == [
        (alice, "admin"), (bob, "member"), (people["here-2"], "member")]
    ids, _ = search.find(bob, "two", 0, 10)
    assert ids == []
    ids, _ = search.find(alice, "two in:secret", 0, 10)
    assert len(ids) == 1


def test_a_further_run_adds_nothing_and_a_newer_export_only_what_is_new(target, tmp_path):
    files = export()
    target.start(zipped(tmp_path / "export.zip", files))
    before = target.content()
    report = target.start(zipped(tmp_path / "export.zip", files))
    assert target.content() == before
    assert not +report.added

    people = target.people()
    messages.post(people["bob"], target.room("general"), "written here", "k")
    files["general/2020-09-13.json"][1]["reactions"] = [{"name": "eyes", "users": ["U2"]}]
    files["general/2020-09-16.json"] = [sent("900", "U2", "news", thread_ts="1600000002.000100"),
                                        sent("901", "U1", "and more")]
    report = target.start(zipped(tmp_path / "export.zip", files))

    assert dict(+report.added) == {"messages": 1, "replies": 1, "reactions": 1}
    items = {item["text"]: item for item in target.items(target.room("general"))}
    assert items["first, though second in the file"]["reactions"] == {"👀": [people["bob"]]}
    assert [*items][-2:] == ["written here", "and more"]
    unread = db.execute("select channel.n - cursor.n from cursor join channel on channel.name = cursor.channel "
                        "where person = :person and name = :name", person=people["alice"], name=target.room("general"))
    assert unread == [(2,)]  # she had not read what was written here


def test_a_newer_export_deletes_what_is_gone_there_and_brings_nothing_back_that_was_deleted_here(target, tmp_path):
    files, path = export(), tmp_path / "export.zip"
    day = files["general/2020-09-13.json"]
    day.append(sent("008", "U2", "an odd answer", thread_ts="member/1"))
    target.start(zipped(path, files))
    alice, general = target.people()["alice"], target.room("general")
    assert alice == 1
    own, linked = [item["seq"] for item in target.items(general) if item["kind"] == "message"][:2]
    messages.delete(alice, general, own, "k")
    day[0] = sent("002", "USLACKBOT", "This message was deleted.", subtype="tombstone", thread_ts="1600000002.000100")
    day[1] = sent("001", "U1", "it is back", edited={"ts": "1600000009.0"},
                  reactions=[{"name": "eyes", "users": ["U2"]}])

    dry, report = target.start(zipped(path, files), is_dry=True), target.start(path)

    check_like_live(target)
    assert dry.added == report.added and dict(+report.added) == {"deleted messages": 1}
    assert report.counts[writer.GONE] == dry.counts[writer.GONE] == 2
    shown = {item["seq"]: item for item in target.items(general)}
    assert shown[own]["deleted"] and shown[linked]["deleted"] and shown[linked]["replies"]["n"] == 2
    stored = str(db.execute("select data from entry")) + str(db.execute("select text from message"))
    assert "it is back" not in stored and "b> **bold" not in stored
    assert not +target.start(path).added


def test_accounts_that_exist_are_used_and_the_others_can_be_claimed(target, tmp_path):
    with db.transaction() as tx:
        olga = model.create(tx, "Olga", "olga", "owner", "hash").id
        model.create(tx, "Another Bob", "bob", "member", "hash")
    path = zipped(tmp_path / "export.zip", export())
    report = target.start(path, accounts={"Alice@example.org": "@olga", "alcie": "bob"})
    assert report.reasons[run.NO_ACCOUNT] == ["alcie"]
    people = target.people()
    assert "alice" not in people and people["bob-2"]
    assert "secret" in visible_to("olga") and "general" in visible_to("olga")
    direct = create_room.direct(olga, [people["bob-2"]])
    assert [item["text"] for item in target.items(direct.channel)][-1] == "for us"

    with db.transaction() as tx:
        secret = invites.for_claim(tx, people["bob-2"], 14)
    assert invites.unclaimed(db, invites.find(db, secret)).handle == "bob-2"
    done = accounts.reset(accounts.Browser(), secret, "a long enough password")
    assert done.person.handle == "bob-2" and model.authenticate(done.secret).person == people["bob-2"]
    with db.transaction() as tx:
        secret = invites.for_claim(tx, people["carol"], 14)
    with pytest.raises(accounts.Refused):
        accounts.reset(accounts.Browser(), secret, "a long enough password")


def test_a_run_that_dies_anywhere_is_completed_by_the_next(target, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "SET", 20)
    path = slack_export.write(tmp_path / "export.zip", 150, people=5, rooms=2, per_day=40)
    calls, execute = 0, db.Transaction.execute

    def dying(self, sql, /, **values):
        nonlocal calls
        calls += 1
        if calls % 71 == 0:
            raise MemoryError
        return execute(self, sql, **values)

    for tries in range(100):  # noqa: B007
        try:
            with monkeypatch.context() as patch:
                patch.setattr(db.Transaction, "execute", dying)
                target.start(path)
        except MemoryError:
            continue
        break

    assert 2 < tries < 99
    check_like_live(target)
    whole = target.content()
    assert not +target.start(path).added
    assert target.content() == whole


def test_imports_that_are_killed_lead_to_the_same_as_one_that_is_not(tmp_path):
    path = slack_export.write(tmp_path / "export.zip", 1000, people=8, rooms=3, per_day=50)
    content = []
    for name, sizes in (("killed", (50_000, 500_000)), ("whole", ())):
        data = tmp_path / name
        data.mkdir()
        open_node(data)
        db.close()
        for size in sizes:
            command = ["hubbub", "import", "slack", str(path), "--data", str(data)]
            program = forks.start(*command, environ=os.environ)
            log, before = data / "hubbub.db-wal", program.poll()
            until(lambda: program.poll() is not None or log.exists() and log.stat().st_size > size)  # noqa: B023
            program.kill()
            program.wait()
            assert before is None
        open_node(data)
        target = Target(data, "")
        target.start(path)
        check_like_live(target)
        content.append(target.content())
        db.close()

    assert content[0] == content[1]


def test_a_dry_run_says_the_same_and_writes_nothing(target, tmp_path):
    path = zipped(tmp_path / "export.zip", export())
    before = target.content()

    dry = target.start(path, is_dry=True)

    assert target.content() == before
    real = target.start(path)
    assert dry.added == real.added
    again = target.start(path, is_dry=True)
    assert not +again.added and again.present == target.start(path).present


def test_several_processes_import_the_rooms_of_one_export(tmp_path, monkeypatch):
    url = postgres.database()
    monkeypatch.setenv("HUBBUB_DATABASE_URL", url)
    open_node(tmp_path, url)
    db.close()
    target, report = Target(tmp_path, url), Report()
    path = slack_export.write(tmp_path / "export.zip", 300, people=6, rooms=5, per_day=30)
    command = ["import", "slack", str(path), "--data", str(tmp_path)]

    run.run_parts(Config(data=tmp_path, database_url=url), slack.Slack, run.Wish(path), command, 2, report,
                  lambda done, all: None)

    open_node(tmp_path, url)
    check_like_live(target)
    before = target.content()
    again = target.start(path)
    assert not +again.added and target.content() == before
    assert again.present["messages"] == report.added["messages"] + report.added["replies"]
    assert (report.added["rooms"], report.added["people"], again.counts) == (6, 6, report.counts)
    assert "several jobs need PostgreSQL" in Target(tmp_path, "").command("slack", path, "--jobs", "2").output
    db.close()


def test_the_command_says_what_it_did(target, tmp_path):
    path = zipped(tmp_path / "export.zip", export())

    result = target.command("slack", path, "--report", tmp_path / "report.txt", "--rooms", "#general",
                            "--since", "2020-09-12")

    assert result.exit_code == 0 and "rooms 1, messages 12, replies 2" in result.output
    assert "users.json[5]" in (tmp_path / "report.txt").read_text()
    links = target.command("claim").output
    assert [line.split("\t")[0] for line in links.splitlines()] == ["@alice", "@bob", "@dora", "@here-2"]
    assert "alice@example.org" in links


def test_people_who_are_not_listed_are_added_with_as_many_statements_each_however_many_there_are(target, tmp_path,
                                                                                                 monkeypatch):
    files = export() | {"general/2020-09-15.json": [sent(f"{300 + n}", f"W{n}", "hi") for n in range(40)]}
    read, execute = 0, db.Transaction.execute

    def counting(self, sql, /, **values):
        nonlocal read
        rows = execute(self, sql, **values)
        read += len(rows) if "from import_person" in sql else 0
        return rows

    monkeypatch.setattr(db.Transaction, "execute", counting)
    report = target.start(zipped(tmp_path / "export.zip", files))

    assert report.added["people"] == 48 and read == 0  # none of them was known before
