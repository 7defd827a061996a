"""Many clients that reconnect at once share queries; one resume serves all channels; heartbeats announce new heads."""

import pytest

from hubbub.core import db, follow, log, windows
from hubbub.core.access import Refused
from hubbub.core.log import START
from tests import club
from tests.club import Listener
from tests.nodes import forget_tails
from tests.statements import statements
from tests.test_follow import CHESS, append_in_another_process, cursor, post

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def ann(database):
    club.join(1)


def test_clients_that_missed_the_same_entries_share_one_query(monkeypatch):
    [one] = post("one")
    for n in range(3):
        post(*[f"{n}-{k}" for k in range(100)])
    forget_tails()  # as after a restart of the process
    first_statements = statements(monkeypatch, lambda: follow.follow(Listener(), CHESS, cursor(one)))
    herd = [Listener() for _ in range(20)]

    later_statements = statements(monkeypatch, lambda: [follow.follow(peer, CHESS, cursor(one)) for peer in herd])

    assert len(first_statements) == 5  # permission, head, cursor check, two pages
    assert ([sql for sql in later_statements if "club_member" not in sql], len(later_statements)) == ([], 20)
    assert all(len(peer.texts()) == 300 for peer in herd)


def test_clients_that_were_away_too_long_share_one_window(monkeypatch):
    joined = cursor(log.read(db, CHESS, 0)[0])
    monkeypatch.setattr(follow, "FAR", 10)
    post(*map(str, range(300)))
    forget_tails()
    built, newest = [], windows.newest
    monkeypatch.setattr(windows, "newest", lambda channel: (built.append(channel), newest(channel))[1])
    herd = [Listener() for _ in range(20)]

    for peer in herd:
        follow.follow(peer, CHESS, joined)
    post("next")
    forget_tails()
    late = Listener()
    follow.follow(late, CHESS, joined)

    assert {tuple(kind for kind, _ in peer.received) for peer in herd} == {("reset", "message")}
    assert late.received[0][1]["as_of"] == [302, "next"]
    assert built == [CHESS, CHESS]


def test_blanking_a_message_drops_it_from_cached_pages():
    [one] = post("one")
    post("secret", *map(str, range(300)))
    forget_tails()
    follow.follow(Listener(), CHESS, cursor(one))

    with db.transaction() as tx:
        log.blank(tx, CHESS, [one.seq + 1], {"text": ""})
    bob = Listener()
    follow.follow(bob, CHESS, cursor(one))

    assert (bob.texts()[0], len(bob.texts())) == ("", 301)


def test_one_resume_checks_all_channels_in_one_statement(monkeypatch):
    cursors = {}
    for n in range(5):
        club.join(1, f"club:{n}")
        cursors[f"club:{n}"] = cursor(club.post(1, str(n), "key", f"club:{n}"))
    forget_tails()
    bob = Listener()

    answers = {}
    executed = statements(monkeypatch, lambda: answers.update(follow.resume(bob, {**cursors, "club:other": START})))

    assert [answers[channel] for channel in cursors] == [2] * 5
    assert answers["club:other"].payload == Refused("error.channel_not_found", "not_found").payload
    assert len([sql for sql in executed if "club_member" not in sql]) == 1
    assert bob.received == []


def test_heartbeats_announce_a_new_head_a_few_times():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    [one] = post("one")

    for _ in range(follow.ANNOUNCEMENTS + 2):
        follow.heartbeat()

    heads = [payload for kind, payload in bob.received if kind == "heads"]
    assert heads == [{"heads": {CHESS: one.seq}}] * follow.ANNOUNCEMENTS


def test_a_heartbeat_finds_entries_of_another_process():
    bob = Listener()
    follow.follow(bob, CHESS, START)
    entry = append_in_another_process("from there")

    follow.heartbeat()

    assert bob.texts() == ["from there"]
    assert bob.received[-1] == ("heads", {"heads": {CHESS: entry.seq}})
