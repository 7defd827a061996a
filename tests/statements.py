"""Record the SQL statements that a piece of code runs, through every interface of the database."""

import contextlib

from hubbub.core import consumers, db, timers
from hubbub.feeds import newest


class RecordingReads:
    """A snapshot that records the statements it runs."""

    def __init__(self, reads, recorded):
        self._reads, self._recorded = reads, recorded

    def execute(self, sql, /, **values):
        self._recorded.append(sql)
        return self._reads.execute(sql, **values)


def start_recording(replace=setattr):
    """Record the statements of the open database from now on; return the list, which grows.

    The consumers and timers end before, since theirs would be among them.
    """
    consumers.stop()
    timers.stop()
    engine, recorded = db.state().engine, []
    if engine.dialect == "sqlite":
        engine._read_pool.join()  # their reads in threads go on
    snapshot = engine.snapshot

    def recording(real):
        return lambda sql, values: (recorded.append(sql), real(sql, values))[1]

    @contextlib.contextmanager
    def recording_snapshot():
        with snapshot() as reads:
            yield RecordingReads(reads, recorded)

    for lane in engine.lanes:
        replace(lane, "execute", recording(lane.execute))
    replace(engine, "read", recording(engine.read))
    replace(engine, "snapshot", recording_snapshot)
    return recorded


def statements(monkeypatch, function):
    """Call a function, and return the statements that it ran."""
    with monkeypatch.context() as patch:
        patch.setattr(newest, "_try_to_load", lambda: None)  # every 2 seconds
        recorded = start_recording(patch.setattr)
        function()
    return recorded
