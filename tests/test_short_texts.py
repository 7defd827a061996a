"""Names, titles, topics and statuses in every script: what is kept, and what is refused because it hides something."""

import pytest

from hubbub import short_text
from hubbub.core.access import Refused
from hubbub.files import uploads

KEPT = [
    "علی‌رضا",  # ZWNJ inside a word
    "ශ්‍රී",  # ZWJ inside a word
    "ന്‍",  # ZWJ at the end of a syllable
    "👩‍💻 Ann", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "1️⃣", "葛󠄀城",
    "\U0001fae9 and \U0001fad8", "\U0001faff",  # emoji newer than some Pythons, and one that is still unassigned
    "José", "สมชาย", "दिनेश", "O’Brien", "٣ \u0600١", "⠓⠊",
]
CLEANED = {
    "Jose\u0301": "José",
    " Ann \t\n Lee\u3000": "Ann Lee",
    "\u200fAnn\u200b Lee\ufeff": "Ann Lee",
    "co\u00adop": "coop",
    "\u200dAnn \u200cLee": "Ann Lee",
    "a\u200d\u00ad\u200db": "a\u200db",
}
REFUSED = [
    "\u3164", "\u2800", "\uffa0", "\u115f", "\u1160\u115f", "\u3164 \u2800", "\u0301", "\ufe0f",  # nothing to see
    "a\u202eb", "\u202aa\u202c", "a\u2066b\u2069", "\u2068a",  # overrides, embeddings, isolates
    "a\0b", "a\x1bb", "a\ufffeb", "a\U000e0041\U000e0042b", "🏴\U000e0067", "a\U000e0001b", "a\ue000b", "a\u206ab",
]


@pytest.mark.parametrize("text", KEPT)
def test_a_text_in_any_script_is_kept(text):
    assert (short_text.clean(text), short_text.is_visible(text)) == (text, True)


@pytest.mark.parametrize("text", CLEANED)
def test_spaces_and_useless_characters_are_removed(text):
    assert short_text.clean(text) == CLEANED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_hides_something_or_shows_nothing_is_refused(text):
    assert not short_text.is_visible(short_text.clean(text))


@pytest.mark.parametrize("text", ["علی‌رضا", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "Jose\u0301"])
def test_every_kind_of_short_text_keeps_the_same(app, text):
    app.set_up_owner()
    ann, stored = app.connect_member("Ann"), short_text.clean(text)

    room = ann.call("create_room", name=text, kind="public", topic=text, key="r")["ok"]
    document = ann.post("/api/documents", room=room["channel"], title=text, key="d").json
    profile = ann.call("profile", name=text, status=text)["ok"]
    feed = ann.post("/api/feeds/f/ticks", title=text, ticks=[{"symbol": "X", "value": 1}])

    assert (room["name"], room["topic"], profile["name"], profile["status"]) == (stored,) * 4
    assert (document["title"], uploads.clean(f"{text}.txt")) == (stored, f"{stored}.txt")
    assert feed.status_code == 200 and stored in ann.get("/api/feeds").get_data(as_text=True)


@pytest.mark.parametrize("text", ["a\u202eb", "\u3164", "\u2800", "\uffa0"])
def test_every_kind_of_short_text_refuses_the_same(app, text):
    app.set_up_owner()
    ann = app.connect_member("Ann")

    answers = [
        ann.call("create_room", name=text, kind="public", key="r1"),
        ann.call("create_room", name="ok", kind="public", topic=text, key="r2"),
        ann.post("/api/documents", room="room:1", title=text, key="d").json,
        ann.call("profile", name=text),
        ann.call("profile", status=text),
    ]

    kinds = ("room_name", "topic", "title", "name", "status")
    assert [answer["id"] for answer in answers] == [f"error.{kind}_invisible" for kind in kinds]
    feed = ann.post("/api/feeds/f/ticks", title=text, ticks=[{"symbol": "X", "value": 1}])
    assert feed.json["id"] == "error.feed_title_invisible"


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800", " \u200d\ufe0f "])
def test_an_invisible_message_is_an_empty_one(app, text):
    app.set_up_owner()
    ann = app.connect_member("Ann")

    assert ann.call("post", channel="room:1", text=text, key="k") == Refused("error.message_empty", "bad_input").payload
