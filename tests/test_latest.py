"""Latest values: only the newest value of a symbol is sent, one frame at a time, so that nothing accumulates."""

import msgspec
import pytest
from gevent import Greenlet
from hypothesis import given
from hypothesis import strategies as st

from hubbub.core import hub, latest, node


class Screen:
    """A connection that watches symbols, and acknowledges frames when the test calls `acknowledge`."""

    def __init__(self, *symbols, rate=100):
        self.person, self.full, self.frames = 1, False, []
        self.shown = dict(latest.watch(self, symbols, rate)["values"])

    def send(self, frame):
        self.frames.append(msgspec.json.decode(bytes(frame)))
        self.shown |= self.frames[-1]["values"]

    def acknowledge(self):
        latest.acknowledge(self, self.frames[-1]["version"])


class Encoded(bytes):
    """An encoded frame."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A new node whose timers never run: the tests call `flush`."""
    monkeypatch.setattr(latest.node, "spawn", lambda *call: Greenlet())
    node.make_default(node.Node())
    hub.attach(lambda event, payload: Encoded(msgspec.json.encode(payload)))


def test_watching_returns_the_newest_values_at_once():
    latest.put("ACME", 1)
    latest.put("ACME", 2)

    assert Screen("ACME", "GLOBEX").shown == {"ACME": 2}
    assert latest.value("ACME") == 2 and latest.value("GLOBEX") is None


def test_a_frame_holds_only_the_newest_value():
    ann = Screen("ACME", "GLOBEX")
    for price in range(1000):
        latest.put("ACME", price)

    latest.flush(100, now=1.0)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 999}]


def test_unwatched_symbols_are_not_sent():
    ann, bob = Screen("ACME"), Screen("GLOBEX")
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert len(ann.frames) == 1 and bob.frames == []


def test_the_next_frame_waits_for_the_acknowledgement():
    ann = Screen("ACME")
    for now in range(1, 5):
        latest.put("ACME", now)
        latest.flush(100, now=now)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 1}]
    ann.acknowledge()
    latest.flush(100, now=5)
    assert [frame["values"] for frame in ann.frames] == [{"ACME": 1}, {"ACME": 4}]


def test_a_client_that_never_acknowledges_gets_a_frame_every_six_seconds():
    ann = Screen("ACME")
    for now in range(1, 31):
        latest.put("ACME", now)
        latest.flush(100, now=now)

    assert [frame["values"]["ACME"] for frame in ann.frames] == [1, 7, 13, 19, 25]


def test_a_full_connection_gets_nothing_and_later_the_newest_values():
    ann = Screen("ACME", "GLOBEX")
    ann.full = True
    for price in range(100):
        latest.put("ACME", price)
        latest.put("GLOBEX", -price)
        latest.flush(100, now=price)
    ann.full = False

    latest.flush(100, now=200)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 99, "GLOBEX": -99}]


def test_a_frame_for_equal_watch_lists_is_encoded_once(monkeypatch):
    encoded, encode = [], hub.state().encode
    hub.attach(lambda event, payload: encoded.append(event) or encode(event, payload))
    crowd = [Screen("ACME", "GLOBEX") for _ in range(50)]
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert encoded == ["latest"]
    assert all(screen.shown == {"ACME": 1} for screen in crowd)


def test_each_rate_is_flushed_separately():
    quick, slow = Screen("ACME", rate=100), Screen("ACME", rate=5000)
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert len(quick.frames) == 1 and slow.frames == []


def test_a_symbol_is_unwatched_after_its_last_watcher_left():
    ann, bob = Screen("ACME"), Screen("ACME", "GLOBEX")

    latest.unwatch(bob)
    assert latest.is_watched(["ACME"]) and not latest.is_watched(["GLOBEX"])
    latest.watch(ann, [], 100)
    assert not latest.is_watched(["ACME"])
    latest.put("ACME", 1)
    latest.flush(100, now=1.0)
    assert ann.frames == bob.frames == []


def test_a_dropped_symbol_has_no_value():
    latest.put("ACME", 1)
    latest.drop("ACME")

    assert latest.value("ACME") is None and Screen("ACME").shown == {}


STEPS = st.lists(st.one_of(st.tuples(st.just("put"), st.sampled_from("ABC"), st.integers()),
                           st.tuples(st.sampled_from(["flush", "acknowledge", "full", "free", "again"]))), max_size=60)


@given(STEPS)
def test_the_screen_ends_with_the_newest_values_after_any_steps(steps):
    latest.state.forget()
    ann, newest, now = Screen("A", "B"), {}, 0.0
    for step in [*steps, ("free",)]:
        now += 1.0
        if step[0] == "put":
            latest.put(*step[1:])
            newest[step[1]] = step[2]
        elif step[0] == "flush":
            before = len(ann.frames)
            latest.flush(100, now)
            assert len(ann.frames) <= before + 1
        elif step[0] == "acknowledge" and ann.frames:
            ann.acknowledge()
        elif step[0] == "again":
            ann.shown |= latest.watch(ann, ["A", "B"], 100)["values"]
        elif step[0] in ("full", "free"):
            ann.full = step[0] == "full"

    latest.flush(100, now + 10)

    assert ann.shown == {symbol: value for symbol, value in newest.items() if symbol != "C"}
    assert all(list(frame["values"]) for frame in ann.frames)
