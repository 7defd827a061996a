"""Latest values: of each symbol only the newest counts, one frame is on its way at a time, and nothing piles up."""

import msgspec
import pytest
from gevent import Greenlet
from hypothesis import given
from hypothesis import strategies as st

from hubbub.core import hub, latest, node


class Screen:
    """A connection that watches; it says what it took when it is told to."""

    def __init__(self, *symbols, rate=100):
        self.person, self.full, self.frames = 1, False, []
        self.shown = dict(latest.watch(self, symbols, rate)["values"])

    def send(self, frame):
        self.frames.append(msgspec.json.decode(bytes(frame)))
        self.shown |= self.frames[-1]["values"]

    def took(self):
        latest.acknowledge(self, self.frames[-1]["version"])


class Encoded(bytes):
    """A frame of the tests' own."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Nobody watches and nothing beats: the tests say when a rate's time has come."""
    monkeypatch.setattr(latest.node, "spawn", lambda *call: Greenlet())
    node.make_default(node.Node())
    hub.attach(lambda event, payload: Encoded(msgspec.json.encode(payload)))


def test_who_begins_to_watch_gets_the_newest_values_at_once():
    latest.put("ACME", 1)
    latest.put("ACME", 2)

    assert Screen("ACME", "GLOBEX").shown == {"ACME": 2}
    assert latest.value("ACME") == 2 and latest.value("GLOBEX") is None


def test_between_two_frames_only_the_newest_value_counts():
    ann = Screen("ACME", "GLOBEX")
    for price in range(1000):
        latest.put("ACME", price)

    latest.flush(100, now=1.0)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 999}]


def test_what_one_does_not_watch_is_not_sent():
    ann, bob = Screen("ACME"), Screen("GLOBEX")
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert len(ann.frames) == 1 and bob.frames == []


def test_the_next_frame_comes_when_the_last_was_taken():
    ann = Screen("ACME")
    for now in range(1, 5):
        latest.put("ACME", now)
        latest.flush(100, now=now)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 1}]
    ann.took()
    latest.flush(100, now=5)
    assert [frame["values"] for frame in ann.frames] == [{"ACME": 1}, {"ACME": 4}]


def test_who_never_says_what_they_took_gets_a_frame_now_and_then():
    ann = Screen("ACME")
    for now in range(1, 31):
        latest.put("ACME", now)
        latest.flush(100, now=now)

    assert [frame["values"]["ACME"] for frame in ann.frames] == [1, 7, 13, 19, 25]


def test_a_connection_whose_buffer_is_full_gets_nothing_and_later_the_newest():
    ann = Screen("ACME", "GLOBEX")
    ann.full = True
    for price in range(100):
        latest.put("ACME", price)
        latest.put("GLOBEX", -price)
        latest.flush(100, now=price)
    ann.full = False

    latest.flush(100, now=200)

    assert [frame["values"] for frame in ann.frames] == [{"ACME": 99, "GLOBEX": -99}]


def test_those_who_watch_the_same_share_one_encoding(monkeypatch):
    encoded, encode = [], hub.state().encode
    hub.attach(lambda event, payload: encoded.append(event) or encode(event, payload))
    crowd = [Screen("ACME", "GLOBEX") for _ in range(50)]
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert encoded == ["latest"]
    assert all(screen.shown == {"ACME": 1} for screen in crowd)


def test_each_rate_has_its_own_time():
    quick, slow = Screen("ACME", rate=100), Screen("ACME", rate=5000)
    latest.put("ACME", 1)

    latest.flush(100, now=1.0)

    assert len(quick.frames) == 1 and slow.frames == []


def test_nobody_watches_a_symbol_once_the_last_is_gone():
    ann, bob = Screen("ACME"), Screen("ACME", "GLOBEX")

    latest.unwatch(bob)
    assert latest.is_watched(["ACME"]) and not latest.is_watched(["GLOBEX"])
    latest.watch(ann, [], 100)
    assert not latest.is_watched(["ACME"])
    latest.put("ACME", 1)
    latest.flush(100, now=1.0)
    assert ann.frames == bob.frames == []


def test_what_was_dropped_has_no_value_any_more():
    latest.put("ACME", 1)
    latest.drop("ACME")

    assert latest.value("ACME") is None and Screen("ACME").shown == {}


STEPS = st.lists(st.one_of(st.tuples(st.just("put"), st.sampled_from("ABC"), st.integers()),
                           st.tuples(st.sampled_from(["flush", "took", "full", "free", "again"]))), max_size=60)


@given(STEPS)
def test_whatever_happens_the_screen_ends_with_the_newest_values(steps):
    latest.state.forget()
    ann, said, now = Screen("A", "B"), {}, 0.0
    for step in [*steps, ("free",)]:
        now += 1.0
        if step[0] == "put":
            latest.put(*step[1:])
            said[step[1]] = step[2]
        elif step[0] == "flush":
            before = len(ann.frames)
            latest.flush(100, now)
            assert len(ann.frames) <= before + 1
        elif step[0] == "took" and ann.frames:
            ann.took()
        elif step[0] == "again":
            ann.shown |= latest.watch(ann, ["A", "B"], 100)["values"]
        elif step[0] in ("full", "free"):
            ann.full = step[0] == "full"

    latest.flush(100, now + 10)

    assert ann.shown == {symbol: value for symbol, value in said.items() if symbol != "C"}
    assert all(list(frame["values"]) for frame in ann.frames)
