"""A connection to PostgreSQL that several tests use, one after the other, is as good as new for each."""

import psycopg
import pytest

from hubbub.core.db.cooperative import Connection
from tests import postgres
from tests.waiting import until


@pytest.fixture
def address():
    emptied = postgres.required().emptied
    address = emptied.take()
    yield address
    emptied.give_back(address)


@pytest.fixture
def connect(address):
    """Connect as the product does, until the end of the test."""
    opened = []

    def connect(to=address, **options):
        opened.append(Connection.connect(to, autocommit=True, **options))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def value(connection, sql):
    return connection.execute(sql).fetchone()[0]


def has_ended(pid):
    return not postgres.required().execute(f"select from pg_stat_activity where pid = {pid}").fetchall()


def pid(connection):
    return value(connection, "select pg_backend_pid()")


def test_a_closed_connection_serves_the_next_one_with_the_same_options(connect):
    one, other = connect(), connect(connect_timeout=5)
    first, second = pid(one), pid(other)
    assert first != second
    one.close()
    other.close()

    assert pid(connect()) == first
    assert pid(connect(connect_timeout=5)) == second
    assert pid(connect()) not in (first, second)


def test_the_closed_connection_refuses_statements(connect):
    old = connect()
    cursor = old.cursor()
    old.close()
    new = connect()

    for execute in (old.execute, old.statements.execute, cursor.execute):
        with pytest.raises(psycopg.OperationalError, match="closed"):
            execute("select 1")
    assert old.closed
    assert value(new, "select 1") == 1


def test_nothing_of_the_session_is_left(address, connect):
    old = connect()
    first = pid(old)
    for sql in ("create temp table passing (n int)", "set lock_timeout = '5s'", "set search_path = public",
                "listen news", "select pg_advisory_lock(1)", "set default_transaction_read_only = on"):
        old.execute(sql)
    old.close()

    new = connect()

    assert pid(new) == first
    assert value(new, "show lock_timeout") == "0"
    assert value(new, "show default_transaction_read_only") == "off"
    assert value(new, "select current_schema()") == address.rpartition("%3D")[2]
    assert new.execute("select * from pg_listening_channels()").fetchall() == []
    assert value(new, "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()") == 0
    assert value(new, "select to_regclass('passing')") is None


def test_a_connection_inside_a_transaction_is_closed(connect):
    old = connect()
    first = pid(old)
    old.execute("begin")
    old.close()

    assert pid(connect()) != first
    until(lambda: has_ended(first))


def test_a_connection_that_the_server_has_ended_is_not_given_to_anybody(connect):
    old = connect()
    first = pid(old)
    old.close()
    postgres.required().execute(f"select pg_terminate_backend({first}, 10000)")

    assert pid(connect()) != first


def test_connections_to_other_addresses_are_closed(connect):
    old = connect(postgres.required().database())
    first = pid(old)
    old.close()

    until(lambda: has_ended(first))
