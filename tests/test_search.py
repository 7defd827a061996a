"""Search: words and filters find the same readable messages on both databases."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.chat import create_room, members, messages, projection, query, rooms, search, words
from hubbub.core import access, db
from hubbub.core.access import Refused
from hubbub.people import model

LOBBY = "room:1"


class Workspace:
    """People, rooms and messages, created through the models without connections."""

    def __init__(self):
        self.keys = 0

    def person(self, name, role="member"):
        with db.transaction() as tx:
            return model.create(tx, name, name.lower(), role).id

    def key(self):
        self.keys += 1
        return f"k{self.keys}"

    def post(self, person, text, channel=LOBBY, **more):
        return messages.post(person, channel, text, self.key(), messages.Draft(**more)).seq

    def room(self, person, name, kind="public", people=()):
        return create_room.create(person, name, kind, "", list(people), self.key()).channel

    def find(self, person, query, before=0, limit=20):
        """Return the texts of the messages that a search finds."""
        hits, _ = search.find(person, query, before, limit)
        return [item["text"] for item in projection.found(hits)["items"]]


@pytest.fixture
def workspace(database):
    return Workspace()


@pytest.fixture
def ann(workspace):
    return workspace.person("Ann")


@pytest.fixture
def bob(workspace):
    return workspace.person("Bob")


FOUND = [
    ("Straße und Café", "strasse cafe"), ("naïve façade", "NAIVE facade"), ("Ελλάδα", "ελλαδα"), ("ЁЛКА", "елка"),
    ("東京都に行く", "東京"), ("東京都に行く", "行く"), ("한국어 검색", "한국어"), ("ﬁnal ℌello", "final hello"),
    ("snake_case here", "case"), ("a-b.c", "b"), ("𞤀𞤣𞤤𞤢𞤥", "𞤀𞤣𞤤"), ("हिन्दी में", "हिन्दी"), ("e = mc²", "mc2"),
    ("1.5e3 42", "42"),
    ("http://example.org/path", "example.org"), ("it's", "it's"), ("don't", "don"), ("user@host", "host"),
]


def test_words_are_found_regardless_of_case_and_accents_in_any_script(workspace, ann):
    for text in dict.fromkeys(text for text, _ in FOUND):
        workspace.post(ann, text)

    assert [(text, query) for text, query in FOUND if workspace.find(ann, query) != [text]] == []


def test_only_the_last_word_may_be_a_prefix(workspace, ann):
    workspace.post(ann, "the brown fox")

    assert [workspace.find(ann, query) for query in ("b", "br", "the br", "brown f")] == [["the brown fox"]] * 4
    assert [workspace.find(ann, query) for query in ("br fox", "br ", '"br"', "rown")] == [[]] * 4


def test_quotes_find_phrases_and_minus_excludes(workspace, ann):
    workspace.post(ann, "to be or not to be")
    workspace.post(ann, "to not be")
    workspace.post(ann, "or else")

    assert workspace.find(ann, '"or not"') == ["to be or not to be"]
    assert workspace.find(ann, "be -or") == ["to not be"]
    assert workspace.find(ann, '-"not to" -else') == ["to not be"]
    assert workspace.find(ann, "to be or not") == ["to be or not to be"]


def test_results_are_newest_first_and_paged(workspace, ann):
    for n in range(7):
        workspace.post(ann, f"word {n}")

    hits, _ = search.find(ann, "word", 0, 4)
    rest = workspace.find(ann, "word", before=hits[-1])

    assert workspace.find(ann, "word", limit=4) + rest == [f"word {n}" for n in reversed(range(7))]


def test_the_filters_from_in_is_and_has(workspace, ann, bob):
    ops = workspace.room(ann, "Night Ops", people=[bob])
    workspace.post(ann, "see https://example.org", channel=ops)
    workspace.post(bob, "run `ls`", channel=ops)
    root = workspace.post(bob, "in the lobby")
    workspace.post(ann, "a reply", thread=root)
    messages.pin(ann, LOBBY, root, True, "pin")

    assert workspace.find(ann, "from:bob") == ["in the lobby", "run `ls`"]
    assert workspace.find(ann, "from:@Bob in:night-ops") == ["run `ls`"]
    assert workspace.find(ann, 'in:"night ops" run') == workspace.find(ann, f"in:{ops} run") == ["run `ls`"]
    assert workspace.find(ann, "from:me") == workspace.find(ann, "is:mine") == ["a reply", "see https://example.org"]
    assert workspace.find(ann, "in:#Lobby is:thread") == ["a reply", "in the lobby"]
    assert workspace.find(ann, "is:pinned") == ["in the lobby"]
    assert workspace.find(ann, "has:link") == ["see https://example.org"]
    assert workspace.find(ann, "has:code from:") == ["run `ls`"]


def test_a_room_with_quotes_in_its_name_is_found(workspace, ann):
    workspace.post(ann, "painted", channel=workspace.room(ann, "Team „Blau“ 🚀"))

    for wanted in ("in:team-„blau“-🚀", "in：team-„Blau“-🚀", "in: in:team-„blau“-🚀 paint"):
        assert workspace.find(ann, wanted) == ["painted"]


def test_the_filters_for_days(workspace, ann):
    workspace.post(ann, "today's news")
    today = datetime.now(UTC)
    day = lambda n: (today + timedelta(days=n)).strftime("%Y-%m-%d")  # noqa: E731

    terms = [f"{name}:{day(n)}" for name, n in (("on", 0), ("on", -1), ("before", 0), ("before", 1), ("after", 0),
                                                ("after", -1))]
    found = [term for term in terms if workspace.find(ann, f"news {term}")]

    assert found == [f"on:{day(0)}", f"before:{day(1)}", f"after:{day(-1)}"]


@pytest.mark.parametrize("zone, day, begins, hours", [
    ("UTC", "2026-01-31", "2026-01-31T00:00", 24), ("Asia/Tokyo", "2026-01-31", "2026-01-30T15:00", 24),
    ("America/New_York", "2026-01-31", "2026-01-31T05:00", 24), ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", 23),
    ("Nowhere/Never", "2026-01-31", "2026-01-31T00:00", 24), ("../etc/passwd", "2026-01-31", "2026-01-31T00:00", 24),
    ("", "2026-01-31", "2026-01-31T00:00", 24), ("Africa/Cairo", "٢٠٢٦-٠١-٣١", "2026-01-30T22:00", 24),
])
def test_a_day_is_one_of_the_readers_time_zone_in_any_digits(zone, day, begins, hours):
    start = datetime.fromisoformat(f"{begins}+00:00").timestamp()

    on, before, after = (query.parse(f"{name}:{day}", zone) for name in ("on", "before", "after"))

    assert (on.after, on.before - on.after, before.before, after.after) == (
        start, hours * 3600, start, start + hours * 3600)


def test_an_invalid_filter_is_refused_and_private_rooms_look_absent(workspace, ann, bob):
    workspace.room(bob, "plans", "private")

    for text, reason in [
        ("in:nowhere", "There is no room called nowhere"), ("in:plans", "There is no room called plans"),
        ("in:room:2", "There is no room called room:2"), ("from:nobody", "Nobody has the handle nobody"),
        ("before:yesterday", "'before:' needs a day like 2026-01-31"), ("on:2026-02-30", "'on:' needs a day"),
        ("has:wings", "'has:' needs one of these values: link, file, image, code"),
        ("is:funny", "'is:' needs one of these values: thread, pinned,"),
        ("-from:ann", "'from:' cannot be negated"), ("x" * 401, "search is too long: 400 characters"),
        ("a " * 21, "search is too long: 20 words"),
    ]:
        with pytest.raises(Refused, match=reason):
            pytest.fail(f"{text} finds {search.find(ann, text, 0, 20)}")


def test_special_characters_do_not_break_the_search(workspace, ann):
    workspace.post(ann, "and or not near a b c words x")

    for text in ('"', '""', "-", "*", "AND", "OR NOT", "NEAR(a b)", "words:a", "a'b", "(", "';--", "%", ":*",
                 "a & b | !c", "<->", "\\", "-\"", "from:\"", "🦆", "in:", "a* b*", "{x}", "^a", "٣"):
        search.find(ann, text, 0, 20)


def test_an_edited_message_is_found_by_its_new_words_and_a_deleted_one_never(workspace, ann):
    first = workspace.post(ann, "apple pie")
    workspace.post(ann, "pear pie")
    messages.edit(ann, LOBBY, first, "plum pie", "e")

    assert (workspace.find(ann, "apple"), workspace.find(ann, "pie")) == ([], ["pear pie", "plum pie"])
    messages.delete(ann, LOBBY, first, "d")
    assert (workspace.find(ann, "plum"), workspace.find(ann, "pie")) == ([], ["pear pie"])


def test_messages_missing_from_the_index_are_indexed_at_start(workspace, ann):
    workspace.post(ann, "an old story")
    messages.delete(ann, LOBBY, workspace.post(ann, "a forgotten story"), "d")
    with db.transaction() as tx:
        search.remove(tx, LOBBY, 1)

    before = workspace.find(ann, "story")
    search.catch_up()
    search.catch_up()

    assert (before, workspace.find(ann, "story")) == ([], ["an old story"])


def test_a_guest_finds_only_messages_of_the_lobby_and_their_rooms(workspace, ann):
    guest = workspace.person("Gus", "guest")
    public = workspace.room(ann, "public")
    workspace.post(ann, "word in public", channel=public)
    workspace.post(ann, "word in the lobby")

    assert workspace.find(guest, "word") == ["word in the lobby"]
    assert workspace.find(ann, "word") == ["word in the lobby", "word in public"]
    with pytest.raises(Refused, match="There is no room called public"):
        search.find(guest, "in:public", 0, 20)


def test_search_over_http_returns_items_people_words_and_a_cursor(any_app):
    olga = any_app.set_up_owner()
    for n in range(3):
        olga.call("post", channel=LOBBY, text=f"Über allen {n}", key=str(n))

    first = olga.get("/api/search?q=uber -gipfeln&limit=2").json
    rest = olga.get(f"/api/search?q=uber&limit=2&before={first['before']}").json

    found = [(item["text"], item["channel"]) for item in first["items"]]
    assert found == [("Über allen 2", LOBBY), ("Über allen 1", LOBBY)]
    assert first["people"][str(olga.person)]["name"] == "olga"
    assert (first["words"], first["unfinished"]) == (["uber"], False)
    assert [item["text"] for item in rest["items"]] == ["Über allen 0"]
    assert any_app.http.get("/api/search?q=uber").status_code == 401


WORDS = ["red", "green", "blue"]
ACTIONS = st.lists(st.tuples(st.sampled_from(["post", "post", "post", "edit", "delete", "join", "invite", "kick",
                                              "leave", "ban", "unban", "private"]),
                             st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.sampled_from(WORDS)),
                   max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_search_finds_exactly_the_readable_messages_with_the_word(workspace, actions):
    """This holds after any changes of memberships and messages."""
    mark = f"m{time.monotonic_ns()}"
    people = [workspace.person(f"{mark}p{n}", role) for n, role in enumerate(("member", "member", "admin", "guest"))]
    channels = [LOBBY, *(workspace.room(people[n], f"{mark}{kind}", kind, people[:1])
                         for n, kind in enumerate(("public", "private", "announcement")))]
    texts = {}
    for action in actions:
        attempt(workspace, people, channels, texts, mark, *action)

    for person in people:
        for word in (*WORDS, mark[:2]):
            expected = {text for (channel, _), text in texts.items()
                        if word in text and access.allows(db, person, channel, "read")}
            found = set(workspace.find(person, f"{mark} {word}", limit=100))
            assert found == expected, (person, word)


def attempt(workspace, people, channels, texts, mark, action, who, other, place, word):
    """Do an action, which may be refused."""
    person, other, channel = people[who], people[other], channels[place]
    seqs = [seq for (room, seq) in texts if room == channel]
    changes = {
        "join": lambda: members.join(person, channel, workspace.key()),
        "invite": lambda: members.invite(person, channel, [other], workspace.key()),
        "kick": lambda: members.kick(person, channel, other, workspace.key()),
        "leave": lambda: members.leave(person, channel, workspace.key()),
        "ban": lambda: set_ban(other, time.time()), "unban": lambda: set_ban(other, None),
        "private": lambda: make_private(channel),
    }
    text = f"{mark} {word} {workspace.key()}"
    try:
        if action == "post":
            texts[channel, workspace.post(person, text, channel)] = text
        elif action == "edit" and seqs:
            messages.edit(person, channel, seqs[-1], text, workspace.key())
            texts[channel, seqs[-1]] = text
        elif action == "delete" and seqs:
            messages.delete(person, channel, seqs[0], workspace.key())
            del texts[channel, seqs[0]]
        elif action in changes:
            changes[action]()
    except Refused:
        pass


def set_ban(person, at):
    with db.transaction() as tx:
        tx.execute("update person set banned = :at where id = :person", at=at, person=person)


def make_private(channel):
    with db.transaction() as tx:
        tx.execute("update room set kind = 'private' where id = :room and kind = 'public'", room=rooms.number(channel))


@given(st.text(max_size=60))
def test_folding_a_folded_text_changes_nothing(text):
    found = words.split(text)

    assert words.split(" ".join(found)) == found


def test_a_result_has_the_messages_around_it_in_its_conversation(workspace, ann, bob):
    room = workspace.room(ann, "Kitchen", people=[bob])
    root = workspace.post(ann, "who cooks", room)
    workspace.post(bob, "not me", room)
    first = workspace.post(bob, "noodles, says the thread", room, thread=root)
    gone = workspace.post(ann, "a slip", room)
    workspace.post(ann, "noodles for all", room)
    workspace.post(bob, "fine", room)
    workspace.post(ann, "rice, says the thread", room, thread=root)
    messages.delete(ann, room, gone, workspace.key())

    hits, _ = search.find(ann, "noodles", 0, 20)
    found = projection.found(hits, context=True)["items"]

    around = [[item.get(side, {}).get("text") for side in ("before", "after")] for item in found]
    assert [item["text"] for item in found] == ["noodles for all", "noodles, says the thread"]
    assert around == [["not me", "fine"], ["who cooks", "rice, says the thread"]] and first > root
