"""A full disk: writes are refused with a reason, no acknowledged message is lost, and the server recovers by itself.

To run it on a real disk, where mounting is allowed: python -m tests.faults.full
"""

import random
import secrets

import gevent
import pytest

from hubbub import cli
from hubbub.application import create_app
from hubbub.core import db, strings
from tests.faults import disk
from tests.running_app import HERE, RunningApp
from tests.sender import LOBBY, Sender
from tests.waiting import until

FULL = strings.english("error.not_saved_disk_full")


@pytest.fixture
def watched(tmp_path):
    with disk.Watched(tmp_path) as watched:
        yield watched


@pytest.fixture
def app(watched, tmp_path):
    """A running Hubbub on a disk that can be full."""
    app = RunningApp(tmp_path)
    yield app
    watched.full = lambda: False
    app.close()


def texts(caller):
    """Return the texts of the room, as a reader gets them."""
    page = caller.get(f"/api/channels/{LOBBY}/entries?after=0").json["entries"]
    assert [entry["seq"] for entry in page] == list(range(1, len(page) + 1))
    return [entry["data"]["text"] for entry in page if entry["kind"] == "message"]


def test_while_the_disk_is_full_every_write_is_refused_with_a_reason_and_reading_works(app, watched, caplog):
    ann, bob = app.connect_guest("ann"), app.connect_guest("bob")
    bob.call("subscribe", channel=LOBBY)
    ann.call("post", channel=LOBBY, text="before", key="1")

    watched.full = lambda: True
    refusals = [ann.call("post", channel=LOBBY, text="never", key=f"no-{n}") for n in range(20)]
    over_http = ann.post(f"/api/channels/{LOBBY}/entries", text="never", key="no-http")
    newcomer = app.request("/api/guests", name="carol")
    seen = texts(bob)
    ann.call("typing", channel=LOBBY)
    bob.received("typing", 1)
    watched.full = lambda: False
    after = ann.call("post", channel=LOBBY, text="after", key="no-0")
    bob.received("message", 2)

    assert [(one["error"], one["code"]) for one in refusals] == [(FULL, "not_saved")] * 20
    assert [(one.status_code, one.json["error"]) for one in (over_http, newcomer)] == [(503, FULL)] * 2
    assert (seen, texts(bob)) == (["before"], ["before", "after"])
    assert "ok" in after
    assert [record.exc_info for record in caplog.records if record.exc_info] == []


# With a cache of few pages, SQLite writes in the middle of a transaction too, and several times.
@pytest.mark.parametrize(("cache", "often"), [(2000, 0.03), (10, 0.008)])
def test_on_a_disk_that_is_full_at_times_the_log_has_what_was_acknowledged(app, watched, caplog, cache, often):
    db.state().engine.execute(f"pragma cache_size = {cache}", {})
    people = [Sender(app, *app.create_guest(name)) for name in ("ann", "bob", "carol", "dan")]
    chance, kept, refused = random.Random(7), {}, []

    def talk(who):
        for n in range(25):
            key = f"{who.person}-{n}"
            while True:
                text = key * chance.randint(1, 90)
                answer = who.request("POST", f"/api/channels/{LOBBY}/entries", text=text, key=key)
                if answer.status_code == 201:
                    kept[key] = answer.json["seq"]
                    break
                assert (answer.status_code, answer.json["error"], answer.json["code"]) == (503, FULL, "not_saved")
                refused.append(key)

    watched.full = lambda: chance.random() < often
    gevent.joinall([gevent.spawn(talk, who) for who in people], raise_error=True)
    watched.full = lambda: False

    entries, after = [], 0
    while page := people[0].request("GET", f"/api/channels/{LOBBY}/entries?after={after}").json["entries"]:
        entries += page
        after = page[-1]["seq"]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert {entry["key"]: entry["seq"] for entry in entries if entry["kind"] == "message"} == kept
    assert len(kept) == 100
    assert len(refused) > 10
    assert [record.exc_info for record in caplog.records if record.exc_info] == []


def test_an_upload_onto_a_full_disk_is_refused_with_a_reason_and_can_be_continued(app, watched, caplog):
    ann = Sender(app, *app.create_guest("ann"))
    data = secrets.token_bytes(300_000)
    id = ann.begin(data).json["id"]
    ann.put(id, 0, data[:100_000])

    watched.full = lambda: True
    refused = ann.put(id, 100_000, data[100_000:200_000])
    begun = ann.begin(data)
    watched.full = lambda: False
    here = ann.request("GET", f"/api/files/{id}").json["received"]
    whole = ann.put(id, here, data[here:]).json["file"]

    assert (refused.status_code, refused.json["error"]) == (503, strings.english("error.disk_full"))
    assert (begun.status_code, begun.json["error"]) == (503, FULL)
    assert ann.load(whole).data == data
    assert [record.exc_info for record in caplog.records if record.exc_info] == []


def test_a_server_that_starts_on_a_full_disk_serves_readers_and_says_why_it_cannot_be_set_up(app, watched, caplog):
    ann = Sender(app, *app.create_guest("ann"))
    ann.post(text="before")
    ann.begin(b"forgotten")
    with db.transaction() as tx:
        tx.execute("update file set at = 0")
        tx.execute("update consumer_lease set until = 0")
    db.close()

    watched.full = lambda: True
    again = app.flask = create_app(app.config)
    words = cli._set_up_hint(app.config, 5000)
    until(lambda: "files_sweep failed" in caplog.text)
    page = again.test_client().get(f"/api/channels/{LOBBY}/entries?after=0", environ_overrides=HERE,
                                   headers={"Authorization": f"Bearer {ann.token}"}).json["entries"]

    assert words == f"\nThis server has no owner yet, and no link to claim it could be created: {FULL}"
    assert f"files_sweep failed and is tried again later: {FULL}" in caplog.text
    assert [entry["data"]["text"] for entry in page] == ["before"]
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
