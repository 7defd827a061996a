"""Names, titles, topics and statuses in every script: what is kept, and what is refused because it hides something."""

import json
from pathlib import Path

import pytest

from hubbub import short_text
from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.files import uploads
from hubbub.people import names

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
FOUND = json.loads((Path(__file__).parent / "data/texts.json").read_text(encoding="utf-8"))["found"]


@pytest.mark.parametrize("text", KEPT)
def test_a_text_in_any_script_is_kept(text):
    assert (short_text.clean(text), short_text.is_visible(text)) == (text, True)


@pytest.mark.parametrize("text", CLEANED)
def test_spaces_and_useless_characters_are_removed(text):
    assert short_text.clean(text) == CLEANED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_hides_something_or_shows_nothing_is_refused(text):
    assert not short_text.is_visible(short_text.clean(text))


def test_every_kind_of_short_text_keeps_the_same(app):
    app.set_up_owner()
    ann = app.connect_member("Ann")

    for n, text in enumerate(("علی‌رضا", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "Jose\u0301")):
        stored = short_text.clean(text)
        room = ann.call("create_room", name=text, kind="public", topic=text, key=text)["ok"]
        document = ann.post("/api/documents", room=room["channel"], title=text, key=text).json
        profile = ann.call("profile", name=text, status=text)["ok"]
        feed = ann.post(f"/api/feeds/f{n}/ticks", title=text, ticks=[{"symbol": f"X{n}", "value": 1}])

        made = ann.post("/api/tokens", name=text, scope="read")
        renamed = ann.call("rename_room", channel=room["channel"], name=f"{text} 2", key=f"{text} 2")
        assert made.status_code == 201 and stored in [one["name"] for one in ann.get("/api/tokens").json], made.json
        assert "error" not in renamed
        assert (room["name"], room["topic"], profile["name"], profile["status"]) == (stored,) * 4
        assert (document["title"], uploads.clean(f"{text}.txt")) == (stored, f"{stored}.txt")
        assert feed.status_code == 200 and stored in ann.get("/api/feeds").get_data(as_text=True)


def test_every_kind_of_short_text_refuses_the_same(app):
    app.set_up_owner()
    ann = app.connect_member("Ann")
    ann.call("create_room", name="Plans", kind="public", key="r0")

    for text in ("a\u202eb", "\u3164", "\u2800", "\uffa0"):
        answers = {
            "room_name": [ann.call("create_room", name=text, kind="public", key="r1"),
                          ann.call("rename_room", channel="room:2", name=text, key="r4")],
            "topic": [ann.call("create_room", name="ok", kind="public", topic=text, key="r2"),
                      ann.call("topic", channel="room:2", topic=text, key="r3")],
            "title": [ann.post("/api/documents", room="room:1", title=text, key="d").json],
            "name": [ann.call("profile", name=text), ann.post("/api/tokens", name=text, scope="read").json],
            "status": [ann.call("profile", status=text)],
            "feed_title": [ann.post("/api/feeds/f/ticks", title=text, ticks=[{"symbol": "X", "value": 1}]).json],
        }
        for kind, refusals in answers.items():
            assert {answer.get("id") for answer in refusals} == {f"error.{kind}_invisible"}, (kind, text)


def test_an_invisible_message_is_an_empty_one(app):
    app.set_up_owner()
    ann = app.connect_member("Ann")
    refusal = Refused("error.message_empty", "bad_input").payload

    for text in ("\u200b", "\u3164", "\u2800", " \u200d\ufe0f "):
        assert ann.call("post", channel="room:1", text=text, key="k") == refusal, text


@pytest.mark.parametrize("word, name, is_found", FOUND)
def test_names_are_found_by_one_fold(word, name, is_found):
    assert (short_text.fold(word) in short_text.fold(name)) == is_found


@pytest.mark.parametrize("one, other, are_equal", [
    ("Ärger", "äRGER", True), ("Ärger", "A\u0308rger", True), ("ПЛАН", "план", True), ("Lobby", "Ｌｏｂｂｙ", True),
    ("Weiß", "WEISS", True), ("ΟΔΟΣ", "οδος", True), ("Ann", "An\u200dn", True), ("👩‍💻", "👩‍💻", True),
    ("Cafe", "Café", False), ("Łódź", "Lodz", False), ("Ann", "Anna", False),
])
def test_names_are_equal_by_case_and_form_and_differ_by_accents(one, other, are_equal):
    assert (short_text.key(one) == short_text.key(other)) == are_equal
    assert not are_equal or short_text.fold(one) == short_text.fold(other)


def test_people_rooms_and_authors_are_found_in_any_script(any_app):
    any_app.set_up_owner()
    ann = any_app.connect_member("Ann")
    for at, name in enumerate(("Иван Петров", "Özlem", "Léon", "Jose\u0301", "Łukasz")):
        any_app.connect_member(f"p{at}").call("profile", name=name)
    for name in ("Café", "Cafe", "Планы на лето"):
        ann.call("create_room", name=name, kind="public", key=name)

    def found(path):
        return [one["name"] for one in ann.get(path).json]

    assert found("/api/people?q=иван") == ["Иван Петров"] and found("/api/people?q=özlem") == ["Özlem"]
    assert found("/api/people?q=LEON") == ["Léon"] and found("/api/people?q=José") == ["José"]
    assert found("/api/people?q=lukasz") == ["Łukasz"]
    assert found("/api/rooms?q=cafe") == ["Café", "Cafe"] and found("/api/rooms?q=ПЛАНЫ") == ["Планы на лето"]
    assert ann.call("create_room", name="ПЛАНЫ на лето", kind="public", key="x")["code"] == "conflict"
    for name in ("cafe", "CAFÉ"):
        room = next(one for one in ann.get("/api/rooms?q=cafe").json if one["name"].lower() == name.lower())
        ann.call("post", channel=room["channel"], text="hello", key=name)
        [hit] = ann.get(f"/api/search?q=in:{name} hello").json["items"]
        assert hit["channel"] == room["channel"]
    assert ann.get("/api/search?q=from:иван-петров hello").json["items"] == []
    assert len(ann.get("/api/search?q=from:ANN hello").json["items"]) == 2


def test_names_from_before_the_folded_column_are_filled_at_start_and_put_into_nfc(any_app):
    any_app.set_up_owner()
    ann = any_app.connect_member("Ann")
    with db.transaction() as tx:
        tx.execute("update person set name = :name, folded = '' where id = :id", name="Jose\u0301 Ł", id=ann.person)
        tx.execute("update room set folded = ''")

    short_text.backfill("person")
    short_text.backfill("room")

    assert db.execute("select name, folded from person where id = :id", id=ann.person) == [("José Ł", "jose l")]
    assert db.execute("select name, folded from room where id = 1") == [("Lobby", "lobby")]


def test_a_free_handle_keeps_letters_without_an_accent_of_their_own(app):
    assert [names.free(db, name) for name in ("Łukasz", "Søren Weiß", "Ægir")] == ["lukasz", "soren-weiss", "aegir"]
