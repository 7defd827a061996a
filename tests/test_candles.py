"""Properties of candles and alerts: any order of ticks gives the same candles, and each crossing alerts once."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import access, db, latest, node
from hubbub.feeds import alerts, candles, model, ticks
from hubbub.feeds.candles import Counted
from hubbub.feeds.ticks import Tick
from hubbub.people import model as people

NOW = 1_790_000_000.0
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
VALUE = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
MOMENT = st.integers(0, 4 * 86400).map(lambda back: NOW - back) | st.integers(0, 180).map(lambda back: NOW - back)
TICKS = st.lists(st.tuples(st.sampled_from(["AA", "BB"]), VALUE, MOMENT), min_size=1, max_size=40)


@pytest.fixture
def ann(database):
    """A person on a node with each kind of database."""
    latest.state.forget()
    with db.transaction() as tx:
        return people.create(tx, "Ann", "ann", "member", "secret").id


numbers = itertools.count()


def fresh_feed():
    return f"f{next(numbers)}"


def named(feed, ticks):
    """Return the ticks under symbols that no other example has."""
    return [Tick(f"{symbol}{feed[1:]}", value, at, n) for n, (symbol, value, at) in enumerate(ticks, 1)]


def deliver(ann, feed, source, cuts, generator):
    """Send in batches, some twice or from further back, as a source does that gets no answer."""
    sent = 0
    while sent < len(source):
        end = min(len(source), sent + generator.randint(1, cuts))
        back = generator.randint(0, sent)
        ticks.publish(ann, feed, tuple(source[back if generator.random() < .4 else sent:end]))
        if generator.random() < .3:
            ticks.publish(ann, feed, tuple(source[sent:end]))
        sent = end


def recomputed(source, symbol, resolution):
    """Compute the candles by definition: sort the ticks by time, then number, and group them."""
    mine = sorted((tick.at, tick.n, tick.value) for tick in source if tick.symbol == symbol)
    found = {}
    for at, _, value in mine:
        start = int(at) - (int(at) + 3 * 86400) % resolution  # weeks begin on Mondays
        found.setdefault(start, []).append(value)
    return [[start, values[0], max(values), min(values), values[-1]] for start, values in sorted(found.items())]


def test_candles_equal_those_computed_from_all_ticks_in_any_order(ann, monkeypatch):
    monkeypatch.setattr(node, "now", lambda: NOW + 1)

    @MANY
    @given(TICKS, st.integers(1, 9), st.integers())
    def check(drawn, cuts, seed):
        feed = fresh_feed()
        source = named(feed, drawn)
        deliver(ann, feed, source, cuts, random.Random(seed))
        for symbol in {tick.symbol for tick in source}:
            for length in (*candles.RESOLUTIONS, *candles.MADE):
                assert candles.read(db, symbol, length, 2e9, limit=6000) == recomputed(source, symbol, length)
            newest = max((tick for tick in source if tick.symbol == symbol), key=lambda tick: (tick.at, tick.n))
            quote = latest.value(symbol)
            day = recomputed([tick for tick in source if tick.at // 86400 == newest.at // 86400], symbol, 86400)[0]
            assert (quote["value"], quote["at"]) == (newest.value, newest.at)
            assert [quote["open"], quote["high"], quote["low"]] == day[1:4]
            assert model.symbol(db, symbol).quote.value == newest.value

    check()


MINUTES = """insert into candle (symbol, resolution, start, open, high, low, close, first_at, first_n, last_at, last_n,
    ticks) with recursive minute(start) as (select cast(:first as bigint) union all
    select start + 60 from minute where start + 60 < :last)
    select 'AA', 60, start, 1, 3, 0, 2, start, 1, start, 1, 1 from minute"""


def test_a_long_range_is_a_few_candles_up_to_the_newest_value(database):
    monday = 1_789_948_800  # in UTC
    with db.transaction() as tx:
        tx.execute(MINUTES, first=monday, last=monday + 30 * 86400 + 90)

    hours = candles.read(db, "AA", 3600, 2e9, span=7 * 86400)
    month = candles.read(db, "AA", 14_400, 2e9, span=30 * 86400)

    assert (hours[0], len(hours)) == ([monday + 23 * 86400 + 3600, 1, 3, 0, 2], 168)
    assert (month[-1][0], len(month)) == (monday + 30 * 86400, 180)
    assert candles.read(db, "AA", 300, 2e9, limit=3, span=10**9) == candles.read(db, "AA", 300, 2e9, limit=3)
    last = monday + 30 * 86400
    assert [start for start, *_ in candles.read(db, "AA", 60, 2e9, span=120)] == [last, last + 60]
    assert candles.read(db, "AA", 900, monday) == []


def test_the_order_of_ticks_within_a_batch_does_not_matter():
    some = [Counted(n, "AA", value, at)
            for n, value, at in ((1, 5.0, 60.0), (2, 9.0, 60.0), (3, 1.0, 119.0), (4, 7.0, 61.0))]

    found = {(candle.open, candle.high, candle.low, candle.close, candle.ticks)
             for _ in range(20) for candle in candles.gather(random.sample(some, 4)).values()}

    assert found == {(5.0, 9.0, 1.0, 1.0, 4)}


def notifications(person):
    rows = db.execute("select data from entry where channel = :channel and kind = 'notification' order by seq",
                      channel=f"inbox:{person}")
    return [data for data, in rows]


def crossings(values, level, direction, before):
    """Count how often the values reach the side of the level where the alert fires."""
    reached = [(value >= level if direction == "above" else value <= level) for value in values]
    sides = ([] if before is None else [before]) + reached
    return sum(now and not last for last, now in zip(sides, sides[1:], strict=False))


def test_an_alert_notifies_of_every_crossing_once(ann, monkeypatch):
    monkeypatch.setattr(node, "now", lambda: NOW + 1)

    @MANY
    @given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 6), st.sampled_from(["above", "below"]),
           st.booleans(), st.integers(1, 9), st.integers(), st.booleans())
    def check(values, level, direction, once, cuts, seed, late):
        feed = fresh_feed()
        symbol = f"AA{feed[1:]}"
        ticks.publish(ann, feed, (Tick(symbol, 3.0, NOW - 100, 1),))
        alert = alerts.set(ann, symbol, float(level), direction, once)
        before = len(notifications(ann))
        source = [Tick(symbol, 3.0, NOW - 100, 1)]
        for value in values:
            source.append(Tick(symbol, float(value), NOW - 50 + len(source) / 10, len(source) + 1))
            if late:  # a late tick changes candles, but fires no alert
                source.append(Tick(symbol, 100.0 if direction == "above" else -100.0, NOW - 90, len(source) + 1))
        deliver(ann, feed, source, cuts, random.Random(seed))

        was_reached = level <= 3 if direction == "above" else level >= 3
        expected = crossings(values, level, direction, was_reached)
        expected = min(1, expected) if once else expected
        assert len(notifications(ann)) - before == expected
        [updated] = [mine for mine in alerts.mine(db, ann) if mine.id == alert.id]
        assert (updated.fired, updated.active) == (expected, not (once and expected))
        alerts.remove(ann, alert.id)

    check()


def test_an_alert_names_the_symbol_the_level_and_the_value(ann):
    ticks.publish(ann, "f", (Tick("ACME", 184.0),))
    alerts.set(ann, "ACME", 185, "above", True)

    ticks.publish(ann, "f", (Tick("ACME", 185.2),))

    assert notifications(ann) == ['{"cause":"alert","channel":"","target":0,"root":0,"title":"ACME",'
                         '"text":"ACME crossed above 185: 185.2","url":"/feed/ACME",'
                         '"text_id":"feeds.inbox.alert.above",'
                         '"params":{"symbol":"ACME","level":"185","value":"185.2"},"conversation":"feed:ACME"}']


def test_setting_a_fired_alert_again_activates_it(ann):
    ticks.publish(ann, "f", (Tick("ACME", 1.0),))
    first = alerts.set(ann, "ACME", 2, "above", True)
    ticks.publish(ann, "f", (Tick("ACME", 3.0), Tick("ACME", 1.0), Tick("ACME", 3.0)))
    assert len(notifications(ann)) == 1

    again = alerts.set(ann, "ACME", 2, "above", True)
    ticks.publish(ann, "f", (Tick("ACME", 4.0), Tick("ACME", 1.0), Tick("ACME", 2.0)))

    assert (again.id, again.active, len(notifications(ann))) == (first.id, True, 2)


def test_the_first_value_of_a_symbol_is_no_crossing(ann):
    with db.transaction() as tx:
        tx.execute("insert into feed (name, title, created_by, since) values ('f', 'F', :ann, 0)", ann=ann)
        tx.execute("insert into symbol (name, feed, since) values ('ACME', 'f', 0)")
    alerts.set(ann, "ACME", 2, "above", True)

    ticks.publish(ann, "f", (Tick("ACME", 5.0),))
    assert notifications(ann) == []
    ticks.publish(ann, "f", (Tick("ACME", 1.0), Tick("ACME", 2.0)))

    assert len(notifications(ann)) == 1


def test_an_alert_set_after_an_uncommitted_tick_starts_from_its_value(ann):
    ticks.publish(ann, "f", (Tick("ACME", 1.0),))
    with db.UnitOfWork():  # the tick is not committed yet, so no client has it
        ticks.publish(ann, "f", (Tick("ACME", 5.0),))
        alerts.set(ann, "ACME", 2, "above", True)

    ticks.publish(ann, "f", (Tick("ACME", 6.0),))

    assert notifications(ann) == []


def test_an_alert_needs_a_symbol_and_only_its_owner_removes_it(ann):
    with db.transaction() as tx:
        bob = people.create(tx, "Bob", "bob", "member", "secret").id
    ticks.publish(ann, "f", (Tick("ACME", 5.0),))
    alert = alerts.set(ann, "ACME", 2, "above", True)

    with pytest.raises(access.Refused, match="no such channel"):
        alerts.set(ann, "NOPE", 2, "above", True)
    with pytest.raises(access.Refused, match="no such alert"):
        alerts.remove(bob, alert.id)
    assert alerts.mine(db, bob) == []


def test_a_person_can_have_100_alerts(ann):
    ticks.publish(ann, "f", (Tick("ACME", 5.0),))
    for level in range(alerts.MOST):
        alerts.set(ann, "ACME", level, "above", True)

    with pytest.raises(access.Refused, match="100 alerts"):
        alerts.set(ann, "ACME", 1e6, "above", True)
    assert alerts.set(ann, "ACME", 5, "above", False).once is False
