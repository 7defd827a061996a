"""Rules: what a person wants in their inbox, beyond what is for them anyway; each is a value, without an id.

The table `rule` has all that have no state of their own.  Others are followed threads, which know how far they were
read, and alerts, which know on which side of their level the last value was: their slices register a `Source`, so that
all rules are listed, added and removed in one way.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from hubbub import short_text
from hubbub.core import access, cursors, db, hub, node
from hubbub.core.access import Reads, Refused
from hubbub.people import model as people

MOST = 200  # keywords, people and documents of one person, of each kind
WORD_LIMIT = 60  # characters of a keyword
PRIORITIES = range(1, 6)
MATCHED = ("keyword", "person", "priority")  # kinds that messages are matched with

Kind = Literal["room", "thread", "keyword", "person", "priority", "document", "alert"]


class Rule(msgspec.Struct, frozen=True):
    """A rule of one person."""

    kind: Kind
    channel: str = ""  # of the room, the thread, the document or the feed
    root: int = 0  # the message that starts the thread
    word: str = ""  # a keyword; above or below for an alert
    about: int = 0  # the person who writes; the least priority; 1 for an alert that fires once
    level: str = ""  # of a room: everything, mentions, nothing, hidden; of a thread: followed, muted; an alert's value


class Shown(Rule, frozen=True):
    """A rule with the words that show it: the title of its channel, and the beginning of its thread."""

    title: str = ""
    text: str = ""


class Source(NamedTuple):
    """How a slice keeps the rules of one kind: functions that list, add and remove those of a person."""

    mine: Callable[[Reads, int], list[Shown]]
    add: Callable[[int, Rule], None]
    remove: Callable[[int, Rule], None]


_sources: dict[str, Source] = {}


def keep(kind: Kind, source: Source) -> None:
    """Have a slice keep the rules of a kind."""
    _sources[kind] = source


def mine(reads: Reads, person: int) -> list[Shown]:
    """Return all rules of a person."""
    return [rule for source in _sources.values() for rule in source.mine(reads, person)]


def add(person: int, rule: Rule) -> None:
    """Add a rule; one that is there already changes nothing.  Refused if it is not valid."""
    _sources[rule.kind].add(person, rule)


def remove(person: int, rule: Rule) -> None:
    """Remove a rule, if it is there."""
    _sources[rule.kind].remove(person, rule)


def stored(reads: Reads, person: int, kind: str) -> list[Shown]:
    """Return a person's rules of a kind in the table, the newest first."""
    rows = reads.execute("select kind, channel, root, word, about, level from rule where person = :person "
                         "and kind = :kind order by since desc, channel, word, about", person=person, kind=kind)
    return [Shown(*row) for row in rows]


def store(tx: db.Transaction, person: int, rule: Rule) -> None:
    """Put a rule into the table."""
    tx.execute("insert into rule (person, kind, channel, root, word, about, level, since) values (:person, :kind, "
               ":channel, :root, :word, :about, :level, :now) on conflict (person, kind, channel, root, word, about) "
               "do update set level = excluded.level", person=person, now=node.now(), **msgspec.structs.asdict(rule))
    _changed(tx, person, rule)


def forget(tx: db.Transaction, person: int, rule: Rule) -> None:
    """Delete a rule from the table, whatever its level."""
    tx.execute("delete from rule where person = :person and kind = :kind and channel = :channel and root = :root "
               "and word = :word and about = :about", person=person, **msgspec.structs.asdict(rule))
    _changed(tx, person, rule)


def _changed(tx: db.Transaction, person: int, rule: Rule) -> None:
    if rule.kind in MATCHED:
        tx.execute("insert into rule_version (kind, version) values ('message', 1) on conflict (kind) "
                   "do update set version = rule_version.version + 1")
    tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "rules", {"kind": rule.kind}))


def _add(person: int, rule: Rule) -> None:
    with db.transaction(cursors.user_channel(person)) as tx:
        people.require(tx, person, "guest")
        checked = _CHECKS[rule.kind](tx, person, rule)
        [(count,)] = tx.execute("select count(*) from rule where person = :person and kind = :kind",
                                person=person, kind=rule.kind)
        if count >= MOST:
            raise Refused("error.rule_limit", "too_large", limit=MOST)
        if rule.kind == "priority":
            tx.execute("delete from rule where person = :person and kind = 'priority'", person=person)
        store(tx, person, checked)


def _remove(person: int, rule: Rule) -> None:
    with db.transaction() as tx:
        forget(tx, person, rule)


def _keyword(tx: db.Transaction, person: int, rule: Rule) -> Rule:
    word = short_text.clean(rule.word)
    if not word or not short_text.is_visible(word):
        raise Refused("error.keyword_missing", "bad_input")
    if len(word) > WORD_LIMIT:
        raise Refused("error.keyword_too_long", "too_large", limit=WORD_LIMIT)
    return Rule("keyword", word=word)


def _person(tx: db.Transaction, person: int, rule: Rule) -> Rule:
    if rule.about == person or not people.role(tx, rule.about):
        raise Refused("error.person_not_found", "not_found")
    return Rule("person", about=rule.about)


def _priority(tx: db.Transaction, person: int, rule: Rule) -> Rule:
    if rule.about not in PRIORITIES:
        raise Refused("error.priority_unknown", "bad_input")
    return Rule("priority", about=rule.about)


def _document(tx: db.Transaction, person: int, rule: Rule) -> Rule:
    access.check(tx, person, rule.channel, "read")
    if not rule.channel.startswith("doc:"):
        raise Refused("error.not_a_document", "bad_input")
    return Rule("document", rule.channel)


_CHECKS = {"keyword": _keyword, "person": _person, "priority": _priority, "document": _document}
for _kind in _CHECKS:
    _sources[_kind] = Source(lambda reads, person, kind=_kind: stored(reads, person, kind), _add, _remove)  # type: ignore[misc]
