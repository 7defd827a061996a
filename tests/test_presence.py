"""Presence: short absences are not announced, and changes are announced together."""

from types import SimpleNamespace

import pytest

from hubbub.core import node
from hubbub.people import presence

ANN = SimpleNamespace(person=7)


class Timer:
    """A call that runs when the test fires it, unless it was cancelled."""

    def __init__(self, seconds, call, *arguments):
        self.call, self.arguments, self.is_cancelled = call, arguments, False

    def kill(self, block):
        self.is_cancelled = True

    def fire(self):
        if not self.is_cancelled:
            self.call(*self.arguments)


@pytest.fixture
def timers(monkeypatch):
    """The timers that were set, on a node of its own."""
    timers = []
    node.make_default(node.Node())
    monkeypatch.setattr(presence.node, "spawn_later", lambda *arguments: timers.append(Timer(*arguments)) or timers[-1])
    return timers


def test_two_short_absences_are_not_one_long_absence(timers):
    presence.connected(ANN)
    presence.disconnected(ANN)
    presence.connected(ANN)
    presence.disconnected(ANN)
    announcement, first, second = timers

    first.fire()  # the first absence is over, the second is in progress
    in_between = presence.online()
    second.fire()

    assert in_between == [ANN.person]
    assert presence.online() == []


def test_a_person_with_another_connected_device_stays_present(timers):
    presence.connected(ANN)
    presence.connected(ANN)
    presence.disconnected(ANN)

    assert [timer.call for timer in timers] == [presence._announce]
    assert presence.online() == [ANN.person]


@pytest.fixture
def announced(timers, monkeypatch):
    """The signals that were sent."""
    signals = []
    monkeypatch.setattr(presence.hub, "signal", lambda channel, kind, data: signals.append(data))
    return signals


def test_a_person_who_left_and_returns_is_present_again(timers, announced):
    for _ in range(2):
        presence.connected(ANN)
        timers.pop(0).fire()
        presence.disconnected(ANN)
        timers.pop(0).fire()
        timers.pop(0).fire()

    assert announced == [{"online": [7], "offline": []}, {"online": [], "offline": [7]}] * 2


def test_many_people_who_come_or_go_at_once_are_announced_in_one_frame(timers, announced):
    crowd = [SimpleNamespace(person=person) for person in range(1, 501)]
    for person in crowd:
        presence.connected(person)
    timers.pop(0).fire()
    for person in crowd[:400]:
        presence.disconnected(person)
    for timer in list(timers):
        timer.fire()
    timers[-1].fire()

    assert announced == [{"online": list(range(1, 501)), "offline": []}, {"online": [], "offline": list(range(1, 401))}]
