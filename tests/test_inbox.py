"""The inbox by conversation: groups and counts, done and undone on all devices, snoozed and reminded of."""

from urllib.parse import urlencode

import pytest

from hubbub.core import db, log, node, timers
from hubbub.notifications import model, snooze
from hubbub.notifications.model import Cause
from tests.running_app import LOBBY
from tests.running_app import post_and_notify as post
from tests.waiting import until

HOUR = 3600.0


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    bob = any_app.connect_member("bob")
    bob.call("subscribe", channel=f"inbox:{bob.person}")
    return bob


def groups(who, show="all", **more):
    """Return the conversations as (conversation, unread, texts)."""
    answer = who.get(f"/api/inbox?{urlencode({'show': show, **more})}").json
    return [(one["conversation"], one["unread"], [item["text"] for item in one["items"]]) for one in answer["groups"]]


def counts(who):
    return {name: n for name, n in who.get("/api/inbox").json["counts"].items() if n}


class Device:
    """What a page knows of an inbox: it adds up the entries, from its first one on."""

    def __init__(self, who):
        self.who, self.seq = who, 0

    def unread(self):
        entries = log.read(db, f"inbox:{self.who.person}", 0, 1000)
        count = 0
        for entry in entries:
            targets = len(entry.data.get("targets", ()))
            counted = not (entry.data.get("was_read") or entry.data.get("snoozed"))
            count += {"notification": 1, "read": -targets * counted, "unread": targets * counted,
                      "snoozed": targets * (1 if entry.data.get("until") == 0 else -counted)}.get(entry.kind, 0)
        return count


def agree(who):
    """Return the unread count of which all ways to ask are sure."""
    asked = {Device(who).unread(), model.unread(db, who.person), who.get("/api/inbox").json["counts"]["unread"],
             sum(unread for _, unread, _ in groups(who, "unread"))}
    assert len(asked) == 1, asked
    return asked.pop()


def pass_time(who, seconds):
    """Let the times of what a person snoozed come earlier, and with them their timer."""
    with db.transaction() as tx:
        tx.execute("update notification set snoozed = snoozed - :seconds where person = :person",
                   seconds=seconds, person=who.person)
        snooze._set_timer(tx, who.person)


def test_the_inbox_is_grouped_by_conversation_with_its_last_lines(any_app, ann, bob, olga):
    direct = ann.call("open_direct", people=[bob.person])["ok"]["channel"]
    root = post(bob, "who is in?")
    for text in ("one @bob", "two @bob", "three @bob"):
        post(ann, text)
    post(ann, "me", thread=root)
    post(ann, "psst", direct)
    olga.post("/api/notify", person="bob", text="backup done", key="b1")
    post(ann, "four @bob")

    assert groups(bob) == [
        (LOBBY, 4, ["three @bob", "four @bob"]), (f"script:{olga.person}", 1, ["backup done"]),
        (direct, 1, ["psst"]), (f"{LOBBY}#{root}", 1, ["me"])]
    assert counts(bob) == {"unread": 7, "mentions": 4, "direct": 1, "threads": 1, "alerts": 1}
    assert groups(bob, "threads") == [(f"{LOBBY}#{root}", 1, ["me"])]
    assert groups(bob, "mentions") == [(LOBBY, 4, ["three @bob", "four @bob"])]
    assert agree(bob) == 7


def test_pages_hold_each_conversation_once(any_app, bob):
    with db.transaction() as tx:
        for n in range(20):
            model.notify(tx, [bob.person], Cause("script", 0, f"k{n}", text=f"{n}", conversation=f"c{n % 8}"))

    found, before = [], None
    while before is not None or not found:
        answer = bob.get(f"/api/inbox?limit=3{f'&before={before}' if before else ''}").json
        found += [one["conversation"] for one in answer["groups"]]
        before = answer["next"]

    assert found == ["c3", "c2", "c1", "c0", "c7", "c6", "c5", "c4"]


def test_a_conversation_is_done_and_undone_on_all_devices(any_app, ann, bob, olga):
    phone = any_app.connect(bob.person, bob.token)
    phone.call("subscribe", channel=f"inbox:{bob.person}")
    for text in ("one @bob", "two @bob"):
        post(ann, text)
    olga.post("/api/notify", person="bob", text="backup done", key="b1")

    done = {"conversation": LOBBY, "up_to": 3, "action": "a1"}
    assert bob.call("read_all_notifications", **done) == {"ok": None}
    until(lambda: [entry["data"] for entry in phone.received("read")] == [{"targets": [1, 2]}])
    assert groups(bob, "unread") == [(f"script:{olga.person}", 1, ["backup done"])] and agree(bob) == 1

    for _ in range(2):  # the second time is a retry
        bob.call("undo_notifications", action="a1")
        assert agree(bob) == 3
    bob.call("read_all_notifications", **done)
    assert agree(bob) == 3, "a late retry of what was undone does nothing"
    until(lambda: [entry["data"] for entry in phone.received("unread")] == [{"targets": [1, 2]}])
    bob.call("read_all_notifications", conversation=LOBBY)
    assert bob.call("undo_notifications", action="a1") == {"ok": None}
    assert agree(bob) == 1, "a late retry of the undo reverted a later action"


def test_what_is_snoozed_is_not_counted_and_comes_back_as_new_on_all_devices(any_app, ann, bob):
    for text in ("one @bob", "two @bob"):
        seq = post(ann, text)
    later = node.now() + HOUR
    bob.call("snooze_notifications", until=later, conversation=LOBBY, up_to=2, action="s1")

    assert agree(bob) == 0 and groups(bob) == [] and counts(bob) == {"snoozed": 2}
    assert groups(bob, "snoozed") == [(LOBBY, 2, ["one @bob", "two @bob"])]
    bob.call("read", channel=LOBBY, seq=seq)
    assert counts(bob) == {"snoozed": 2}, "reading the room marked as read what was put off"
    seq = post(ann, "three @bob")
    assert agree(bob) == 1, "what is new in the conversation is not snoozed"

    pass_time(bob, HOUR)
    until(lambda: counts(bob).get("unread") == 3)
    assert agree(bob) == 3
    until(lambda: bob.received("notification")[-1]["data"]["text"] == "two @bob")
    assert bob.received("notification")[-1]["data"]["replaces"] == 2
    assert groups(bob) == [(LOBBY, 3, ["three @bob", "two @bob"])]
    assert "two" not in str(log.read(db, f"inbox:{bob.person}", 1, 1)), "the text is still in its old place"
    bob.call("read", channel=LOBBY, seq=seq)
    assert agree(bob) == 2, "reading the room marked as read what came back at a chosen time"


def test_snoozing_can_be_undone_and_changed(any_app, ann, bob):
    post(ann, "one @bob")
    bob.call("snooze_notifications", until=node.now() + HOUR, seqs=[1], action="s1")
    bob.call("undo_notifications", action="s1")
    assert agree(bob) == 1 and counts(bob) == {"unread": 1, "mentions": 1}

    bob.call("snooze_notifications", until=node.now() + HOUR, seqs=[1])
    bob.call("snooze_notifications", until=node.now() + 2 * HOUR, conversation=LOBBY, show="snoozed")
    assert agree(bob) == 0 and timers.due(db, snooze.TIMER, str(bob.person)) > node.now() + HOUR
    bob.call("read_all_notifications", conversation=LOBBY, show="snoozed", action="d1")
    assert counts(bob) == {} and agree(bob) == 0 and timers.due(db, snooze.TIMER, str(bob.person))
    bob.call("undo_notifications", action="d1")
    assert counts(bob) == {"snoozed": 1} and agree(bob) == 0

    assert bob.call("snooze_notifications", until=node.now() + 400 * 24 * HOUR, seqs=[1])["code"] == "bad_input"
    bob.call("snooze_notifications", until=node.now() - 5, seqs=[1])
    assert counts(bob) == {"snoozed": 1}, "a time that is over when it arrives changes nothing"
    for _ in range(2):
        bob.call("snooze_notifications", until=0, seqs=[1])
        assert counts(bob) == {"unread": 1, "mentions": 1} and agree(bob) == 1


def test_a_reminder_comes_at_its_time_and_not_after_its_message_is_deleted(any_app, ann, bob):
    mine, other, deleted = post(bob, "call the harbour"), post(ann, "bring cake"), post(ann, "oops")
    for nth, seq in enumerate((mine, other, deleted)):
        answer = bob.call("remind", channel=LOBBY, seq=seq, until=node.now() + HOUR, id=f"r{nth}")
        assert answer == {"ok": None}
    bob.call("remind", channel=LOBBY, seq=other, until=node.now() + 2 * HOUR, id="r9")
    assert counts(bob) == {"snoozed": 3} and agree(bob) == 0 and not bob.received("notification")
    ann.call("delete", channel=LOBBY, seq=deleted, key="d")
    assert counts(bob) == {"snoozed": 2} and agree(bob) == 0
    ann.call("edit", channel=LOBBY, seq=other, text="bring two cakes", key="e")

    pass_time(bob, HOUR)
    until(lambda: counts(bob).get("unread") == 1)
    assert agree(bob) == 1
    until(lambda: [entry["data"]["text"] for entry in bob.received("notification")] == ["call the harbour"])
    assert bob.received("notification")[-1]["data"]["cause"] == "reminder"
    pass_time(bob, HOUR)
    until(lambda: groups(bob, "unread") == [(LOBBY, 2, ["call the harbour", "bring two cakes"])])
    assert counts(bob) == {"unread": 2}


def test_nothing_of_a_room_comes_back_after_one_left_it(any_app, ann, bob):
    den = ann.call("create_room", name="Den", kind="private", people=[bob.person], key="k")["ok"]["channel"]
    seq = post(ann, "psst @bob", den)
    bob.call("snooze_notifications", until=node.now() + HOUR, conversation=den)
    bob.call("remind", channel=den, seq=seq, until=node.now() + HOUR, id="r")
    assert counts(bob) == {"snoozed": 2}

    bob.call("leave", channel=den, key="l")

    assert counts(bob) == {} and agree(bob) == 0
    answer = bob.call("remind", channel=den, seq=seq, until=node.now() + HOUR, id="r2")
    assert answer["code"] in ("denied", "not_found")
    with db.transaction() as tx:
        model.notify(tx, [bob.person], Cause("document", ann.person, "d", den, 1, text="a line that he must not see"))
    bob.call("snooze_notifications", until=node.now() + HOUR, conversation=den)
    pass_time(bob, HOUR)
    until(lambda: counts(bob) == {})
    assert agree(bob) == 0 and len(bob.received("notification")) == 2


def test_what_is_due_comes_back_after_a_restart(any_app, ann, bob):
    post(ann, "one @bob")
    bob.call("snooze_notifications", until=node.now() + HOUR, seqs=[1])
    timers.stop()
    pass_time(bob, HOUR)
    assert agree(bob) == 0

    timers.start({snooze.TIMER: snooze.wake})

    until(lambda: counts(bob).get("unread") == 1)
    assert agree(bob) == 1
