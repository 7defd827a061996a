"""On-call lists: who is on call at a time, by turns of a week and by those who take over."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hubbub.people.oncall import Rotation, Step, turn
from tests.running_app import post

BERLIN = ZoneInfo("Europe/Berlin")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(("moment", "who", "until"), [
    ("2026-10-19T09:00", 1, "2026-10-26T09:00"),  # a week of 169 hours: summer time ends in it
    ("2026-10-26T08:59", 1, "2026-10-26T09:00"),
    ("2026-10-26T09:00", 2, "2026-11-02T09:00"),
    ("2026-11-02T09:00", 3, "2026-11-09T09:00"),
    ("2026-11-09T09:00", 1, "2026-11-16T09:00"),
    ("2027-03-29T08:59", 2, "2027-03-29T09:00"),  # summer time began the day before
])
def test_turns_change_at_the_hand_over_in_its_time_zone(moment, who, until):
    step = Step([1, 2, 3], rotation=Rotation(0, "09:00", "Europe/Berlin", since=at("2026-10-21T12:00")))

    assert turn(step, at(moment)) == (who, at(until))


@pytest.fixture
def crew(any_app, olga):
    return [any_app.connect_member(name) for name in ("ann", "bob", "cleo")]


def create(olga, people, **step):
    group = olga.post("/api/groups", handle="ops", name="Operations").json["id"]
    plan = {"steps": [{"who": [one.person for one in people], **step}]}
    return group, olga.request("PUT", f"/api/on-call/{group}", plan=plan)


def on_call(who):
    return [one["now"] for one in who.get("/api/on-call").json]


def test_who_takes_over_is_on_call_until_then_or_until_they_give_it_back(olga, crew):
    ann, bob, cleo = crew
    group, saved = create(olga, [ann, bob], rotation={"weekday": 0, "time": "09:00", "zone": "Europe/Berlin"})
    assert saved.json["now"] == [ann.person]

    path, until = f"/api/on-call/{group}/overrides", time.time() + 3600
    later = bob.post(path, since=time.time() + 60, until=until).json
    taken = bob.post(path, until=until).json
    assert (later["now"], taken["now"], on_call(cleo)) == ([ann.person], [bob.person], [[bob.person]])
    assert taken["until"] == pytest.approx(until)
    refused = [cleo.post(path, until=until), ann.post(path, until=until, person=bob.person), bob.post(path, until=1.0)]
    assert [answer.json["code"] for answer in refused] == ["denied", "denied", "bad_input"]

    [mine] = [one["id"] for one in taken["overrides"] if one["since"] < time.time()]
    assert ann.request("DELETE", f"/api/on-call/overrides/{mine}").json["code"] == "denied"
    assert bob.request("DELETE", f"/api/on-call/overrides/{mine}").json["now"] == [ann.person]


def test_somebody_who_is_banned_has_no_turn_and_takes_nothing_over(olga, crew):
    ann, bob, cleo = crew
    group, _ = create(olga, crew, rotation={"weekday": 0, "time": "09:00", "zone": "Europe/Berlin"})
    bob.post(f"/api/on-call/{group}/overrides", until=time.time() + 3600)
    for one in (ann, bob):
        olga.post(f"/api/people/{one.person}/ban")

    assert on_call(cleo) == [[cleo.person]]
    assert olga.get("/api/on-call").json[0]["overrides"] == []


def test_a_list_that_is_deleted_is_an_ordinary_group_again(olga, crew):
    ann, bob, cleo = crew
    group, _ = create(olga, [ann])
    olga.request("PATCH", f"/api/groups/{group}", people=[bob.person, cleo.person])
    nowhere = {"who": [ann.person], "rotation": {"weekday": 0, "time": "09:00", "zone": "Europe/Nowhere"}}
    answer = olga.request("PUT", f"/api/on-call/{group}", plan={"steps": [nowhere]}).json
    assert answer["id"] == "error.zone_unknown"

    olga.request("DELETE", f"/api/on-call/{group}")
    assert on_call(ann) == []
    entry = ann.get(f"/api/channels/room:1/messages/{post(olga, 'tea? @ops')}").json["items"][0]
    assert entry["mentions"] == {"ops": -group}
    assert olga.request("DELETE", f"/api/groups/{group}").status_code == 204


def test_a_group_that_a_list_asks_is_not_deleted(olga, crew):
    ann, bob, cleo = crew
    asked = olga.post("/api/groups", handle="night", name="Night", people=[cleo.person]).json["id"]
    group, _ = create(olga, [ann])
    olga.request("PUT", f"/api/on-call/{group}", plan={"steps": [{"who": [ann.person]}, {"who": [-asked]}]})

    refusal = olga.request("DELETE", f"/api/groups/{asked}")
    assert (refusal.status_code, refusal.json["id"]) == (409, "error.group_is_asked")
    assert "@ops" in refusal.json["error"]

    olga.request("PUT", f"/api/on-call/{group}", plan={"steps": [{"who": [ann.person]}, {"who": [-group]}]})
    assert olga.request("DELETE", f"/api/groups/{asked}").status_code == 204
    assert olga.request("DELETE", f"/api/groups/{group}").status_code == 204  # it may ask itself
