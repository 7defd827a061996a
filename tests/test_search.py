"""Search: what is found by which words and filters, the same on both databases, and never what may not be read."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.chat import create_room, members, messages, projection, query, rooms, search
from hubbub.core import access, db
from hubbub.core.access import Refused
from hubbub.people import model

LOBBY = "room:1"


class Town:
    """People and rooms without connections: straight through the models."""

    def __init__(self):
        self.keys = 0

    def person(self, name, role="member"):
        with db.transaction() as tx:
            return model.create(tx, name, name.lower(), role).id

    def key(self):
        self.keys += 1
        return f"k{self.keys}"

    def say(self, person, text, channel=LOBBY, **more):
        return messages.post(person, channel, text, self.key(), messages.Draft(**more)).seq

    def room(self, person, name, kind="public", people=()):
        return create_room.create(person, name, kind, "", list(people), self.key()).channel

    def find(self, person, said, before=0, limit=20):
        """The texts that are found, as they are now."""
        hits, _ = search.find(person, said, before, limit)
        return [item["text"] for item in projection.found(hits)["items"]]


@pytest.fixture
def town(database):
    return Town()


@pytest.fixture
def ann(town):
    return town.person("Ann")


@pytest.fixture
def bob(town):
    return town.person("Bob")


@pytest.mark.parametrize("text, said", [
    ("Straße und Café", "strasse cafe"), ("naïve façade", "NAIVE facade"), ("Ελλάδα", "ελλαδα"), ("ЁЛКА", "елка"),
    ("東京都に行く", "東京"), ("東京都に行く", "行く"), ("한국어 검색", "한국어"), ("ﬁnal ℌello", "final hello"),
    ("snake_case here", "case"), ("a-b.c", "b"), ("𞤀𞤣𞤤𞤢𞤥", "𞤀𞤣𞤤"), ("हिन्दी में", "हिन्दी"), ("e = mc²", "mc2"),
    ("1.5e3 42", "42"),
    ("http://example.org/path", "example.org"), ("it's", "it's"), ("don't", "don"), ("user@host", "host"),
])
def test_words_are_found_in_any_script_whatever_their_case_and_marks(town, ann, text, said):
    town.say(ann, text)
    town.say(ann, "something else")

    assert town.find(ann, said) == [text]


def test_the_last_word_may_be_unfinished_and_the_others_not(town, ann):
    town.say(ann, "the brown fox")

    assert [town.find(ann, said) for said in ("b", "br", "the br", "brown f")] == [["the brown fox"]] * 4
    assert [town.find(ann, said) for said in ("br fox", "br ", '"br"', "rown")] == [[]] * 4


def test_a_phrase_stands_together_and_minus_leaves_out(town, ann):
    town.say(ann, "to be or not to be")
    town.say(ann, "to not be")
    town.say(ann, "or else")

    assert town.find(ann, '"or not"') == ["to be or not to be"]
    assert town.find(ann, "be -or") == ["to not be"]
    assert town.find(ann, '-"not to" -else') == ["to not be"]
    assert town.find(ann, "to be or not") == ["to be or not to be"]


def test_the_newest_come_first_and_one_asks_on_from_the_last(town, ann):
    for n in range(7):
        town.say(ann, f"word {n}")

    hits, _ = search.find(ann, "word", 0, 4)
    more = town.find(ann, "word", before=hits[-1])

    assert town.find(ann, "word", limit=4) + more == [f"word {n}" for n in reversed(range(7))]


def test_from_in_is_and_has(town, ann, bob):
    ops = town.room(ann, "Night Ops", people=[bob])
    town.say(ann, "see https://example.org", channel=ops)
    town.say(bob, "run `ls`", channel=ops)
    root = town.say(bob, "in the lobby")
    town.say(ann, "a reply", thread=root)
    messages.pin(ann, LOBBY, root, True, "pin")

    assert town.find(ann, "from:bob") == ["in the lobby", "run `ls`"]
    assert town.find(ann, "from:@Bob in:night-ops") == ["run `ls`"]
    assert town.find(ann, 'in:"night ops" run') == town.find(ann, f"in:{ops} run") == ["run `ls`"]
    assert town.find(ann, "from:me") == town.find(ann, "is:mine") == ["a reply", "see https://example.org"]
    assert town.find(ann, "in:#Lobby is:thread") == ["a reply", "in the lobby"]
    assert town.find(ann, "is:pinned") == ["in the lobby"]
    assert town.find(ann, "has:link") == ["see https://example.org"]
    assert town.find(ann, "has:code from:") == ["run `ls`"]


def test_days(town, ann):
    town.say(ann, "today's news")
    today = datetime.now(UTC)
    day = lambda n: (today + timedelta(days=n)).strftime("%Y-%m-%d")  # noqa: E731

    found = [said for said in (f"on:{day(0)}", f"on:{day(-1)}", f"before:{day(0)}", f"before:{day(1)}",
                               f"after:{day(0)}", f"after:{day(-1)}") if town.find(ann, f"news {said}")]

    assert found == [f"on:{day(0)}", f"before:{day(1)}", f"after:{day(-1)}"]


@pytest.mark.parametrize("said, words", [
    ("in:nowhere", "There is no room called nowhere"), ("in:plans", "There is no room called plans"),
    ("in:room:2", "There is no room called room:2"), ("from:nobody", "Nobody has the handle nobody"),
    ("before:yesterday", "'before:' needs a day like 2026-01-31"), ("on:2026-02-30", "'on:' needs a day"),
    ("has:wings", "'has:' needs one of these values: link, file, image, code"),
    ("is:funny", "'is:' needs one of these values: thread, pinned,"),
    ("-from:ann", "'from:' cannot be negated"), ("x" * 401, "search is too long: 400 characters"),
    ("a " * 21, "search is too long: 20 words"),
])
def test_what_makes_no_sense_is_refused_in_words_alike_for_private_and_absent(town, ann, bob, said, words):
    town.room(bob, "plans", "private")

    with pytest.raises(Refused, match=words):
        search.find(ann, said, 0, 20)


@pytest.mark.parametrize("said", ['"', '""', "-", "*", "AND", "OR NOT", "NEAR(a b)", "words:a", "a'b", "(", "';--", "%",
                                  ":*", "a & b | !c", "<->", "\\", "-\"", "from:\"", "🦆", "in:", "a* b*", "{x}", "^a",
                                  "٣"])
def test_nothing_that_is_typed_breaks_the_search(town, ann, said):
    town.say(ann, "and or not near a b c words x")

    search.find(ann, said, 0, 20)


def test_an_edit_is_found_by_its_new_words_in_its_old_place_and_a_deletion_not_at_all(town, ann):
    first = town.say(ann, "apple pie")
    town.say(ann, "pear pie")
    messages.edit(ann, LOBBY, first, "plum pie", "e")

    assert (town.find(ann, "apple"), town.find(ann, "pie")) == ([], ["pear pie", "plum pie"])
    messages.delete(ann, LOBBY, first, "d")
    assert (town.find(ann, "plum"), town.find(ann, "pie")) == ([], ["pear pie"])


def test_what_was_said_before_there_was_a_search_is_found_after_the_next_start(town, ann):
    town.say(ann, "an old story")
    messages.delete(ann, LOBBY, town.say(ann, "a forgotten story"), "d")
    with db.transaction() as tx:
        search.remove(tx, LOBBY, 1)

    before = town.find(ann, "story")
    search.catch_up()
    search.catch_up()

    assert (before, town.find(ann, "story")) == ([], ["an old story"])


def test_a_guest_finds_what_is_said_in_the_lobby_and_their_rooms_alone(town, ann):
    guest = town.person("Gus", "guest")
    public = town.room(ann, "public")
    town.say(ann, "word in public", channel=public)
    town.say(ann, "word in the lobby")

    assert town.find(guest, "word") == ["word in the lobby"]
    assert town.find(ann, "word") == ["word in the lobby", "word in public"]
    with pytest.raises(Refused, match="There is no room called public"):
        search.find(guest, "in:public", 0, 20)


def test_over_http_one_gets_items_people_words_and_where_to_go_on(any_app):
    olga = any_app.set_up_owner()
    for n in range(3):
        olga.call("post", channel=LOBBY, text=f"Über allen {n}", key=str(n))

    said = olga.get("/api/search?q=uber -gipfeln&limit=2").json
    rest = olga.get(f"/api/search?q=uber&limit=2&before={said['before']}").json

    found = [(item["text"], item["channel"]) for item in said["items"]]
    assert found == [("Über allen 2", LOBBY), ("Über allen 1", LOBBY)]
    assert said["people"][str(olga.person)]["name"] == "olga"
    assert said["words"] == ["uber"]
    assert [item["text"] for item in rest["items"]] == ["Über allen 0"]
    assert any_app.http.get("/api/search?q=uber").status_code == 401


WORDS = ["red", "green", "blue"]
ACTS = st.lists(st.tuples(st.sampled_from(["say", "say", "say", "edit", "delete", "join", "invite", "kick", "leave",
                                           "ban", "unban", "private"]),
                          st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.sampled_from(WORDS)), max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_what_is_found_is_what_may_be_read_and_says_the_words(town, acts):
    """Whatever happened to memberships and messages: search is the list of readable messages with the word."""
    mark = f"m{time.monotonic_ns()}"
    people = [town.person(f"{mark}p{n}", role) for n, role in enumerate(("member", "member", "admin", "guest"))]
    where = [LOBBY, *(town.room(people[n], f"{mark}{kind}", kind, people[:1])
                      for n, kind in enumerate(("public", "private", "announcement")))]
    said = {}
    for act in acts:
        attempt(town, people, where, said, mark, *act)

    for person in people:
        for word in (*WORDS, mark[:2]):
            expected = {text for (channel, _), text in said.items()
                        if word in text and access.allows(db, person, channel, "read")}
            found = set(town.find(person, f"{mark} {word}", limit=100))
            assert found == expected, (person, word)


def attempt(town, people, where, said, mark, what, who, other, place, word):
    """Let somebody do something, which may be refused."""
    person, other, channel = people[who], people[other], where[place]
    mine = [seq for (room, seq) in said if room == channel]
    with_refusal = {
        "join": lambda: members.join(person, channel, town.key()),
        "invite": lambda: members.invite(person, channel, [other], town.key()),
        "kick": lambda: members.kick(person, channel, other, town.key()),
        "leave": lambda: members.leave(person, channel, town.key()),
        "ban": lambda: place_ban(other, time.time()), "unban": lambda: place_ban(other, None),
        "private": lambda: make_private(channel),
    }
    text = f"{mark} {word} {town.key()}"
    try:
        if what == "say":
            said[channel, town.say(person, text, channel)] = text
        elif what == "edit" and mine:
            messages.edit(person, channel, mine[-1], text, town.key())
            said[channel, mine[-1]] = text
        elif what == "delete" and mine:
            messages.delete(person, channel, mine[0], town.key())
            del said[channel, mine[0]]
        elif what in with_refusal:
            with_refusal[what]()
    except Refused:
        pass


def place_ban(person, at):
    with db.transaction() as tx:
        tx.execute("update person set banned = :at where id = :person", at=at, person=person)


def make_private(channel):
    with db.transaction() as tx:
        tx.execute("update room set kind = 'private' where id = :room and kind = 'public'", room=rooms.number(channel))


@given(st.text(max_size=60))
def test_folding_a_folded_text_changes_nothing(text):
    words = query.fold(text)

    assert query.fold(" ".join(words)) == words
