"""Connections to PostgreSQL that the next tests use, too: opening one costs 13 ms of CPU, and cleaning it 0.2."""

import contextlib
import os

import psycopg
from psycopg.pq import ExecStatus, PGconn, TransactionStatus

from hubbub.core.db.cooperative import Connection

# All that a session keeps but its prepared statements, whose plans PostgreSQL makes again when a table has changed.
CLEAN = b"reset all; close all; unlisten *; select pg_advisory_unlock_all(); discard sequences; discard temp"
CLOSED = PGconn.connect_start(b"port=none")


class KeptConnections:
    """Connections to some addresses, closed by the product and still open, for the next `Connection.connect`.

    One that is inside a transaction or that the server has ended is not kept.
    """

    def __init__(self):
        self._free = {}
        self._connect, self._close = Connection.connect.__func__, Connection.close

    def install(self):
        """Have the product's connections come from here and return to here."""
        kept = self

        class Kept(Connection):
            @classmethod
            def connect(cls, conninfo="", **options):
                return kept._take(cls, conninfo, options)

            def close(self):
                kept._give_back(self)

        Connection.connect, Connection.close = Kept.__dict__["connect"], Kept.__dict__["close"]
        os.register_at_fork(after_in_child=self._free.clear)

    def keep(self, address):
        """Keep connections to an address from now on."""
        self._free.setdefault(address, [])

    def drop(self, address):
        """Close those to an address and keep no more."""
        for pgconn, *_ in self._free.pop(address, ()):
            pgconn.finish()

    def _take(self, kind, address, options):
        free = self._free.get(address, ())
        for n in reversed(range(len(free))):
            if free[n][1] == options:
                pgconn, _, prepared = free.pop(n)
                if succeeds(pgconn, b""):
                    connection = kind(pgconn)
                    connection._autocommit, connection._prepared = options["autocommit"], prepared
                    connection.kept_for = address, options
                    return connection
                pgconn.finish()
                return self._take(kind, address, options)
        connection = self._connect(kind, address, **options)
        connection.kept_for = address, options
        return connection

    def _give_back(self, connection):
        address, options = getattr(connection, "kept_for", ("", {}))
        pgconn = connection.pgconn
        if address in self._free and not connection.closed and succeeds(pgconn, CLEAN):
            self._free[address].append((pgconn, options, connection._prepared))
            connection.pgconn, connection.wait = CLOSED, refuse
        self._close(connection)


def succeeds(pgconn, sql):
    """Return whether a session is outside a transaction and executes statements."""
    with contextlib.suppress(psycopg.Error):
        return (pgconn.transaction_status == TransactionStatus.IDLE
                and pgconn.exec_(sql).status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY))
    return False


def refuse(*_):
    raise psycopg.OperationalError("the connection is closed")
