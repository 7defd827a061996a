"""Connections that PostgreSQL has ended are replaced before anybody notices."""

import pytest

from hubbub.core import db
from tests import postgres

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)


def write(text):
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values (:text, '')", text=text)


def written():
    return {name for name, in db.execute("select name from setting")}


def end(*connections):
    """End connections at the server, and wait until it has."""
    for connection in connections:
        postgres.required().execute(f"select pg_terminate_backend({connection.info.backend_pid}, 10000)")


def test_a_transaction_opens_a_new_connection(database):
    write("before")
    end(db.state().engine._writing)

    write("after")

    assert {"before", "after"} <= written()


def test_a_transaction_opens_a_new_connection_after_a_failed_statement_closed_it(database):
    write("before")
    db.state().engine._writing.pgconn.finish()

    write("after")

    assert {"before", "after"} <= written()


def test_a_read_uses_another_connection(database):
    write("before")
    assert "before" in written()
    end(*db.state().engine._pool._pool)

    assert "before" in written()
