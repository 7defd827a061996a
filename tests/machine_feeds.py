"""The promises of feeds as a state machine: two feeds with sources that repeat themselves, three screens, alerts.

Ticks come twice, late, with holes and from whom they must not; answers are lost, commits fail, the process dies;
screens stall, do not say what they took, are cut and come back.  A ledger of what was committed says after every step
which candles, quotes, alerts and notifications there must be.  Time goes on only when the machine says so.
"""

import contextlib

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from hubbub.core import db, latest
from hubbub.core.access import Refused
from hubbub.feeds import alerts, events, newest, ticks
from hubbub.feeds.model import DAY, MINUTE
from hubbub.people import model as people
from tests import machine
from tests.machine import Connection, quiet, soon
from tests.simulated_clock import Clock

PATIENCE = 5.0  # seconds after which a frame that nobody took is given up
BEGIN = 1_700_000_000 // DAY * DAY + DAY - 100.0  # shortly before midnight
SYMBOLS = {"prices": ("ACME", "TEA"), "metals": ("GOLD",)}
EVERY = [symbol for symbols in SYMBOLS.values() for symbol in symbols]


clock = Clock()


class Ledger:
    """What follows from all that was committed, worked out from the beginning and as simply as possible."""

    def __init__(self):
        self.counted = {feed: 0 for feed in SYMBOLS}
        self.newest, self.candles, self.quotes = {}, {}, {}
        self.alerts, self.told = {}, []
        self.shown = set()  # all quotes that ever were

    def keep(self, what, *more):
        getattr(self, f"_{what}")(*more)

    def _ticks(self, feed, fresh):
        for n, symbol, value, at in fresh:
            self.counted[feed] = n
            for resolution in (MINUTE, DAY):
                self.candles.setdefault((symbol, resolution, at // resolution * resolution), []).append((at, n, value))
            if symbol not in self.newest or at >= self.newest[symbol][0]:
                self.newest[symbol] = at, n, value
                self._alerts_see(symbol, value)
        for symbol in {symbol for _, symbol, *_ in fresh}:
            at, _, value = self.newest[symbol]
            self.quotes[symbol] = value, at, *self.candle(symbol, DAY, at // DAY * DAY)[:3]
            self.shown.add((symbol, self.quotes[symbol]))

    def _alerts_see(self, symbol, value):
        for (_, which, level, above), alert in self.alerts.items():
            if which != symbol or not alert["active"]:
                continue
            there = value >= level if above else value <= level
            if there and alert["there"] is False:
                alert["fired"] += 1
                alert["active"] = not alert["once"]
                self.told.append(f"alert:{alert['id']}:{alert['fired']}")
            alert["there"] = there

    def _alert(self, place, id, once):
        _, symbol, level, above = place
        value = self.newest[symbol][2]
        alert = self.alerts.setdefault(place, {"id": id, "fired": 0})
        alert.update(once=once, active=True, there=value >= level if above else value <= level)

    def candle(self, *place):
        """Open, high, low, close and how many."""
        seen = sorted(self.candles[place])
        values = [value for *_, value in seen]
        return values[0], max(values), min(values), values[-1], len(values)


class Wire(Connection):
    """What feeds see of a screen."""

    def __init__(self, person, troubles):
        super().__init__(person)
        self.troubles = troubles
        self.is_stalled = False
        self.given = {}  # what was sent, and so what it comes to show
        self.flight = None  # when a frame went out that is not answered

    @property
    def full(self):
        return self.is_stalled

    def send(self, frame):
        if not self.open:
            self.troubles.append("sent to a connection that is gone")
        if self.full:
            self.troubles.append("sent to a connection that is full")
        if self.flight is not None and clock.monotonic() - self.flight <= PATIENCE:
            self.troubles.append("a second frame while one is in flight")
        self.flight = clock.monotonic()
        super().send(frame)
        self.given |= self.wire[-1][1]["values"]


class Screen:
    """Somebody who watches."""

    def __init__(self, person):
        self.person, self.wire, self.watched, self.rate, self.shown, self.since = person, None, set(), 0, {}, None

    def cut(self):
        if self.wire:
            self.wire.cut()
            latest.unwatch(self.wire)
        self.wire, self.watched, self.since = None, set(), None

    def take(self, says):
        if not self.wire or not self.wire.wire:
            return
        event, payload = self.wire.take()
        self.shown |= payload["values"]
        if event == "latest" and says:
            latest.acknowledge(self.wire, payload["version"])
            if not any(later[0] == "latest" for later in self.wire.wire):
                self.wire.flight = None


class Market(machine.Machine):
    """Two sources, three screens, one ledger."""

    clock = clock

    who = st.integers(0, 2)
    feed = st.sampled_from(list(SYMBOLS))
    symbol = st.sampled_from(EVERY)

    def __init__(self):
        super().__init__()
        self.troubles = []
        self.screens = [Screen(person) for person in (1, 2, 3)]
        self.measured = {feed: [] for feed in SYMBOLS}
        self.known = {feed: 0 for feed in SYMBOLS}  # what each source knows to be counted
        self.ledger, self.waiting = Ledger(), []
        self.is_full = False

    def furnish(self):
        with db.transaction() as tx:
            assert [people.create(tx, name, name, "member").id for name in ("ann", "bob", "carl")] == [1, 2, 3]

    def open(self):
        super().open()
        engine = db.state().engine
        commit = engine.commit

        def perhaps():
            if self.is_full:
                self.is_full = False
                raise OSError("the disk is full")
            commit()

        engine.commit = perhaps
        latest.state.forget()
        newest.state.forget()
        newest.load()

    @initialize()
    def begin(self):
        clock.begin()
        super().begin()
        for feed in SYMBOLS:
            self.measures(feed, [(symbol, 5, 0) for symbol in SYMBOLS[feed]])
            self.sends(feed, 0, 9, True)
        quiet()
        for who, rate in enumerate(latest.RATES[:3]):
            self.watches(who, set(EVERY), rate)

    def write(self, call, *what):
        """Do something that is kept if its batch is; answers what it answered."""
        if db.state().lanes[0].batch is None:
            quiet()
        with db.UnitOfWork() as unit:
            answer = call()
        kept = [what[0], *(part(answer) if callable(part) else part for part in what[1:])]
        self.waiting.append(kept)

        def ended(failure):
            self.waiting.remove(kept)
            if not failure:
                self.ledger.keep(*kept)

        unit.batch.then(ended)
        return answer, unit.batch

    @rule(feed=feed, moves=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9),
                                              st.sampled_from([0, 0, 0, 70, DAY])), min_size=1, max_size=4))
    def measures(self, feed, moves):
        """A source sees how its symbols move; some of it with delay."""
        for which, value, delay in moves:
            symbol = which if isinstance(which, str) else SYMBOLS[feed][which % len(SYMBOLS[feed])]
            self.measured[feed].append((symbol, float(value), BEGIN + 20 * len(self.measured[feed]) - delay))

    @rule(feed=feed, values=st.lists(st.integers(0, 9), min_size=1, max_size=3), late=st.sampled_from([0, 0, 70, DAY]),
          seconds=st.sampled_from([0, 0.15, 1.1, 6.0]))
    def ticks(self, feed, values, late, seconds):
        """What is seen is sent at once, and some time goes on."""
        self.measures(feed, [(0, value, late) for value in values])
        self.sends(feed, 0, len(self.measured[feed]), True)
        if seconds:
            quiet()
            clock.go_on(seconds)

    def batch(self, feed, first, last):
        return tuple(ticks.Tick(symbol, value, at, n) for n, (symbol, value, at)
                     in enumerate(self.measured[feed], 1) if first < n <= last)

    def counted(self, feed):
        """Up to where a feed is counted, with what is not committed yet."""
        return max([self.ledger.counted[feed], *(fresh[-1][0] for what, *more in self.waiting
                                                 if what == "ticks" and more[0] == feed for fresh in more[1:])])

    @rule(feed=feed, back=st.integers(0, 3), most=st.integers(1, 5), hears=st.booleans())
    def sends(self, feed, back, most, hears):
        """A source, or another one that stands by for it, sends on from somewhere before what it knows."""
        before = self.counted(feed)
        first = max(0, self.known[feed] - back)
        batch = self.batch(feed, first, first + most + back)
        fresh = [(tick.n, tick.symbol, tick.value, tick.at) for tick in batch if tick.n > before]
        if not batch:
            return
        if not fresh:
            with db.UnitOfWork():
                assert ticks.publish(1 + list(SYMBOLS).index(feed), feed, batch) == (before, 0), "counted twice"
            return
        answer, committed = self.write(
            lambda: ticks.publish(1 + list(SYMBOLS).index(feed), feed, batch), "ticks", feed, fresh)
        assert answer == (fresh[-1][0], len(fresh)), "counted otherwise"
        if hears:
            committed.then(lambda failure: None if failure else self.known.__setitem__(feed, answer[0]))

    @rule(feed=feed, wrong=st.sampled_from(["a hole", "another's symbol", "another's feed"]))
    def sends_what_is_refused(self, feed, wrong):
        other = "metals" if feed == "prices" else "prices"
        maker = 1 + list(SYMBOLS).index(other if wrong == "another's feed" else feed)
        n = self.counted(feed) + 1
        batch = [ticks.Tick(SYMBOLS[feed][0], 7.0, BEGIN, n + (wrong == "a hole"))]
        if wrong == "another's symbol":
            batch.append(ticks.Tick(SYMBOLS[other][0], 7.0, BEGIN, n + 1))
        with contextlib.suppress(Refused), db.UnitOfWork():
            ticks.publish(maker, feed, tuple(batch))
            self.troubles.append(f"{wrong} was not refused")

    @rule(who=who, symbol=symbol, level=st.integers(1, 8), above=st.booleans(), once=st.booleans(),
          moves=st.lists(st.integers(0, 9), max_size=1))
    def sets_an_alert(self, who, symbol, level, above, once, moves):
        """Perhaps in the same moment in which the value moves."""
        place = who + 1, symbol, float(level), above
        for feed, symbols in SYMBOLS.items() if moves else ():
            if symbol in symbols:
                self.measures(feed, [(symbol, *moves, 0)])
                self.sends(feed, 0, len(self.measured[feed]), True)
        if symbol in self.ledger.newest:
            self.write(lambda: alerts.set(who + 1, symbol, float(level), "above" if above else "below", once),
                       "alert", place, lambda alert: alert.id, once)

    @rule(who=who, symbols=st.sets(symbol, min_size=1), rate=st.sampled_from(latest.RATES))
    def watches(self, who, symbols, rate):
        screen = self.screens[who]
        screen.wire = screen.wire or Wire(screen.person, self.troubles)
        answer = events.watch(screen.wire, tuple(symbols), rate)
        screen.wire.given, screen.wire.flight = dict(answer["values"]), None
        screen.wire.wire.append(["watch", answer])
        screen.watched, screen.rate, screen.since = symbols, rate, None

    @rule(who=who)
    def is_cut(self, who):
        self.screens[who].cut()

    @rule(who=who, on=st.booleans())
    def stalls(self, who, on):
        if self.screens[who].wire:
            self.screens[who].wire.is_stalled = on

    @rule(who=who, says=st.booleans())
    def takes(self, who, says):
        self.screens[who].take(says)

    @rule(seconds=st.sampled_from([0.05, 0.15, 0.3, 1.1, 6.0]))
    def time_goes_on(self, seconds):
        clock.go_on(seconds)

    @rule()
    def commits(self):
        quiet()

    @rule()
    def the_disk_is_full(self):
        self.is_full = bool(self.waiting)

    @rule(after_commit=st.booleans())
    def crashes(self, after_commit):
        self.is_full = False
        self.dies(after_commit)
        for kept in self.waiting if after_commit else ():
            self.ledger.keep(*kept)
        self.waiting = []
        for screen in self.screens:
            screen.cut()
        self.open()

    @invariant()
    def screens_show_what_is_committed(self):
        for screen in self.screens:
            if screen.wire is None:
                continue
            for symbol, quote in screen.wire.given.items():
                assert (symbol, tuple(quote.values())) in self.ledger.shown, "shows what was never committed"
            wire, now = screen.wire, clock.monotonic()
            assert screen.watched <= wire.given.keys(), "shows nothing of what has a value"
            given = {symbol: tuple(wire.given[symbol].values()) for symbol in screen.watched}
            owed = given != {symbol: self.ledger.quotes[symbol] for symbol in screen.watched}
            may = not wire.is_stalled and (wire.flight is None or now - wire.flight > PATIENCE)
            screen.since = (screen.since or now) if owed and may else None
            assert screen.since is None or now - screen.since <= screen.rate / 1000 + 0.01, "the newest value is late"
        assert not self.troubles, self.troubles

    @invariant()
    def candles_and_alerts_are_what_follows(self):
        if self.waiting:
            return  # perhaps already committed, but nobody was told
        kept = {tuple(row[:3]): tuple(row[3:]) for row in machine.committed(
            "select symbol, resolution, start, open, high, low, close, ticks from candle")}
        assert kept == {place: self.ledger.candle(*place) for place in self.ledger.candles}, "a candle is wrong"
        rows = machine.committed("select id, fired, active from alert order by id")
        assert rows == sorted((alert["id"], alert["fired"], int(alert["active"]))
                              for alert in self.ledger.alerts.values()), "an alert fired otherwise than values crossed"
        told = [key for key, in machine.committed("select key from entry where key like 'alert:%'")]
        assert sorted(told) == sorted(self.ledger.told), "told otherwise than alerts fired"

    def leaves(self):
        for screen in self.screens:
            screen.cut()
        latest.state.forget()

    def heals(self):
        self.is_full = False
        quiet()
        for who, screen in enumerate(self.screens):
            for feed in SYMBOLS:
                self.sends(feed, 0, 1000, True)
            if not screen.wire:
                self.watches(who, set(EVERY), 250)
            screen.wire.is_stalled = False
        quiet()
        assert soon(self.everybody_sees_the_newest), "somebody never saw the newest value"
        self.candles_and_alerts_are_what_follows()
        for feed, measured in self.measured.items():
            assert self.ledger.counted[feed] == len(measured), "something measured was never counted"

    def everybody_sees_the_newest(self):
        clock.go_on(PATIENCE + 5.1)
        for screen in self.screens:
            while screen.wire.wire:
                screen.take(says=True)
        return all(tuple(screen.shown.get(symbol, {}).values()) == self.ledger.quotes[symbol]
                   for screen in self.screens for symbol in screen.watched)
