"""The promises of the log as a state machine: three people, two clubs, a page that only members of one of them read.

Connections are cut, sends repeated, commits lost in a crash or made without an answer, entries come from another
process late, doubled, out of order or never, readers stall, reads take long, members are shown out and let in again,
and an old backup is put in place of the database.  After every step no channel has a hole or a double, what is said in
several is in all of them or in none, what was acknowledged is kept, what a client applied is a slice of its history,
and nobody hears what came after their removal.
"""

from contextlib import contextmanager

import gevent
import msgspec
from gevent.event import Event
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from hubbub.core import bus, db, follow, hub, log, tail
from tests import club, machine
from tests.device import CHANNELS, CHESS, PAGE, TEA, Client
from tests.machine import CAPACITY, Connection, quiet, soon

NOBODY = 0


class Clubs(machine.Machine):
    """Three clients, this process, and another one that is felt only through what it wrote."""

    who = st.integers(0, 2)
    where = st.sampled_from(CHANNELS)
    everywhere = st.sampled_from([(CHESS,), (TEA,), (PAGE,), (CHESS, TEA), (TEA, CHESS), (CHESS, TEA, PAGE)])

    def __init__(self):
        super().__init__()
        self.clients = [Client(person) for person in (1, 2, 3)]
        self.bus = []
        self.turns = 0
        self.meant = {}
        self.saved = None
        self.troubles = []
        self.at_once = Event()

    def furnish(self):
        for client in self.clients:
            club.join(client.person, CHESS)
            club.join(client.person, TEA)

    def open(self):
        super().open()
        engine = db.state().engine
        engine.read, engine.snapshot = self._slow(engine.read), self._slowly(engine.snapshot)

    def _slow(self, read):
        def slow(sql, values):
            rows = read(sql, values)
            self._pause()
            return rows

        return slow

    def _slowly(self, snapshot):
        @contextmanager
        def slowly():
            with snapshot() as reads:
                yield reads
            self._pause()

        return slowly

    def _pause(self):
        """What a client reads comes late while reads take long; much may have happened by then."""
        if gevent.getcurrent() in self.running:
            self.at_once.wait()

    def turn(self):
        self.turns += 1
        return self.turns

    @initialize()
    def begin(self):
        self.at_once.set()
        super().begin()
        for client in self.clients:
            self.connect(client)
        quiet()
        self.is_backed_up()

    def connect(self, client):
        client.cut()
        client.connection = Connection(client.person)
        self.resume(client, CHANNELS)

    def resume(self, client, channels):
        """One question with every cursor."""
        cursors = {channel: client.shelves[channel].cursor for channel in channels}
        self.run(self._resume, client.connection, cursors)

    def _resume(self, connection, cursors):
        try:
            answers = follow.resume(connection, cursors)
            connection.wire.append(["answer", {channel: answer if isinstance(answer, int) else answer.message
                                               for channel, answer in answers.items()}])
        except Exception as trouble:
            self.troubles.append(trouble)
        if not connection.open:
            hub.disconnect(connection)  # it left while this was handled, perhaps before it joined a channel

    def take(self, client):
        if client.connection and client.connection.wire and (behind := client.take()):
            self.resume(client, behind)

    def take_all(self, client):
        while client.connection and client.connection.wire:
            self.take(client)

    @rule(who=who, where=everywhere)
    def says(self, who, where):
        client = self.clients[who]
        client.say(where)
        self.meant[f"{client.person}-{client.posted}"] = where

    @rule(who=who, where=everywhere, times=st.sampled_from([2, 4, 9, 25]))
    def says_a_lot(self, who, where, times):
        for _ in range(times):
            self.says(who, where)
        quiet()

    @rule(who=who, where=everywhere)
    def says_and_listens_at_once(self, who, where):
        self.says(who, where)
        self.take_all(self.clients[who])

    @rule(who=who)
    def repeats(self, who):
        for key in list(self.clients[who].pending)[:1]:
            self.clients[who].send(key)

    @rule(who=who)
    def connects(self, who):
        client = self.clients[who]
        self.connect(client)
        for key in list(client.pending):
            client.send(key)

    @rule(who=who)
    def is_cut(self, who):
        self.clients[who].cut()

    @rule()
    def commits(self):
        quiet()

    @rule(who=who)
    def takes_one(self, who):
        self.take(self.clients[who])

    @rule(who=who)
    def takes_all(self, who):
        self.take_all(self.clients[who])

    @rule(where=where, times=st.integers(1, 3), skips=st.booleans(), along=st.booleans())
    def another_process_writes(self, where, times, skips, along):
        quiet()
        self.bus += [self.message(self.written_elsewhere(where), along) for _ in range(times)]
        if skips:
            bus.handle(self.bus[-1])

    def written_elsewhere(self, where):
        with db.transaction() as tx:
            entry = log.append(tx, where, "message", {"text": f"x-{self.turn()}"}, author=NOBODY,
                               key=f"x-{self.turns}", counts=True)
            tx.effects.clear()
        return entry

    def message(self, entry, along):
        """Return what another process sends of an entry: with the entry itself if it knows the one before."""
        if not along:
            return bus.Published(entry.channel, entry.seq, entry.key)
        before = ([key for _, _, key, _ in self.rows()[entry.channel]] + [""])[entry.seq - 2]
        return bus.Published(entry.channel, entry.seq, entry.key, before, msgspec.Raw(msgspec.json.encode(entry)))

    @rule(who=who, along=st.booleans())
    def another_process_shows_out(self, who, along):
        client = self.clients[who]
        if client.shelves[TEA].fence is not None:
            return
        quiet()
        with db.transaction() as tx:
            tx.execute("delete from club_member where club = :club and person = :person", club=TEA,
                       person=client.person)
            entry = log.append(tx, TEA, "left", {"person": client.person}, author=NOBODY, key=f"out-{self.turn()}")
            tx.effects.clear()
        client.shelves[TEA].fence = entry.seq
        self.bus.append(self.message(entry, along))

    @precondition(lambda self: self.bus)
    @rule(data=st.data(), keep=st.booleans())
    def the_bus_delivers(self, data, keep):
        at = data.draw(st.integers(0, len(self.bus) - 1))
        bus.handle(self.bus[at] if keep else self.bus.pop(at))

    @precondition(lambda self: self.bus)
    @rule()
    def the_bus_loses(self):
        self.bus[:1] = []

    @rule()
    def heads_are_told(self):
        follow.heartbeat()

    @rule(long=st.booleans())
    def reading_takes_long(self, long):
        self.at_once.clear() if long else self.at_once.set()
        quiet()

    @rule(after_commit=st.booleans())
    def crashes(self, after_commit):
        self.dies(after_commit)
        self.nobody_is_connected()
        self.open()

    def nobody_is_connected(self):
        for client in self.clients:
            client.cut()
        self.bus.clear()

    @rule()
    def is_backed_up(self):
        self.saved = self.copy(), [dict(client.acknowledged) for client in self.clients], self.members()

    @rule(news=st.integers(0, 4))
    def the_backup_is_put_back(self, news):
        """What was said since is lost; perhaps other things are said before anybody comes back."""
        parts, acknowledged, members = self.saved
        before = self.rows()
        self.put_back(parts)
        self.nobody_is_connected()
        assert self.members() == members
        rows = self.rows()
        kept = {key for channel in CHANNELS for _, _, key, _ in rows[channel]}
        lost = {key for channel in CHANNELS for _, _, key, _ in before[channel]} - kept
        for client, known in zip(self.clients, acknowledged, strict=True):
            client.acknowledged = dict(known)
            client.gone |= {key for key in lost if key.startswith(f"{client.person}-")}
            for key in lost & set(client.pending):
                del client.pending[key]  # the same key at the same place would be the same cursor in both histories
            for channel, shelf in client.shelves.items():
                shelf.stale = not shelf.is_of(rows[channel])
                shelf.fence = None if (client.person, self.club_of(channel)) in members else len(rows[channel])
        for channel in CHANNELS[:news]:
            for _ in range(news):
                self.written_elsewhere(channel)

    def members(self):
        return set(machine.committed("select person, club from club_member"))

    @staticmethod
    def club_of(channel):
        return CHESS if channel == PAGE else channel

    @rule(who=who, where=st.sampled_from([CHESS, TEA]), gossip=st.booleans(), racing=st.booleans())
    def is_shown_out(self, who, where, gossip, racing):
        client = self.clients[who]
        if client.shelves[where].fence is not None:
            return
        quiet()
        if racing:  # they come back in the same moment, and what was looked up for them is old
            self.at_once.clear()
            self.connect(client)
            quiet()
        client.shelves[where].fence = club.leave(client.person, where, key=f"leave-{self.turn()}").seq
        with db.transaction() as tx:
            follow.recheck(tx, client.person)
        if where == CHESS:
            assert soon(lambda: PAGE not in hub.channels_read_by(client.person)), "still reads a dependent channel"
            client.shelves[PAGE].fence = len(self.rows()[PAGE])
        if racing:
            self.at_once.set()
            quiet()
        if gossip:
            for channel in CHANNELS:
                bus.handle(self.message(self.written_elsewhere(channel), along=True))
            quiet()
            self.take_all(client)

    @rule(who=who, where=st.sampled_from([CHESS, TEA]))
    def is_let_in_again(self, who, where):
        client = self.clients[who]
        if client.shelves[where].fence is not None:
            quiet()
            club.join(client.person, where, key=f"join-{self.turn()}")
            for channel in CHANNELS:
                if self.club_of(channel) == where:
                    client.shelves[channel].fence = None
            self.connect(client)

    def rows(self):
        """The committed log of each channel."""
        rows = {channel: [] for channel in CHANNELS}
        for channel, *row in machine.committed("select channel, seq, author, key, kind from entry "
                                               "order by channel, seq"):
            rows[channel].append(tuple(row))
        return rows

    @invariant()
    def the_laws_hold(self):
        if not self.furnished:
            return
        rows = self.rows()
        for channel in CHANNELS:
            self.the_log_has_no_hole_and_no_double(rows[channel])
        self.what_is_said_in_several_is_in_all_or_none(rows)
        for client in self.clients:
            self.what_was_acknowledged_is_kept(client, rows)
            for channel, shelf in client.shelves.items():
                if not shelf.stale:
                    shelf.agrees_with(rows[channel])
            self.memory_is_bounded(client)
        assert not self.troubles, self.troubles

    def the_log_has_no_hole_and_no_double(self, rows):
        assert [seq for seq, *_ in rows] == list(range(1, len(rows) + 1)), "the log has a hole"
        said = [(author, key.partition("#")[0]) for _, author, key, _ in rows]
        assert len(said) == len(set(said)), "something was said twice"

    def what_is_said_in_several_is_in_all_or_none(self, rows):
        places = {}
        for channel in CHANNELS:
            for _, _, key, _ in rows[channel]:
                places.setdefault(key.partition("#")[0], set()).add(channel)
        for key in places.keys() & self.meant.keys():
            assert places[key] == set(self.meant[key]), "said in some channels and not in the others"

    def what_was_acknowledged_is_kept(self, client, rows):
        for key, seqs in client.acknowledged.items():
            for channel, seq in seqs.items():
                assert len(rows[channel]) >= seq and rows[channel][seq - 1][1:3] == (client.person, key), \
                    "acknowledged, and not kept"

    def memory_is_bounded(self, client):
        waiting = [kind for kind, *_ in client.connection.wire
                   if kind not in ("ok", "answer", "heads")] if client.connection else []
        most = CAPACITY + len(CHANNELS) * max(tail.RING_ENTRIES, log.PAGE_ENTRIES)
        assert len(waiting) <= most, "more and more is queued"

    def leaves(self):
        for client in self.clients:
            client.cut()

    def heals(self):
        self.at_once.set()
        quiet()
        for who in range(3):
            self.is_let_in_again(who, CHESS)
            self.is_let_in_again(who, TEA)
            if not self.clients[who].connection or self.clients[who].pending:
                self.connects(who)
        quiet()
        follow.heartbeat()  # shows what the bus has lost
        assert soon(self.everybody_has_everything), "somebody never got everything"
        self.the_laws_hold()
        rows = self.rows()
        said = {key for channel in CHANNELS for _, _, key, _ in rows[channel]}
        for client in self.clients:
            wanted = {f"{client.person}-{n}" for n in range(1, client.posted + 1)} - client.gone
            assert wanted <= said, "something that was said is lost"

    def everybody_has_everything(self):
        for client in self.clients:
            self.take_all(client)
        rows = self.rows()
        return not any(client.pending for client in self.clients) and all(
            shelf.cursor.seq == len(rows[channel]) and not shelf.stale
            for client in self.clients for channel, shelf in client.shelves.items())
