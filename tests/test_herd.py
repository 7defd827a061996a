"""Many who come back at once: one look for what all of them missed, one resume for all channels, heads on a beat."""

import pytest

from hubbub.core import db, follow, log, windows
from hubbub.core.log import START
from tests import club
from tests.club import Listener
from tests.nodes import forget_tails
from tests.statements import statements
from tests.test_follow import CHESS, cursor, elsewhere, say

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def ann(database):
    club.join(1)


def test_a_herd_that_comes_back_asks_once_for_what_all_of_it_missed(monkeypatch):
    [one] = say("one")
    for n in range(3):
        say(*[f"{n}-{k}" for k in range(100)])
    forget_tails()  # the process was restarted: no ring is warm
    asked = statements(monkeypatch, lambda: follow.follow(Listener(), CHESS, cursor(one)))
    herd = [Listener() for _ in range(20)]

    more = statements(monkeypatch, lambda: [follow.follow(peer, CHESS, cursor(one)) for peer in herd])

    assert len(asked) == 5  # a right, a head, whether the cursor is of this history, two pages
    assert ([sql for sql in more if "club_member" not in sql], len(more)) == ([], 20)
    assert all(len(peer.texts()) == 300 for peer in herd)


def test_a_herd_that_was_away_too_long_makes_one_window(monkeypatch):
    joined = cursor(log.read(db, CHESS, 0)[0])
    monkeypatch.setattr(follow, "FAR", 10)
    say(*map(str, range(300)))
    forget_tails()
    made, newest = [], windows.newest
    monkeypatch.setattr(windows, "newest", lambda channel: (made.append(channel), newest(channel))[1])
    herd = [Listener() for _ in range(20)]

    for peer in herd:
        follow.follow(peer, CHESS, joined)
    say("next")
    forget_tails()
    late = Listener()
    follow.follow(late, CHESS, joined)

    assert {tuple(kind for kind, _ in peer.received) for peer in herd} == {("reset", "message")}
    assert late.received[0][1]["as_of"] == [302, "next"]
    assert made == [CHESS, CHESS]


def test_words_that_were_blanked_are_in_no_page_that_was_kept():
    [one] = say("one")
    say("secret", *map(str, range(300)))
    forget_tails()
    follow.follow(Listener(), CHESS, cursor(one))

    with db.transaction() as tx:
        log.blank(tx, CHESS, [one.seq + 1], {"text": ""})
    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert (bob.texts()[0], len(bob.texts())) == ("", 301)


def test_one_resume_answers_every_channel_and_asks_for_all_rights_and_heads_at_once(monkeypatch):
    places = {}
    for n in range(5):
        club.join(1, f"club:{n}")
        places[f"club:{n}"] = cursor(club.say(1, str(n), "key", f"club:{n}"))
    forget_tails()
    bob = Listener()

    answers = {}
    asked = statements(monkeypatch, lambda: answers.update(follow.resume(bob, {**places, "club:other": START})))

    assert [answers[channel] for channel in places] == [2] * 5
    assert answers["club:other"].payload == {"error": "there is no such channel", "code": "absent"}
    assert len([sql for sql in asked if "club_member" not in sql]) == 1
    assert bob.received == []


def test_a_beat_tells_the_heads_that_moved_lately_and_then_no_more():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = say("one")

    for _ in range(follow.ANNOUNCEMENTS + 2):
        follow.heartbeat()

    heads = [payload for kind, payload in bob.received if kind == "heads"]
    assert heads == [{"heads": {CHESS: one.seq}}] * follow.ANNOUNCEMENTS


def test_a_beat_hears_of_what_another_process_wrote():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    there = elsewhere("said there")

    follow.heartbeat()

    assert bob.texts() == ["said there"]
    assert bob.received[-1] == ("heads", {"heads": {CHESS: there.seq}})
