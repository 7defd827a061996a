"""Threads as rules: followed ones, which know how far they were read, and muted ones."""

import msgspec

from hubbub.chat import threads
from hubbub.core.access import Reads, Refused
from hubbub.notifications import rules
from hubbub.notifications.plain import plain
from hubbub.notifications.rules import Rule, Shown, Source

MOST = 300  # threads that are listed, those with the newest replies
LINE_LIMIT = 80  # characters of the message that starts the thread

THREADS = f"""select chosen.channel, chosen.root, chosen.level, coalesce(message.text, entry.data), message.text is null
    from (select channel, root, 'followed' as level from follower where person = :person union all
    select channel, root, level from rule where person = :person and kind = 'thread') as chosen
    join entry on entry.channel = chosen.channel and entry.seq = chosen.root
    left join message on message.channel = chosen.channel and message.seq = chosen.root
    where message.deleted is null order by coalesce(message.replied, entry.at) desc limit {MOST}"""


def mine(reads: Reads, person: int) -> list[Shown]:
    """Return the threads that a person follows or muted, with the beginnings of their first messages."""
    found = []
    for channel, root, level, text, is_data in reads.execute(THREADS, person=person):
        words = msgspec.json.decode(text).get("text", "") if is_data else text
        found.append(Shown("thread", channel, root, level=level, text=plain(words, LINE_LIMIT)))
    return found


def add(person: int, rule: Rule) -> None:
    """Follow or mute a thread."""
    if rule.level == "muted":
        threads.mute(person, rule.channel, rule.root)
    elif rule.level == "followed":
        threads.follow(person, rule.channel, rule.root, on=True)
    else:
        raise Refused("error.level_unknown", "bad_input")


def remove(person: int, rule: Rule) -> None:
    """Neither follow nor mute a thread."""
    threads.follow(person, rule.channel, rule.root, on=False)


rules.keep("thread", Source(mine, add, remove))
