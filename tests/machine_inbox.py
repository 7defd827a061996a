"""The promises of the inbox as a state machine: three people in a room, each with two devices, and two nodes.

Messages are posted, some of them urgent, edited, deleted and posted again; levels change; notifications are read, done,
snoozed, undone and acknowledged; time passes, timers ring and people are notified, at a node that may be slow or die in
the middle.  After every step each cause has notified each person at most once, whoever should be notified is, every
device shows what the server does, and an alarm rings until somebody acknowledges it, which all see, and no longer.
"""

from contextlib import nullcontext, suppress
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from hubbub.chat import messages, notifier
from hubbub.config import Config
from hubbub.core import consumers, db, log, node, timers
from hubbub.core.access import Refused
from hubbub.core.windows import Span
from hubbub.notifications import alarms, model, snooze, undo
from hubbub.people import groups, oncall
from hubbub.people import model as people
from hubbub.people.oncall import Plan, Step
from tests import machine
from tests.simulated_clock import Clock

ROOM, NAMES = "room:1", ("ann", "bob", "cleo")
HANDLERS = {alarms.TIMER: alarms.ring, snooze.TIMER: snooze.wake}
SHOWN = ("seq", "read", "text", "snoozed_until", "acknowledged", "steps")


class Device:
    """What one device shows: the entries of the inbox that it has applied, like the reducers of the page."""

    def __init__(self, person):
        self.person, self.cursor, self.items = person, 0, {}

    def sync(self):
        for entry in log.read(db, model.inbox(self.person), self.cursor, 1000):
            self.cursor = entry.seq
            self.apply(entry, entry.data)

    def apply(self, entry, data):
        if entry.kind == "notification" and "deleted" not in data:
            self.items.pop(data.get("replaces"), None)
            self.items[entry.seq] = {"seq": entry.seq, "read": False, **data}
        for item in [self.items[seq] for seq in data.get("targets", ()) if seq in self.items]:
            if entry.kind == "read" and data.get("deleted"):
                del self.items[item["seq"]]
            elif entry.kind in ("read", "unread"):
                item["read"] = entry.kind == "read"
            elif entry.kind == "revised":
                item["text"] = data["text"]
            elif entry.kind == "snoozed":
                item["snoozed_until"] = data["until"]
            elif entry.kind == "acknowledged":
                item["acknowledged"] = {"person": data["person"], "at": data["at"]}
            elif entry.kind == "escalated":
                item["steps"] = [*item.get("steps", ()), data["step"]]


def shown(items):
    """Return what counts of some items, by seq."""
    known = [item | {"snoozed_until": None} if item["read"] else item for item in items if "deleted" not in item]
    return {item["seq"]: {name: item.get(name) or None for name in SHOWN} for item in known}


class Inboxes(machine.Machine):
    """Ann, Bob and Cleo, whose levels the machine knows as well."""

    who, at, nth = st.integers(0, 2), st.integers(0, 1), st.integers(0, 5)

    def __init__(self):
        self.clock = Clock()
        self.clock.now = self.clock.monotonic
        super().__init__()
        self.keys, self.meant, self.held, self.actions, self.other = 0, {}, [], {}, None

    def furnish(self):
        with db.transaction(people.EVERYBODY) as tx:
            for name in NAMES:
                people.create(tx, name, name, "owner" if name == "ann" else "member", None)
        ids = [id for id, in db.execute("select id from person where id > 0 order by id")]
        group = groups.create(ids[0], "ops", "Operations", ids)
        oncall.save(ids[0], group.id, Plan([Step([ids[1]], 2), Step([ids[2]], 2)], "stop"))

    @initialize()
    def begin(self):
        super().begin()
        self.people = [id for id, in db.execute("select id from person where id > 0 order by id")]
        self.levels = dict.fromkeys(self.people, "")
        self.devices = [Device(person) for person in self.people for _ in range(2)]

    def node(self, at):
        """Return one of two nodes; SQLite has one."""
        if not self.url or not at:
            return nullcontext()
        if self.other is None:
            self.other = node.Node(Config(data=self.folder), clock=self.clock)
            with self.other.active():
                db.open(self.folder, self.url)
        return self.other.active()

    def open(self):
        super().open()
        consumers.start([notifier.consumer])

    def catch_up(self):
        """Have the consumer notify of everything that was posted."""
        consumers.state().runners[notifier.NAME].poll()
        assert machine.soon(lambda: not notifier.consumer.behind()), "people are not notified"

    def leaves(self):
        if self.other:
            with self.other.active():
                db.close()

    def seqs(self, person, nth):
        """Return one of the notifications of a person."""
        found = [seq for seq, in db.execute("select seq from notification where person = :person order by seq",
                                            person=person)]
        return found[-1 - nth % len(found):][:1] if found else []

    def key(self):
        self.keys += 1
        return f"k{self.keys}"

    def dies_while_notifying(self):
        """Notify, each person in a transaction of their own, like a node that is killed before the last one."""
        with patch.object(notifier, "CHUNK", 1), patch.object(consumers, "advance", side_effect=SystemExit):
            for task in notifier.consumer.behind():
                with suppress(SystemExit):
                    notifier.handle(task)

    @rule(who=who, to=st.sampled_from(["@ann", "@bob @cleo", "@room", "@ops"]), urgent=st.booleans(), at=at,
          dies=st.booleans())
    def posts(self, who, to, urgent, at, dies):
        key, author = self.key(), self.people[who]
        self.meant[key] = {"levels": dict(self.levels), "to": to, "urgent": urgent, "author": author}
        if dies:
            consumers.stop()
        for _ in range(2):  # the answer to the first got lost
            with self.node(at):
                messages.post(author, ROOM, f"{key} {to}", key, messages.Draft(asks=urgent))
        if dies:
            self.dies_while_notifying()
            consumers.start([notifier.consumer])
        self.catch_up()

    @rule(loses=st.booleans())
    def is_restarted(self, loses):
        self.clock.time += 60.0
        if loses:
            timers._claim([*HANDLERS], 100)  # and dies before it has done anything
        db.close()
        self.open()

    @rule(who=who, level=st.sampled_from(["", "nothing", "everything"]))
    def chooses(self, who, level):
        self.levels[self.people[who]] = level
        model.set_level(self.people[who], ROOM, level)

    @rule(who=who, nth=nth, at=at)
    def reads(self, who, nth, at):
        person = self.people[who]
        self.actions[person] = f"a{self.key()}"
        with self.node(at):
            model.mark_read(person, self.seqs(person, nth), self.actions[person])

    @rule(who=who, at=at)
    def undoes(self, who, at):
        with self.node(at):
            undo.undo(self.people[who], self.actions.get(self.people[who], "none"))

    @rule(who=who, nth=nth, minutes=st.integers(1, 5))
    def snoozes(self, who, nth, minutes):
        person = self.people[who]
        self.actions[person] = f"a{self.key()}"
        snooze.snooze(person, node.now() + 60.0 * minutes, self.seqs(person, nth), action=self.actions[person])

    @rule(who=who, nth=nth, at=at)
    def acknowledges(self, who, nth, at):
        person = self.people[who]
        for seq in self.seqs(person, nth):
            with self.node(at):
                self.tries(alarms.acknowledge, person, seq)

    @rule(nth=nth, at=at, deletes=st.booleans())
    def changes_a_message(self, nth, at, deletes):
        posted = [(seq, author) for seq, author in db.execute(
            "select seq, author from entry where channel = :room and kind = 'message' order by seq", room=ROOM)]
        for seq, author in posted[-1 - nth:][:1]:
            with self.node(at):
                if deletes:
                    self.tries(messages.delete, author, ROOM, seq, self.key())
                else:
                    self.tries(messages.edit, author, ROOM, seq, f"changed {self.key()}", self.key())
        self.catch_up()

    def tries(self, call, *values):
        """Do what may be refused, since it was done before."""
        try:
            call(*values)
        except Refused as refused:
            assert refused.code == "not_found", refused

    @rule(minutes=st.integers(1, 4), at=at)
    def time_passes(self, minutes, at):
        self.clock.time += 60.0 * minutes
        with self.node(at):
            self.ring(timers._claim([*HANDLERS], 100))

    @rule(at=at)
    def a_node_claims_what_is_due_and_is_slow(self, at):
        self.clock.time += 90.0
        with self.node(at):
            self.held += timers._claim([*HANDLERS], 100)
        self.clock.time += timers.CLAIM

    @rule(at=at)
    def the_slow_node_goes_on(self, at):
        held, self.held = self.held, []
        with self.node(at):
            self.ring(held)

    def ring(self, due):
        for timer in due:
            with suppress(timers.Lost):
                HANDLERS[timer.kind](timer)

    @rule(nth=st.integers(0, 5))
    def a_device_catches_up(self, nth):
        self.devices[nth].sync()

    @invariant()
    def every_device_shows_what_the_server_does(self):
        if not hasattr(self, "people"):
            return
        for device in self.devices:
            copy = Device(device.person)
            copy.cursor, copy.items = device.cursor, {seq: dict(item) for seq, item in device.items.items()}
            copy.sync()
            window = model.newest(db, model.inbox(device.person), Span(limit=1000))
            assert shown(copy.items.values()) == shown(window["items"])
            assert window["unread"] == sum(not item["read"] and not item.get("snoozed_until")
                                           for item in copy.items.values())

    @invariant()
    def whoever_should_be_notified_is_once(self):
        if not hasattr(self, "people"):
            return
        posted = db.execute("select seq, key, data from entry where channel = :room and kind = 'message'", room=ROOM)
        rows = db.execute("select person, target, count(*) from notification group by person, target")
        assert all(count == 1 for *_, count in rows)
        notified = {(person, target) for person, target, _ in rows}
        appended = db.execute("select channel, count(*) from entry where kind = 'notification' "
                              "and key not like '!back%' group by channel, author, key")
        assert all(count == 1 for _, count in appended)
        ringing = {seq for seq, in db.execute("select seq from alarm where channel = :room", room=ROOM)}
        for seq, key, data in posted:
            assert seq in ringing or not self.meant[key]["urgent"], "something urgent was lost"
            for person in self.people if '"text"' in data else ():
                wanted = self.wants(person, **self.meant[key])
                assert wanted is None or ((person, seq) in notified) == wanted, (person, key, self.meant[key])

    def wants(self, person, levels, to, urgent, author):
        """Return whether a message notifies a person; None where that depends on an on-call list."""
        name = f"@{NAMES[self.people.index(person)]}"
        if person == author:
            return False
        if to == "@ops":
            return True if name == "@bob" and (urgent or levels[person] != "nothing") else None
        named = to == "@room" or name in to
        return named and (urgent or levels[person] != "nothing") or levels[person] == "everything"

    @invariant()
    def an_alarm_rings_until_somebody_acknowledges_it_and_no_longer(self):
        if not hasattr(self, "people"):
            return
        due = {key for key, in db.execute("select key from timer where kind = 'alarm'")}
        for id, by, ring_at, step_at, cause in db.execute(
                "select id, acknowledged, ring_at, step_at, cause from alarm"):
            is_open = by is None and (ring_at is not None or step_at is not None)
            assert (str(id) in due) >= is_open, "nobody will ring"
            assert by is None or not is_open and not cause
            self.check_entries(id, by)

    def check_entries(self, id, by):
        for person, in db.execute("select person from notification where alarm = :id", id=id):
            entries = [(kind, data) for kind, data in db.execute(
                "select kind, data from entry where channel = :inbox and author = 0 and kind in ('rang', "
                "'acknowledged') and (key like :rang or key = :done) order by seq", inbox=model.inbox(person),
                rang=f"rang/{id}/%", done=f"alarm/{id}/acknowledged")]
            kinds = [kind for kind, _ in entries]
            assert ("acknowledged" in kinds) == (by is not None), "not all see who acknowledged it"
            assert kinds[-1:] == ["acknowledged"] or by is None, "it rang afterwards"
            assert kinds.count("rang") <= alarms.MOST_RINGS * 4
