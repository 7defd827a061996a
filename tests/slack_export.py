"""Exports as Slack makes them, of any size: written as they are generated, the same for the same seed."""

import json
import random
import zipfile
from datetime import UTC, datetime

TEXT = """deploy the firmware to staging before lunch please and tell me when it is green I think we should look at
sensor readings from yesterday because battery drops faster than expected on cold mornings thanks great who can review
my change today invoice customer meeting moved Thursday café naïve Straße 東京 нет"""
WORDS = TEXT.split()
EMOJI = ["+1", "tada", "joy", "heart", "eyes", "white_check_mark", "+1::skin-tone-3", "partyparrot"]
START, DAY = 1_600_000_000, 86_400


class Generator:
    """Conversations of some people, with threads, reactions, edits, mentions, files and notices."""

    def __init__(self, people=20, rooms=8, per_day=200, seed=1):
        self.random, self.per_day = random.Random(seed), per_day
        self.people = [f"U{n:08X}" for n in range(1, people + 1)]
        self.rooms = [f"room-{n}" for n in range(rooms)]

    def lists(self):
        """Return the lists of an export by the names of their files."""
        users = [{"id": id, "team_id": "T1", "name": f"person.{n}", "deleted": n % 10 == 9, "is_bot": False,
                  "tz": "Europe/Berlin", "is_restricted": n % 10 == 8,
                  "profile": {"real_name": f"Person Number {n}", "display_name": f"Person {n}" if n % 2 else "",
                              "email": f"person{n}@example.org"}} for n, id in enumerate(self.people)]
        rooms = [{"id": f"C{n:06}", "name": name, "created": START - DAY, "creator": self.people[0],
                  "members": self.people, "is_archived": n == 1, "is_general": n == 0, "updated": START * 1000,
                  "topic": {"value": "All about it", "creator": "", "last_set": 0},
                  "purpose": {"value": "", "creator": "", "last_set": 0}} for n, name in enumerate(self.rooms)]
        return {"users.json": users, "channels.json": rooms, "groups.json": [], "mpims.json": [], "dms.json": [
            {"id": "D000001", "created": START, "members": self.people[:2]}], "integration_logs.json": []}

    def text(self):
        """Return a text in Slack's markup."""
        some = self.random.choices(WORDS, k=self.random.choice((3, 8, 15, 30)))
        if self.random.random() < .1:
            some.insert(0, f"<@{self.random.choice(self.people)}>")
        if self.random.random() < .05:
            some.append("<https://example.org/a?b=1&amp;c=2|the page>")
        if self.random.random() < .05:
            some.append("`code &lt; 3` and *bold* :tada:")
        return " ".join(some)

    def message(self, at, roots):
        """Return a message; `roots` are those of the day's threads."""
        ts, chance = f"{at:.6f}", self.random.random
        found = {"type": "message", "user": self.random.choice(self.people), "text": self.text(), "ts": ts,
                 "client_msg_id": f"{self.random.getrandbits(128):032x}", "team": "T1"}
        if roots and chance() < .2:
            found |= {"thread_ts": self.random.choice(roots), "parent_user_id": "U00000001"}
            if chance() < .1:
                found["subtype"] = "thread_broadcast"
        elif chance() < .1:
            found |= {"thread_ts": ts, "reply_count": 1}
            roots.append(ts)
        elif chance() < .02:
            found |= {"subtype": "channel_join", "text": f"<@{found['user']}> has joined the channel"}
        if chance() < .15:
            found["reactions"] = [{"name": name, "users": (users := self.random.sample(self.people, 2)),
                                   "count": len(users)} for name in self.random.sample(EMOJI, 2)]
        if chance() < .05:
            found["edited"] = {"user": found["user"], "ts": f"{at + 30:.6f}"}
        return found

    def days(self, count):
        """Yield the name and the messages of each file of days, with `count` messages in all."""
        day = 0
        while count > 0:
            for room in self.rooms:
                size, roots = min(self.per_day, count), []
                gap = DAY / (self.per_day + 1)
                found = [self.message(START + day * DAY + n * gap, roots) for n in range(1, size + 1)]
                yield f"{room}/{name_of(day)}.json", found
                count -= size
                if not count:
                    return
            day += 1


def name_of(day):
    """Return the date of a day."""
    return datetime.fromtimestamp(START + day * DAY, UTC).date().isoformat()


def write(path, count, **options):
    """Write a zip with `count` messages."""
    generator = Generator(**options)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, found in generator.lists().items():
            file.writestr(name, json.dumps(found))
        for name, found in generator.days(count):
            file.writestr(name, json.dumps(found))
    return path
