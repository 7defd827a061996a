"""The rows that a message writes: an entry and a search row for any room size; a consumer adds notifications."""

import re

import pytest

from hubbub.core import consumers, db
from hubbub.core.db import migrate
from hubbub.people import model
from tests.running_app import PASSWORD

SCRIPTS = " ".join(sql for *_, sql in migrate.steps("sqlite"))
TABLES = sorted({*re.findall(r"create table (\w+)", SCRIPTS)} - {*re.findall(r"drop table (\w+)", SCRIPTS)})
SOME = {"channel": "where head > 0"}  # a lock also creates empty ones, each once


def rows():
    return {table: db.execute(f"select count(*) from {table} {SOME.get(table, '')}")[0][0] for table in TABLES}


@pytest.fixture(params=[5, 200])
def crowd(any_app, request):
    """Ann in a private room with this many others, @p1, @p2, …; and their room."""
    olga, ann = any_app.set_up_owner(), any_app.connect_member("ann")
    room = olga.call("create_room", name="crowd", kind="private", people=[ann.person], key="k")["ok"]["channel"]
    with db.transaction() as tx:
        for n in range(request.param):
            person = model.create(tx, f"P {n}", f"p{n}", "member", PASSWORD).id
            tx.execute("insert into member (room, person, role, since) values (:room, :person, 'member', 0)",
                       room=int(room.removeprefix("room:")), person=person)
    ann.call("post", channel=room, text="good morning", key="first")
    consumers.stop()  # they take leases, and notify
    return ann, room


def test_a_message_writes_the_same_rows_in_small_and_large_rooms(crowd):
    ann, room = crowd

    for text, names in [("hello", 0), ("hello @p1 and @p2", 2), ("hello @room", 1)]:
        before = rows()
        answer = ann.call("post", channel=room, text=text, key=text)

        assert "ok" in answer
        added = {table: count - before[table] for table, count in rows().items() if count != before[table]}
        assert added == {"entry": 1, "searchable": 1, **({"mention": names} if names else {})}, text
