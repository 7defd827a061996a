"""Who is here: a short absence is none, however many there are one after the other."""

from types import SimpleNamespace

import pytest

from hubbub.people import presence

ANN = SimpleNamespace(person=7)


class Timer:
    """What was to happen later; happens when the test says so, unless it was called off."""

    def __init__(self, seconds, act, *args):
        self.act, self.args, self.is_off = act, args, False

    def kill(self, block):
        self.is_off = True

    def fire(self):
        if not self.is_off:
            self.act(*self.args)


@pytest.fixture
def timers(monkeypatch):
    """The timers that were set, and who was told."""
    set_up = []
    monkeypatch.setattr(presence.gevent, "spawn_later", lambda *args: set_up.append(Timer(*args)) or set_up[-1])
    empties = {"_connections": presence.Counter(), "_here": set(), "_told": set(), "_leaving": {}, "_telling": None}
    for name, empty in empties.items():
        monkeypatch.setattr(presence, name, empty)
    return set_up


def test_two_quick_absences_are_not_one_long_one(timers):
    presence.arrived(ANN)
    presence.left(ANN)
    presence.arrived(ANN)
    presence.left(ANN)
    telling, first, second = timers

    first.fire()  # four seconds after the first absence began, in the middle of the second
    in_between = presence.here()
    second.fire()

    assert in_between == [ANN.person]
    assert presence.here() == []


def test_with_another_device_open_nobody_is_about_to_be_gone(timers):
    presence.arrived(ANN)
    presence.arrived(ANN)
    presence.left(ANN)

    assert [timer.act for timer in timers] == [presence._tell]
    assert presence.here() == [ANN.person]


@pytest.fixture
def told(timers, monkeypatch):
    """What everybody was told."""
    said = []
    monkeypatch.setattr(presence.hub, "signal", lambda channel, kind, data: said.append(data))
    return said


def test_who_was_gone_and_comes_back_is_here(timers, told):
    for _ in range(2):
        presence.arrived(ANN)
        timers.pop(0).fire()
        presence.left(ANN)
        timers.pop(0).fire()
        timers.pop(0).fire()

    assert told == [{"here": [7], "gone": []}, {"here": [], "gone": [7]}] * 2


def test_a_herd_is_told_in_one_frame(timers, told):
    herd = [SimpleNamespace(person=person) for person in range(1, 501)]
    for one in herd:
        presence.arrived(one)
    timers.pop(0).fire()
    for one in herd[:400]:
        presence.left(one)
    for timer in list(timers):
        timer.fire()
    timers[-1].fire()

    assert told == [{"here": list(range(1, 501)), "gone": []}, {"here": [], "gone": list(range(1, 401))}]
