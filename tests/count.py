"""Counts the statements that something takes, through every interface of the database."""

import contextlib

from hubbub.core import db


class Counted:
    """What a snapshot reads through."""

    def __init__(self, reads, asked):
        self._reads, self._asked = reads, asked

    def execute(self, sql, /, **values):
        self._asked.append(sql)
        return self._reads.execute(sql, **values)


def watch(put=setattr):
    """From now on, note the statements that go through the open database; returns the list that grows."""
    engine, asked = db.state().writer.engine, []
    snapshot = engine.snapshot

    def counted(real):
        return lambda sql, values: (asked.append(sql), real(sql, values))[1]

    @contextlib.contextmanager
    def counted_snapshot():
        with snapshot() as reads:
            yield Counted(reads, asked)

    put(engine, "execute", counted(engine.execute))
    put(engine, "read", counted(engine.read))
    put(engine, "snapshot", counted_snapshot)
    return asked


def statements(monkeypatch, act):
    """The statements that `act()` takes."""
    with monkeypatch.context() as patch:
        asked = watch(patch.setattr)
        act()
    return asked
