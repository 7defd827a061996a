"""Who is told of a message: whom it mentions or answers, who a direct conversation is with, and who wants it all."""

from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import access, db
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause

FOLLOWERS = "select person from follower where channel = :channel and root = :root order by person"
MOST = 2000  # people of the Lobby, which is everybody's: members before guests, and of those who came last
EVERYBODY = "select person from member where room = :room order by person"
LOBBY = """select id from person where id > 0 and banned is null
    order by case when role = 'guest' then 1 else 0 end, id desc limit :most"""


def notify(tx: db.Transaction, entry: Entry, called: Iterable[int]) -> None:
    """Put a message into the inboxes of those it concerns, once each, for the most pressing of its reasons."""
    [(kind, name)] = tx.execute("select kind, name from room where id = :room", room=rooms.number(entry.channel))
    causes = dict.fromkeys(notifications.listeners(tx, entry.channel), "message")
    if kind == "direct":
        causes |= dict.fromkeys(_everybody(tx, entry.channel), "direct")
    if "thread" in entry.data:
        causes |= dict.fromkeys(_followers(tx, entry), "reply")
    causes |= dict.fromkeys(called, "mention")
    if "room" in entry.data.get("mentions", ()):
        causes |= dict.fromkeys(_everybody(tx, entry.channel), "mention")
    root = entry.data["thread"] if entry.kind == "reply" else 0
    for person, why in causes.items():
        if why != "message" or access.allows(tx, person, entry.channel, "read"):
            notifications.notify(tx, person, Cause(
                why, entry.author, f"{entry.channel}/{entry.seq}", entry.channel, entry.seq, root, name,
                entry.data["text"] or _files(entry)))


def _followers(reads: Reads, entry: Entry) -> list[int]:
    rows = reads.execute(FOLLOWERS, channel=entry.channel, root=entry.data["thread"])
    return [person for person, in rows]


def _everybody(reads: Reads, channel: str) -> list[int]:
    if channel == rooms.LOBBY:
        return [person for person, in reads.execute(LOBBY, most=MOST)]
    return [person for person, in reads.execute(EVERYBODY, room=rooms.number(channel))]


def _files(entry: Entry) -> str:
    """What stands for the words of a message that is only files."""
    return ", ".join(file["name"] for file in entry.data.get("files", ()))


def notify_edit(tx: db.Transaction, target: Entry, text: str, called: Iterable[int]) -> None:
    """Whom an edit calls is told like by the message itself, who was told already is not."""
    [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(target.channel))
    root = target.data["thread"] if target.kind == "reply" else 0
    for person in called:
        notifications.notify(tx, person, Cause("mention", target.author, f"{target.channel}/{target.seq}",
                                               target.channel, target.seq, root, name, text))
