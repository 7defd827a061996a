"""Alarms: urgent notifications break through, ring again and ask others until somebody acknowledges."""

import time

import pytest

from hubbub.core import db, timers
from hubbub.notifications import alarms, waiting
from tests.push_service import PushService, remove_delays, restart_push, subscribe
from tests.running_app import LOBBY
from tests.running_app import post_and_notify as post
from tests.waiting import until


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    return connected(any_app, "bob")


@pytest.fixture
def cleo(any_app, olga):
    return connected(any_app, "cleo")


def connected(app, name):
    one = app.connect_member(name)
    one.call("subscribe", channel=f"inbox:{one.person}")
    one.call("subscribe", channel=LOBBY)
    return one


@pytest.fixture
def service(any_app, olga, monkeypatch):
    remove_delays(monkeypatch)
    monkeypatch.setattr(waiting, "LOOK", 0.1)
    restart_push(any_app.config)
    service = PushService()
    yield service
    service.stop()


def items(who):
    return who.get(f"/api/channels/inbox:{who.person}/window").json["items"]


def pass_minutes(minutes):
    """Have everything that was set happen so many minutes earlier, instead of waiting."""
    with db.transaction() as tx:
        tx.execute("update alarm set at = at - :s, ring_at = ring_at - :s, step_at = step_at - :s", s=60.0 * minutes)
        tx.execute("update timer set due = due - :s, at = at - :s", s=60.0 * minutes)
    timers.state().woken.set()


def rang(who, n):
    return len(who.received("rang", n))


def shown(service):
    return [push.body for push in service.pushed]


def notify(author, person="bob", text="disk full", key="k", **more):
    return author.post("/api/notify", person=person, text=text, key=key, **more)


def on_call(olga, *steps, end="stop", members=()):
    """Make the group @ops an on-call list of steps (people, minutes)."""
    group = olga.post("/api/groups", handle="ops", name="Operations", people=[one.person for one in members]).json["id"]
    plan = {"steps": [{"who": [one.person for one in who], "minutes": minutes} for who, minutes in steps], "end": end}
    assert olga.request("PUT", f"/api/on-call/{group}", plan=plan).status_code == 200
    return group


def test_an_alarm_rings_again_until_somebody_acknowledges_it_which_all_see(ann, bob, cleo):
    seq = post(ann, "the site is down @bob @cleo", urgent=True)
    assert [(item["urgent"], item["acknowledged"]) for item in items(bob) + items(cleo)] == [(True, None)] * 2
    pass_minutes(1)
    assert (rang(bob, 1), rang(cleo, 1)) == (1, 1)
    bob.call("read", channel=LOBBY, seq=seq)
    pass_minutes(5)
    assert (rang(bob, 2), rang(cleo, 2)) == (2, 2), "reading is not acknowledging"

    mine = items(cleo)[0]["seq"]
    state = cleo.call("acknowledge", seq=mine)["ok"]
    again = bob.post(f"/api/alarms/{state['id']}/acknowledge").json
    pass_minutes(5)

    assert state == again and state["acknowledged"]["person"] == cleo.person and not state["is_open"]
    for one in (bob, cleo):
        assert "targets" in one.received("acknowledged", 1)[0]["data"]
        assert items(one)[0]["acknowledged"] == state["acknowledged"]
    [shown] = [one for one in bob.get(f"/api/channels/{LOBBY}/window").json["items"] if one["seq"] == seq]
    assert shown["urgent"] == {"acknowledged": state["acknowledged"]}
    assert (len(bob.received("rang")), db.execute("select * from timer")) == (2, [])


def test_an_alarm_that_nobody_acknowledges_stops_and_says_so(ann, bob):
    notify(ann, acknowledge=True)
    for n in range(1, alarms.MOST_RINGS + 1):
        pass_minutes(5)
        rang(bob, n)

    until(lambda: items(bob)[0].get("steps"))
    assert items(bob)[0]["steps"][0]["people"] == [] and items(bob)[0]["acknowledged"] is None
    bob.post("/api/inbox/1/acknowledge")
    assert [(one["cause"], one["author"], one["text"]) for one in items(ann)] == [
        ("acknowledged", bob.person, "disk full")]


def test_a_deleted_message_rings_no_more_and_nothing_of_its_text_stays(ann, bob):
    seq = post(ann, "the code is 1234 @bob", urgent=True)
    ann.call("delete", channel=LOBBY, seq=seq, key="d")
    pass_minutes(1)

    until(lambda: db.execute("select * from timer") == [])
    assert (bob.received("rang"), db.execute("select cause from alarm")) == ([], [("",)])
    assert bob.post("/api/inbox/1/acknowledge").json["code"] == "not_found"


def test_an_on_call_list_is_asked_step_by_step_until_somebody_answers(olga, ann, bob, cleo):
    on_call(olga, ([ann], 2), ([bob], 10), ([cleo], 10))
    entry = notify(olga, "ops", "fire").json
    pass_minutes(2)
    until(lambda: items(bob))
    assert items(cleo) == []
    pass_minutes(2)
    rang(bob, 1)

    bob.post("/api/inbox/1/acknowledge")
    pass_minutes(60)

    state = olga.get(f"/api/alarms/{entry['data']['alarm']}").json
    asked = [step["people"] for step in state["steps"]]
    assert (asked, state["acknowledged"]["person"]) == ([[ann.person], [bob.person]], bob.person)
    for one in (ann, bob):
        assert [step["people"] for step in items(one)[0]["steps"]] == asked
        assert items(one)[0]["acknowledged"] == state["acknowledged"]
    assert items(cleo) == [] and len(items(bob)) == 1
    assert cleo.get(f"/api/alarms/{state['id']}").json["code"] == "not_found"


@pytest.mark.parametrize(("end", "asked"), [
    ("stop", "ann bob -"), ("again", "ann bob ann bob ann bob -"), ("everybody", "ann bob ann+bob+cleo -")])
def test_a_list_ends_or_begins_again_or_asks_everybody(olga, ann, bob, cleo, end, asked):
    names = {ann.person: "ann", bob.person: "bob", cleo.person: "cleo"}
    on_call(olga, ([ann], 5), ([bob], 5), end=end, members=[cleo])
    entry = notify(olga, "ops", "fire").json

    def steps():
        found = olga.get(f"/api/alarms/{entry['data']['alarm']}").json["steps"]
        return " ".join("+".join(names[one] for one in step["people"]) or "-" for step in found)

    for n in range(2, len(asked.split()) + 1):
        pass_minutes(5)
        until(lambda n=n: len(steps().split()) == n)
    assert steps() == asked and db.execute("select * from timer") == []


def test_a_message_to_a_list_notifies_who_is_on_call_and_asks_only_those_who_may_read_it(olga, ann, bob, cleo):
    on_call(olga, ([ann], 5), ([bob], 5), ([cleo], 5))
    post(olga, "lunch? @ops")
    assert (len(items(ann)), len(items(bob))) == (1, 0)

    room = olga.call("create_room", name="Secret", kind="private", people=[cleo.person], key="r")["ok"]["channel"]
    post(olga, "fire @ops", room, urgent=True)
    pass_minutes(0)
    until(lambda: items(cleo))

    assert (len(items(ann)), len(items(bob))) == (1, 0)
    assert [step["people"] for step in items(cleo)[0]["steps"]] == [[], [cleo.person]]


def test_urgent_breaks_through_levels_quiet_times_and_attention_as_each_person_allows(olga, ann, bob, cleo, service):
    for one in (bob, cleo):
        subscribe(one, service, f"phone{one.person}")
        one.call("level", channel=LOBBY, level="nothing")
        one.call("page_visible", on=True)
        one.request("PATCH", "/api/me/preferences", changes={"quiet_until": f"{time.time() + 3600:.0f}"})
    cleo.request("PATCH", "/api/me/preferences", changes={"urgent_from": "admins"})
    post(ann, "tea? @bob @cleo")
    post(ann, "fire @bob @cleo", urgent=True)
    until(lambda: shown(service) == ["fire @bob @cleo"])
    assert items(cleo) == []

    post(olga, "flood @bob @cleo", urgent=True)
    until(lambda: len(shown(service)) == 3)
    pass_minutes(1)
    until(lambda: {push.device for push in service.pushed[3:]} == {f"phone{one.person}" for one in (bob, cleo)})
    assert [item["text"] for item in items(cleo)] == ["flood @bob @cleo"]


def test_guests_send_nothing_urgent(any_app, olga, bob):
    gil = any_app.connect_guest("gil")
    assert gil.call("post", channel=LOBBY, text="now @bob", key="k", urgent=True)["code"] == "denied"
