"""Messages that are posted at the same time: one transaction for all, and each has its own answer."""

import gevent.event
import psycopg
import pytest

from hubbub.chat import messages, rooms
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.people import model as people
from tests import postgres
from tests.nodes import open_node
from tests.statements import start_recording
from tests.waiting import until

DRAFT = messages.Draft()


@pytest.fixture
def ann(database):
    return create_person("ann")


@pytest.fixture
def bob(ann):
    return create_person("bob")


@pytest.fixture
def room(ann):
    """The channel of a private room that only Ann is in."""
    with db.transaction() as tx:
        [(room,)] = tx.execute("insert into room (kind, name, created_by, since) values ('private', 'x', 1, 0) "
                               "returning id")
        tx.execute("insert into member (room, person, role, since) values (:room, :ann, 'member', 0)",
                   room=room, ann=ann)
    return f"room:{room}"


def create_person(name):
    with db.transaction() as tx:
        return people.create(tx, name, name, "member").id


@pytest.fixture
def gate(monkeypatch, bob, room):
    """The next commit waits until this event is set, so that what is posted meanwhile waits for it."""
    gate = gevent.event.Event()
    for lane in {lane.engine for lane in db.state().lanes}:
        monkeypatch.setattr(lane, "commit", lambda commit=lane.commit: (gate.wait(), commit()))
    yield gate
    gate.set()


def post(person, text, key, channel=rooms.LOBBY, draft=DRAFT):
    return messages.post_later(person, channel, text, key, draft)


def outcomes(calls):
    """Return the seqs of calls, or the codes of their refusals."""
    found = []
    for call in calls:
        try:
            found.append(call.wait().seq)
        except Refused as refusal:
            found.append(refusal.code)
    return found


def texts(channel=rooms.LOBBY):
    return [entry.data["text"] for entry in log.read(db, channel, 0) if entry.kind == "message"]


def test_posts_that_wait_for_a_commit_are_stored_with_as_few_statements_as_one(gate, ann):
    first = gevent.spawn(messages.post, ann, rooms.LOBBY, "first", "first")
    gevent.sleep(0)
    recorded = start_recording()

    calls = [post(ann, f"text {n}", f"k{n}") for n in range(50)]
    gate.set()

    seqs = outcomes(calls)
    assert seqs == list(range(first.get().seq + 1, first.get().seq + 51))
    assert texts() == ["first", *(f"text {n}" for n in range(50))]
    assert len(recorded) < 30  # of the first one, which on PostgreSQL still runs, and of all others together


def test_a_refused_post_takes_no_number_and_holds_up_nobody(gate, ann, bob, room):
    calls = [post(ann, "one", "1"), post(bob, "not allowed", "2", room), post(bob, "two", "3"),
             post(ann, "quotes nothing", "4", draft=messages.Draft(quote=99)), post(ann, "three", "5")]
    gate.set()
    answers = outcomes(calls)

    start = answers[0]
    assert answers == [start, "not_found", start + 1, "not_found", start + 2]
    assert texts() == ["one", "two", "three"]
    assert log.head(db, room) == log.START


def test_a_key_that_is_sent_twice_at_once_is_one_message(gate, ann):
    calls = [post(ann, "hello", "same"), post(ann, "hello", "same"), post(ann, "hello", "other")]
    gate.set()
    first, again, other = outcomes(calls)

    assert (first, other) == (again, first + 1)
    assert outcomes([post(ann, "hello", "same")]) == [first]


def test_a_post_that_fails_unexpectedly_spoils_no_other(monkeypatch, gate, ann):
    quotes_in = messages.feed_quotes.quotes_in
    monkeypatch.setattr(messages.feed_quotes, "quotes_in", lambda text: 1 / 0 if text == "bad" else quotes_in(text))

    good, bad, better = [post(ann, text, text) for text in ("good", "bad", "better")]
    gate.set()
    seqs = outcomes([good, better])
    with pytest.raises(ZeroDivisionError):
        bad.wait()

    assert texts() == ["good", "better"] and seqs[1] == seqs[0] + 1


def test_what_a_connection_writes_after_a_post_runs_after_it(ann, room):
    calls = [post(ann, "hello", "1", room), post(ann, "goodbye", "2", room)]  # the second one waits for its turn

    with db.UnitOfWork(calls=[call.group for call in calls]) as unit:
        with db.transaction(room) as tx:
            tx.execute("delete from member")
            log.append(tx, room, "left", {"person": ann}, author=ann, key="left")
        unit.wait_for_commit()

    assert outcomes(calls) == [1, 2]
    assert [entry.kind for entry in log.read(db, room, 0)] == ["message", "message", "left"]


def test_a_failed_commit_refuses_all_of_its_posts_and_the_next_ones_are_stored(monkeypatch, ann):
    lane = db.state().lane(rooms.LOBBY).engine
    commit, full, refused = lane.commit, [OSError("no space")], []
    monkeypatch.setattr(lane, "commit", lambda: _raise(full[0]) if full else commit())

    for call in (post(ann, "one", "1"), post(ann, "two", "2")):
        call.then(lambda outcome: refused.append(outcome.code))
    until(lambda: len(refused) == 2)
    full.clear()
    messages.post(ann, rooms.LOBBY, "three", "3")

    assert refused == ["not_saved", "not_saved"]
    assert texts() == ["three"]


def _raise(error):
    raise error


def test_a_conflict_runs_all_of_them_again_in_their_order(tmp_path, monkeypatch):
    open_node(tmp_path, postgres.database())
    try:
        ann = create_person("ann")
        move_each, later = messages.cursors.move_each, []

        def conflict_once(tx, moves):
            if not later:
                later.append(post(ann, "later", "later"))
                raise psycopg.errors.DeadlockDetected("another node")
            move_each(tx, moves)

        monkeypatch.setattr(messages.cursors, "move_each", conflict_once)

        calls = [post(ann, str(n), str(n)) for n in range(5)]
        outcomes([*calls, *later])

        assert texts() == ["0", "later", *"1234"]
    finally:
        db.close()
