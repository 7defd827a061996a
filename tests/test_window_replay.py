"""Replaying entries: a window, with the later entries applied by a client, equals the later window.

This is tested on random histories for the reducers of this file and for those of the page.
"""

import contextlib
import itertools
import random
import subprocess
from pathlib import Path

import msgspec
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
ACTIONS = ["post", "post", "reply", "reply", "also", "quote", "edit", "edit", "delete", "react", "react", "unreact",
           "pin", "unpin", "topic", "rename", "join", "leave", "cut"]
HISTORY = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2), st.integers(0, 9), st.sampled_from(EMOJI)),
                   min_size=5, max_size=40)


def reduce(items, entry):
    """Apply an entry to the items of a client; entries about items that are not loaded are ignored."""
    data = entry["data"]
    target = next((item for item in items if item["seq"] == data.get("target")), None)
    if entry["kind"] in ("message", "reply"):
        add_reply(items, entry)
    if entry["kind"] == "message":
        optional = {name: data[name] for name in ("mentions", "files", "quote", "thread", "quotes", "alias")
                    if data.get(name)}
        items.append(base_fields(entry) | {"text": data.get("text", "")} | optional)
    elif entry["kind"] in LINES:
        items.append(base_fields(entry) | {"text": "", "data": data})
    elif target is not None:
        CHANGES[entry["kind"]](target, entry)
        for name in [name for name, value in target.items() if name != "text" and value in (None, {}, False)]:
            del target[name]


def base_fields(entry):
    return {name: entry[name] for name in ("kind", "seq", "n", "author", "at", "key")}


def add_reply(items, entry):
    for item in items:
        if item["seq"] == entry["data"].get("thread"):
            before = item.get("replies", {"n": 0, "people": []})
            people = list(dict.fromkeys([*before["people"], entry["author"]]))[:5]
            item["replies"] = {"n": before["n"] + 1, "newest": entry["seq"], "at": entry["at"], "people": people}


def edit(item, entry):
    item.update(text=entry["data"]["text"], mentions=entry["data"].get("mentions"), edited=entry["at"])


def delete(item, entry):
    for name in set(item) - {"kind", "seq", "n", "author", "at", "key", "thread", "replies"}:
        del item[name]
    item.update(text="", deleted=True)


def react(item, entry):
    emoji, person = entry["data"]["emoji"], entry["author"]
    people = [other for other in item.get("reactions", {}).get(emoji, []) if other != person]
    people += [person] if entry["data"]["on"] else []
    item["reactions"] = {name: ids for name, ids in {**item.get("reactions", {}), emoji: people}.items() if ids}


def pin(item, entry):
    item["pinned"] = entry["at"] if entry["data"]["on"] else None


CHANGES = {"edited": edit, "deleted": delete, "reacted": react, "pinned": pin}


class Story:
    """A room with three people; every `cut` keeps the window of that moment."""

    keys = itertools.count()

    def __init__(self):
        self.people = []
        for name in ("ann", "bob", "cleo"):
            with db.transaction() as tx:
                self.people.append(model.create(tx, name, f"{name}{self.key()}", "member").id)
        lake = create_room.create(self.people[0], f"Lake {self.key()}", "public", "", self.people[1:], "c")
        self.channel = lake.channel
        self.posted = []
        self.cuts = []
        latest.put("ACME", {"value": 184.22, "at": 1.0})

    def key(self):
        return f"{next(self.keys)}"

    def window(self, limit=100):
        return plain(windows.newest(self.channel, Span(limit=limit)))

    def act(self, action, who, which, emoji):
        """Do an action, which may be refused."""
        with contextlib.suppress(Refused):
            self.step(action, self.people[who], self.posted[-1 - which] if which < len(self.posted) else 0, emoji)

    def step(self, action, person, seq, emoji):
        key, channel = self.key(), self.channel
        handle = db.execute("select handle from person where id = :id", id=self.people[0])[0][0]
        if action == "cut":
            self.cuts.append(self.window())
        elif action in ("post", "reply", "also", "quote"):
            draft = messages.Draft(thread=seq if action in ("reply", "also") else 0, also_to_room=action == "also",
                                   quote=seq if action == "quote" else 0)
            self.posted.append(messages.post(person, channel, f"{action} {key} @{handle} $ACME", key, draft).seq)
        elif action == "edit":
            messages.edit(person, channel, seq, f"edited {key}" + f" @{handle}" * (int(key) % 2), key)
        elif action == "delete":
            messages.delete(person, channel, seq, key)
        elif action in ("react", "unreact"):
            messages.react(person, channel, seq, emoji, action == "react", key)
        elif action in ("pin", "unpin"):
            messages.pin(person, channel, seq, action == "pin", key)
        else:
            self.change_room(action, person, key)

    def change_room(self, action, person, key):
        {"topic": lambda: rooms.set_topic(self.people[0], self.channel, f"about {key}", key),
         "rename": lambda: rooms.rename(self.people[0], self.channel, f"Lake {key}", key),
         "join": lambda: members.join(person, self.channel, key),
         "leave": lambda: members.leave(person, self.channel, key)}[action]()

    def after(self, window):
        return plain(log.read(db, self.channel, window["as_of"][0]))


def plain(value):
    return msgspec.json.decode(msgspec.json.encode(value))


def play(histories):
    """Play histories; return for each cut the window, the entries after it, and the later items."""
    cases = []
    for history in histories:
        story = Story()
        story.cuts.append(story.window())
        for action in history:
            story.act(*action)
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
def test_a_window_plus_the_entries_after_it_equals_the_later_window(database, history):
    for case in play([history]):
        assert in_python(case) == case["later"]


def test_the_reducers_of_the_page_give_the_same_items(database):
    generator = random.Random(7)
    cases = play([[(generator.choice(ACTIONS), generator.randrange(3), generator.randrange(10), generator.choice(EMOJI))
                   for _ in range(40)] for _ in range(25)])

    run = subprocess.run(["node", "tests/js/apply-entries.mjs"], input=msgspec.json.encode(cases), cwd=ROOT,
                         capture_output=True, timeout=30, check=True)

    for case, items in zip(cases, msgspec.json.decode(run.stdout), strict=True):
        assert items == case["later"] == in_python(case)


def test_entries_about_unloaded_messages_change_no_loaded_item(database):
    story = Story()
    for _ in range(6):
        story.step("post", story.people[0], 0, "")
    first, last = story.posted[0], story.posted[-1]
    short = story.window(limit=3)
    for action, seq in (("reply", first), ("edit", first), ("react", first), ("pin", first), ("delete", first),
                      ("react", last)):
        story.step(action, story.people[0], seq, "👍")

    items = in_python({"window": short, "entries": story.after(short)})

    assert items == story.window(limit=3)["items"]


def test_pages_of_windows_are_complete(database):
    story = Story()
    for n, action in enumerate(["post", "reply", "topic", "edit", "post", "also", "react"] * 3):
        story.act(action, n % 3, 0, "👍")
    whole = story.window()["items"]

    for limit in (1, 2, 7):
        pages, before, complete = [], windows.NEWEST, False
        while not complete:
            page = plain(windows.newest(story.channel, Span(before=before, limit=limit)))
            pages = page["items"] + pages
            complete = page["complete"]
            before = page["items"][0]["seq"]
        assert pages == whole, limit
