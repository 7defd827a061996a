"""Transactions, batches, units of work, and what survives failures."""

import contextlib
import sqlite3

import gevent.event
import pytest

from hubbub.core import db, hub, log
from hubbub.core.access import Refused
from hubbub.core.db import migrate, sqlite
from tests import club
from tests.nodes import open_node
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("database")


def write(text, key, fail=None):
    with db.transaction() as tx:
        entry = log.append(tx, "room:9", "message", {"text": text}, author=1, key=key)
        if fail:
            raise fail
    return entry


def texts():
    return [entry.data["text"] for entry in log.read(db, "room:9", 0)]


def test_a_write_is_visible_after_its_transaction():
    write("hello", "a1")

    assert texts() == ["hello"]


def test_a_failed_transaction_leaves_nothing_and_others_are_kept():
    with db.UnitOfWork() as unit:
        write("before", "a1")
        with pytest.raises(ValueError, match="changed my mind"):
            write("mine", "a2", fail=ValueError("changed my mind"))
        write("after", "a3")
        unit.wait_for_commit()

    assert texts() == ["before", "after"]
    assert [entry.seq for entry in log.read(db, "room:9", 0)] == [1, 2]


@pytest.fixture
def gate(monkeypatch):
    """An event that every commit waits for."""
    gate, commit = gevent.event.Event(), db.state().engine.commit
    monkeypatch.setattr(db.state().engine, "commit", lambda: (gate.wait(), commit()))
    yield gate
    gate.set()


def listen(channel, listener):
    hub.tail(channel, (0, "")).listeners.append(listener)


def test_a_write_is_neither_visible_nor_published_before_its_commit(gate):
    received = []
    listen("room:9", received.append)

    with db.UnitOfWork() as ann:
        entry = write("hello", "a1")
        rows, published = db.state().engine.read("select count(*) from entry", {}), list(received)
        gate.set()
        ann.wait_for_commit()

    assert (rows, published) == ([(0,)], [])
    assert (texts(), received) == (["hello"], [entry])


def test_a_unit_of_work_reads_its_own_uncommitted_writes():
    with db.UnitOfWork():
        write("hello", "a1")
        seen = texts()

    assert seen == ["hello"]


def test_an_error_after_a_write_is_raised_once_the_write_is_committed(gate):
    """Otherwise an upload that failed at its last step is resumed at an offset that is outdated a moment later."""
    def write_and_fail():
        with db.committed():
            write("hello", "a1")
            raise ValueError("the next step failed")

    request = gevent.spawn(lambda: pytest.raises(ValueError, write_and_fail))
    gevent.idle()
    was_answered = request.ready()
    gate.set()
    request.get()

    assert (was_answered, texts()) == (False, ["hello"])


def test_simultaneous_writes_share_commits(monkeypatch):
    commits = []
    commit = db.state().engine.commit
    monkeypatch.setattr(db.state().engine, "commit", lambda: (commits.append(1), commit()))

    gevent.joinall([gevent.spawn(write, f"m{n}", f"k{n}") for n in range(50)], raise_error=True)

    assert sorted(texts()) == sorted(f"m{n}" for n in range(50))
    assert len(commits) < 10


def test_a_failed_commit_raises_a_refusal_and_the_next_one_works(monkeypatch):
    received = []
    listen("room:9", received.append)

    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        with pytest.raises(Refused, match="Not saved") as refusal:
            write("lost", "a1")
    write("kept", "a2")

    assert refusal.value.code == "not_saved"
    assert texts() == ["kept"]
    assert [entry.data["text"] for entry in received] == ["kept"]


def test_two_transactions_of_a_failed_unit_of_work_are_both_refused(monkeypatch):
    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch, db.UnitOfWork() as unit:
        patch.setattr(db.state().engine, "commit", fail)
        write("one", "a1")
        with pytest.raises(Refused):
            unit.wait_for_commit()
        with pytest.raises(Refused):
            write("two", "a2")

    assert texts() == []


def test_a_nested_transaction_raises():
    with pytest.raises(RuntimeError, match="inner functions take tx"), db.transaction():
        write("inner", "a1")

    assert texts() == []


def test_a_snapshot_does_not_see_later_writes():
    write("one", "a1")
    with db.snapshot() as reads:
        before = log.head(reads, "room:9")
        gevent.spawn(write, "two", "a2").get()
        after = log.head(reads, "room:9")

    assert before == after == (1, "a1")
    assert log.head(db, "room:9") == (2, "a2")


def test_transactions_do_not_interleave_when_they_yield():
    def write_two(name):
        with db.transaction() as tx:
            log.append(tx, "room:9", "message", {"text": f"{name}1"}, author=1, key=f"{name}1")
            gevent.sleep(0)
            log.append(tx, "room:9", "message", {"text": f"{name}2"}, author=1, key=f"{name}2")

    gevent.joinall([gevent.spawn(write_two, name) for name in "abc"], raise_error=True)

    found = texts()
    assert [name for name, _ in found[::2]] == [name for name, _ in found[1::2]]
    assert sorted(found) == ["a1", "a2", "b1", "b2", "c1", "c2"]


def test_a_failing_callback_after_a_commit_does_not_stop_the_others(caplog):
    received = []
    listen("room:9", lambda entry: 1 / 0)
    listen("room:8", received.append)

    with db.transaction() as tx:
        log.append(tx, "room:9", "message", {"text": "x"}, author=1, key="a")
        log.append(tx, "room:8", "message", {"text": "y"}, author=1, key="a")

    assert len(received) == 1
    assert "a step after a commit failed" in caplog.text


def test_reopening_finds_all_data_and_runs_no_migration(database, tmp_path):
    write("hello", "a1")
    db.close()

    open_node(tmp_path, database)

    assert texts() == ["hello"]
    assert db.execute("select count(*) from schema_migration") == [(len(migrate.steps(db.dialect())),)]


def test_a_database_from_a_newer_version_is_refused(database, tmp_path):
    with db.transaction() as tx:
        tx.execute("insert into schema_migration (slice, number, name, at) values ('core', 9999, 'x', 0)")
    engine = db.state().engine

    with pytest.raises(db.Unusable, match="newer Hubbub"):
        migrate.run(engine)


def test_a_failed_migration_leaves_the_database_unchanged(monkeypatch):
    good = migrate.steps(db.dialect())
    broken = migrate.Migration("chat", 9000, "9000_broken.sql",
                               "create table half (a bigint);\ncreate table half (b bigint);\n")
    monkeypatch.setattr(migrate, "steps", lambda dialect: [*good, broken])

    with pytest.raises(Exception, match="half"):
        migrate.run(db.state().engine)

    assert "half" not in db.state().engine.tables()
    write("still works", "a1")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_process_on_the_same_folder_is_refused(database, tmp_path):
    from hubbub.core.db.sqlite import SQLite

    with pytest.raises(db.Unusable, match="another Hubbub already runs"):
        SQLite(tmp_path / "hubbub.db")


def test_a_rollback_by_the_database_refuses_the_whole_batch(monkeypatch, database):
    with db.UnitOfWork() as ann:
        write("ann", "a1")
        writing = db.state().engine._writing
        with db.UnitOfWork() as bob, pytest.raises((Refused, sqlite3.Error)), db.transaction() as tx:
            log.append(tx, "room:9", "message", {"text": "bob"}, author=2, key="b1")
            writing.execute("rollback")
            raise sqlite3.OperationalError("database or disk is full")
        with pytest.raises(Refused, match="Not saved"):
            ann.wait_for_commit()
    write("next", "a2")

    assert bob.batch is None
    assert texts() == ["next"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_at_the_end_of_a_transaction_does_not_affect_the_next_batch(monkeypatch, database):
    engine = db.state().engine
    execute = engine.execute

    def fail_at_release(sql, values):
        if sql == "release body":
            engine._writing.execute("rollback")
            raise Refused("error.not_saved_disk_full", "not_saved")
        return execute(sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "execute", fail_at_release)
        with pytest.raises(Refused, match="Not saved"):
            write("lost", "a1")
    write("next", "a2")

    assert texts() == ["next"]


def test_closing_commits_an_open_batch(database, tmp_path):
    with db.UnitOfWork():
        write("hello", "a1")
    db.close()

    open_node(tmp_path, database)

    until(lambda: texts() == ["hello"])


def test_a_transaction_that_swallows_an_error_is_kept_or_refused(database):
    with db.UnitOfWork() as ann:
        write("ann", "a1")
        with db.UnitOfWork() as bob:
            refused = None
            try:
                with db.transaction() as tx:
                    log.append(tx, "room:9", "message", {"text": "bob"}, author=2, key="b1")
                    with contextlib.suppress(Exception):
                        tx.execute("select * from no_such_table")
            except Exception as error:
                refused = error
            bob.wait_for_commit()
        ann.wait_for_commit()

    assert "ann" in texts()
    assert ("bob" in texts()) == (refused is None)


def test_a_callback_added_after_the_commit_runs_at_once():
    answers = []
    with db.UnitOfWork() as unit:
        write("hello", "a1")
        unit.wait_for_commit()

    unit.batch.then(answers.append)

    assert answers == [None]


def test_a_greenlet_killed_at_the_begin_does_not_block_later_writes(monkeypatch):
    engine = db.state().engine
    execute = engine.execute

    def killed(sql, values):
        if sql.startswith("savepoint"):
            raise gevent.GreenletExit
        return execute(sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "execute", killed)
        gevent.spawn(write, "never", "a1").join()
    write("next", "a2")

    assert texts() == ["next"]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_greenlet_killed_inside_a_statement_ends_even_if_it_tries_again_after_refusals():
    inside = gevent.event.Event()

    def write_again_and_again():
        while True:
            with contextlib.suppress(Refused), db.transaction() as tx:
                inside.set()
                tx.execute("select cast(pg_sleep(3) as text)")

    writer = gevent.spawn(write_again_and_again)
    inside.wait()
    writer.kill(timeout=2)

    assert writer.dead
    write("next", "a1")
    assert texts() == ["next"]


def test_a_killed_committer_acknowledges_nothing(monkeypatch):
    def killed():
        raise gevent.GreenletExit

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", killed)
        with pytest.raises(Refused, match="Not saved"):
            write("lost", "a1")
    write("kept", "a2")

    assert texts() == ["kept"]


def test_a_transaction_that_is_starting_finishes_before_the_database_closes(monkeypatch):
    began, begin = gevent.event.Event(), db.state().engine.begin
    monkeypatch.setattr(db.state().engine, "begin", lambda: (began.set(), gevent.sleep(0.01), begin()))
    joining = gevent.spawn(club.join, 1)
    began.wait()

    db.state().lanes[0].drain()

    assert db.state().lanes[0].batch is None
    assert db.state().engine.read("select count(*) from club_member", {}) == [(1,)]
    joining.get(timeout=5)


def test_closing_waits_for_thread_reads_of_killed_greenlets(tmp_path):
    engine = sqlite.SQLite(tmp_path / "other.db")
    reading = gevent.spawn(engine.read_in_thread, "with recursive n (i) as (select 1 union all select i + 1 from n "
                                                  "where i < 500000) select count(*) from n", {})
    gevent.sleep(0)

    reading.kill()
    before = engine._read_pool.task_queue.unfinished_tasks
    engine.close()

    assert (before, engine._idle) == (1, [])


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("selected", ["name, :head, 2", "name || '', :head + 0, 2"], ids=["as they are", "computed"])
def test_rows_given_as_a_parameter_are_inserted(count, selected):
    rows = [(f"place's:{number}",) for number in range(count)]

    with db.transaction() as tx:
        found = tx.execute(f"insert into channel (name, head, n) select {selected} from each(:rows) as one(name text) "
                           "where true on conflict (name) do nothing returning name, head, n", rows=rows, head=3)

    assert sorted(found) == [(name, 3, 2) for name, in rows]
