"""Quiet times: until a moment or every week, in the person's zone; the cases are those of tests/js/quiet.test.mjs."""

import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from hubbub.notifications import quiet

CASES = json.loads((Path(__file__).parent / "data" / "quiet.json").read_text(encoding="utf-8"))


def seconds(moment):
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['now']} {case.get('hours', '')}")
def test_a_quiet_time_ends_when_the_person_said(case):
    until = f"{seconds(case['until']):.0f}" if "until" in case else ""

    assert quiet.ends(until, case.get("hours", ""), seconds(case["now"])) == seconds(case["ends"])


def test_a_quiet_time_that_cannot_be_is_refused(ann):
    for changes in (
        {"quiet_until": "tomorrow"}, {"quiet_until": "-1"}, {"quiet_until": "1e9"}, {"quiet_until": "9" * 12},
        {"quiet_hours": "22:00-07:00"}, {"quiet_hours": "24:00-07:00 0 Europe/Berlin"},
        {"quiet_hours": "22:00-07:00 7 Europe/Berlin"}, {"quiet_hours": "22:00-07:00 0 Mars/Olympus"},
        {"quiet_hours": "22:00-07:00 0 ../../etc/passwd"}, {"quiet_hours": "22:00-07:00 0 Europe"},
    ):
        answer = ann.request("PATCH", "/api/me/preferences", changes=changes)
        assert (answer.status_code, answer.json.get("id")) == (400, "error.preference_unknown"), changes


def test_a_person_chooses_and_ends_quiet_times(ann):
    until = f"{time.time() + 3600:.0f}"
    for changes in ({"quiet_until": until, "quiet_hours": "22:00-07:30 01234 Europe/Berlin"}, {"quiet_until": ""}):
        assert ann.request("PATCH", "/api/me/preferences", changes=changes).status_code == 200

    assert ann.get(f"/api/channels/user:{ann.person}/window").json["preferences"] == {
        "quiet_until": ["", 2], "quiet_hours": ["22:00-07:30 01234 Europe/Berlin", 1]}
