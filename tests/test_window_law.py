"""The law of windows: a window, and the entries after it applied by a client, is the window of later.

The page's own reducers are held to it on the same histories as the ones written down here.
"""

import contextlib
import itertools
import random
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.chat import create_room, members, messages, rooms
from hubbub.core import db, latest, log, windows
from hubbub.core.access import Refused
from hubbub.core.windows import Span
from hubbub.people import model

ROOT = Path(__file__).parent.parent
LINES = ("created", "joined", "left", "renamed", "topic", "archived")
EMOJI = ["👍", "🎉"]
WHAT = ["post", "post", "reply", "reply", "also", "quote", "edit", "edit", "delete", "react", "react", "unreact", "pin",
        "unpin", "topic", "rename", "join", "leave", "cut"]
HISTORY = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 2), st.integers(0, 9), st.sampled_from(EMOJI)),
                   min_size=5, max_size=40)


def reduce(items, entry):
    """What a client does to its items when an entry comes, item by item; what is not loaded stays so."""
    data = entry["data"]
    target = next((item for item in items if item["seq"] == data.get("target")), None)
    if entry["kind"] in ("message", "reply"):
        answered(items, entry)
    if entry["kind"] == "message":
        kept = {name: data[name] for name in ("mentions", "files", "quote", "thread", "quotes") if data.get(name)}
        items.append(bare(entry) | {"text": data.get("text", "")} | kept)
    elif entry["kind"] in LINES:
        items.append(bare(entry) | {"text": "", "data": data})
    elif target is not None:
        CHANGES[entry["kind"]](target, entry)
        for name in [name for name, value in target.items() if name != "text" and value in (None, {}, False)]:
            del target[name]


def bare(entry):
    return {name: entry[name] for name in ("kind", "seq", "n", "author", "at", "key")}


def answered(items, entry):
    for item in items:
        if item["seq"] == entry["data"].get("thread"):
            before = item.get("replies", {"n": 0, "people": []})
            people = list(dict.fromkeys([*before["people"], entry["author"]]))[:5]
            item["replies"] = {"n": before["n"] + 1, "newest": entry["seq"], "at": entry["at"], "people": people}


def edited(item, entry):
    item.update(text=entry["data"]["text"], mentions=entry["data"].get("mentions"), edited=entry["at"])


def deleted(item, entry):
    for name in set(item) - {"kind", "seq", "n", "author", "at", "key", "thread", "replies"}:
        del item[name]
    item.update(text="", deleted=True)


def reacted(item, entry):
    emoji, person = entry["data"]["emoji"], entry["author"]
    people = [one for one in item.get("reactions", {}).get(emoji, []) if one != person]
    people += [person] if entry["data"]["on"] else []
    item["reactions"] = {name: some for name, some in {**item.get("reactions", {}), emoji: people}.items() if some}


def pinned(item, entry):
    item["pinned"] = entry["at"] if entry["data"]["on"] else None


CHANGES = {"edited": edited, "deleted": deleted, "reacted": reacted, "pinned": pinned}


class Story:
    """A room and three people to whom things happen; windows of it are kept at every cut."""

    keys = itertools.count()

    def __init__(self):
        self.people = []
        for name in ("ann", "bob", "cleo"):
            with db.transaction() as tx:
                self.people.append(model.create(tx, name, f"{name}{self.key()}", "member").id)
        lake = create_room.create(self.people[0], f"Lake {self.key()}", "public", "", self.people[1:], "c")
        self.channel = lake.channel
        self.said = []
        self.cuts = []
        latest.put("ACME", {"value": 184.22, "at": 1.0})

    def key(self):
        return f"{next(self.keys)}"

    def window(self, limit=100):
        return plain(windows.newest(self.channel, Span(limit=limit)))

    def happens(self, what, who, which, emoji):
        """One step; what is refused changes nothing."""
        with contextlib.suppress(Refused):
            self.step(what, self.people[who], self.said[-1 - which] if which < len(self.said) else 0, emoji)

    def step(self, what, person, seq, emoji):
        key, channel = self.key(), self.channel
        handle = db.execute("select handle from person where id = :id", id=self.people[0])[0][0]
        if what == "cut":
            self.cuts.append(self.window())
        elif what in ("post", "reply", "also", "quote"):
            draft = messages.Draft(thread=seq if what in ("reply", "also") else 0, also_to_room=what == "also",
                                   quote=seq if what == "quote" else 0)
            self.said.append(messages.post(person, channel, f"{what} {key} @{handle} $ACME", key, draft).seq)
        elif what == "edit":
            messages.edit(person, channel, seq, f"edited {key}" + f" @{handle}" * (int(key) % 2), key)
        elif what == "delete":
            messages.delete(person, channel, seq, key)
        elif what in ("react", "unreact"):
            messages.react(person, channel, seq, emoji, what == "react", key)
        elif what in ("pin", "unpin"):
            messages.pin(person, channel, seq, what == "pin", key)
        else:
            self.of_the_room(what, person, key)

    def of_the_room(self, what, person, key):
        {"topic": lambda: rooms.set_topic(self.people[0], self.channel, f"about {key}", key),
         "rename": lambda: rooms.rename(self.people[0], self.channel, f"Lake {key}", key),
         "join": lambda: members.join(person, self.channel, key),
         "leave": lambda: members.leave(person, self.channel, key)}[what]()

    def after(self, window):
        return plain(log.read(db, self.channel, window["as_of"][0]))


def plain(value):
    return msgspec.json.decode(msgspec.json.encode(value))


def told(histories):
    """Tell stories, and return for each cut what a client had, what came, and what it must have in the end."""
    cases = []
    for history in histories:
        story = Story()
        story.cuts.append(story.window())
        for act in history:
            story.happens(*act)
        later = story.window()
        cases += [{"window": cut, "entries": story.after(cut), "later": later["items"]} for cut in story.cuts]
    return cases


def in_python(case):
    items = plain(case["window"]["items"])
    for entry in case["entries"]:
        reduce(items, entry)
    return items


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY)
def test_a_window_and_what_came_after_it_is_the_window_of_later(database, history):
    for case in told([history]):
        assert in_python(case) == case["later"]


def test_the_reducers_of_the_page_keep_the_same_law(database):
    chance = random.Random(7)
    cases = told([[(chance.choice(WHAT), chance.randrange(3), chance.randrange(10), chance.choice(EMOJI))
                   for _ in range(40)] for _ in range(25)])

    ran = subprocess.run(["node", "tests/js/apply-entries.mjs"], input=msgspec.json.encode(cases), cwd=ROOT,
                         capture_output=True, timeout=30, check=True)

    for case, items in zip(cases, msgspec.json.decode(ran.stdout), strict=True):
        assert items == case["later"] == in_python(case)


def test_what_is_not_loaded_changes_nothing_that_is(database):
    story = Story()
    for _ in range(6):
        story.step("post", story.people[0], 0, "")
    first, last = story.said[0], story.said[-1]
    short = story.window(limit=3)
    for what, seq in (("reply", first), ("edit", first), ("react", first), ("pin", first), ("delete", first),
                      ("react", last)):
        story.step(what, story.people[0], seq, "👍")

    items = in_python({"window": short, "entries": story.after(short)})

    assert items == story.window(limit=3)["items"]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_windows_put_together_are_the_whole(database, limit):
    story = Story()
    for n, what in enumerate(["post", "reply", "topic", "edit", "post", "also", "react"] * 3):
        story.happens(what, n % 3, 0, "👍")
    whole, pages, before = story.window()["items"], [], windows.NEWEST

    while True:
        page = plain(windows.newest(story.channel, Span(before=before, limit=limit)))
        pages = page["items"] + pages
        if page["complete"]:
            break
        before = page["items"][0]["seq"]

    assert pages == whole
