"""The log and its cursors: seqs without gaps, idempotency keys, pages, and unread counts."""

import gevent
import pytest

from hubbub.core import cursors, db, log
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor

pytestmark = pytest.mark.usefixtures("database")


def append(channel, key, author=1, data=None, counts=True):
    with db.transaction() as tx:
        return log.append(tx, channel, "message", data or {"text": key}, author=author, key=key, counts=counts)


def test_seqs_start_at_one_in_each_channel():
    seqs = [append("room:1", "a").seq, append("room:1", "b").seq, append("room:2", "a").seq]

    assert seqs == [1, 2, 1]


def test_seqs_have_no_gaps_after_failed_transactions():
    def fail(n):
        with db.transaction() as tx:
            log.append(tx, "room:1", "message", {}, author=n, key="x")
            raise ValueError

    writers = [gevent.spawn(fail if n % 3 == 0 else append, *([n] if n % 3 == 0 else ["room:1", f"k{n}"]))
               for n in range(30)]
    gevent.joinall(writers)

    assert [entry.seq for entry in log.read(db, "room:1", 0)] == list(range(1, 21))


def test_a_repeated_key_returns_the_first_entry_even_after_later_ones():
    first = append("room:1", "a", data={"text": "hello"})
    append("room:1", "b")

    again = append("room:1", "a", data={"text": "something else"})

    assert again == first
    assert log.head(db, "room:1") == (2, "b")


def test_two_people_can_use_the_same_key():
    assert append("room:1", "a", author=1).seq == 1
    assert append("room:1", "a", author=2).seq == 2


def test_a_read_entry_equals_the_appended_one():
    entry = append("room:1", "ünï", data={"text": "héllo 🎉", "list": [1, 2.5, None, True]})

    assert log.read(db, "room:1", 0) == [entry]


def test_the_time_of_an_entry_keeps_fractions_of_a_second():
    entry = append("room:1", "a")

    assert log.read(db, "room:1", 0)[0].at == entry.at


def test_pages_follow_each_other():
    for n in range(5):
        append("room:1", f"k{n}")

    pages = [log.read(db, "room:1", after, 2) for after in (0, 2, 4, 5)]

    assert [[entry.seq for entry in page] for page in pages] == [[1, 2], [3, 4], [5], []]


def test_a_page_is_limited_in_bytes_but_never_empty_before_the_end():
    for n in range(6):
        append("room:1", f"k{n}", data={"text": "x" * 60_000})

    assert [entry.seq for entry in log.read(db, "room:1", 0)] == [1, 2]
    assert [entry.seq for entry in log.read(db, "room:1", 2)] == [3, 4]


def test_an_entry_over_64_kb_is_refused_and_takes_no_seq():
    with pytest.raises(Refused, match="too long") as refusal:
        append("room:1", "a", data={"text": "x" * 65_536})

    assert refusal.value.code == "too_large"
    assert append("room:1", "b").seq == 1


def test_a_cursor_of_another_history_is_recognised():
    append("room:1", "a")

    assert log.holds(db, "room:1", Cursor(1, "a"))
    assert log.holds(db, "room:1", START)
    assert not log.holds(db, "room:1", Cursor(1, "restored"))
    assert not log.holds(db, "room:1", Cursor(2, "a"))


def test_unread_counts_only_entries_that_count():
    append("room:1", "a")
    append("room:1", "b", counts=False)
    append("room:1", "c")

    assert cursors.unread(db, 7, "room:1") == 2


def test_the_last_move_of_a_read_cursor_wins_even_backwards():
    for key in "abc":
        append("room:1", key)

    with db.transaction() as tx:
        versions = [cursors.move(tx, 7, "room:1", seq) for seq in (3, 1)]

    assert versions == [1, 2]
    assert cursors.read_up_to(db, 7, "room:1") == 1
    assert cursors.unread(db, 7, "room:1") == 2


def test_a_read_cursor_cannot_move_beyond_the_end():
    append("room:1", "a")

    with pytest.raises(Refused, match="no such entry"), db.transaction() as tx:
        cursors.move(tx, 7, "room:1", 2)

    assert cursors.unread(db, 7, "room:1") == 1
