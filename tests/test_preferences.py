"""Preferences: how the page looks and behaves for a person, the same on all their devices."""

import re

from tests.running_app import HERE
from tests.test_user_state import state_of


def choose(caller, **changes):
    return caller.app.request("/api/me/preferences", caller.token, "PATCH", changes=changes)


def attributes(caller):
    """Return the `data-` attributes of the page's root element."""
    root = re.search(r"<html[^>]*>", caller.get("/room/1").text)[0]
    return dict(re.findall(r'data-(\w+)="(\w+)"', root))


def test_the_first_response_has_what_a_person_chose_elsewhere(ann, olga):
    assert choose(ann, density="compact", theme="dark").json == {"density": ["compact", 1], "theme": ["dark", 1]}
    choose(ann, theme="light")

    assert attributes(ann) == {"theme": "light", "density": "compact"}
    assert attributes(olga) == {"theme": "system"}
    assert state_of(ann)["preferences"] == {"density": ["compact", 1], "theme": ["light", 2]}


def test_other_devices_are_told_and_other_people_are_not(any_app, ann, olga):
    phone = any_app.connect(ann.person, ann.token)
    for device in (phone, olga):
        device.call("subscribe", channel=f"user:{device.person}")

    choose(ann, clock="24")
    choose(olga, clock="12")

    assert [signal["data"] for signal in phone.received("preferences", 1)] == [{"clock": ["24", 1]}]
    assert [signal["data"] for signal in olga.received("preferences", 1)] == [{"clock": ["12", 1]}]


def test_an_unknown_preference_changes_nothing(ann):
    for changes in ({"theme": "pink"}, {"colour": "dark"}, {"theme": ""}):
        answer = choose(ann, **{"text": "large", **changes})
        assert (answer.status_code, answer.json.get("id")) == (400, "error.preference_unknown"), changes

    assert state_of(ann)["preferences"] == {}


def test_many_devices_choose_at_once_and_agree(ann):
    for value in ("12", "24", "system"):
        choose(ann, clock=value)

    assert state_of(ann)["preferences"] == {"clock": ["system", 3]}


def test_a_page_is_in_the_language_of_its_browser_until_the_person_chooses_one(ann):
    def language(spoken, **who):
        page = ann.app.http.get("/", headers={"Accept-Language": spoken, **who}, environ_overrides=HERE).text
        return re.search(r'<html lang="(\w+)" dir="ltr"', page)[1]

    signed_in = {"Authorization": f"Bearer {ann.token}"}
    by_browser = [language(spoken, **signed_in) for spoken in ("de-AT,en;q=0.5", "fr,en-GB;q=0.5,de;q=0.2", "ja")]
    choose(ann, language="de")
    chosen = language("en", **signed_in), language("en")
    choose(ann, language="system")

    assert by_browser == ["de", "en", "en"]
    assert (chosen, language("en", **signed_in)) == (("de", "en"), "en")
    assert choose(ann, language="xx").json["id"] == "error.preference_unknown"
