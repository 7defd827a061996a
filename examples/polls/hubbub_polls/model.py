"""What polls are: messages with an attachment, and entries of the room that vote in them or close them."""

from hubbub import short_text
from hubbub.chat import attachments, messages
from hubbub.core import access, db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry

OPTIONS, LENGTH = 10, 200


def create(person: int, channel: str, question: str, options: list[str], key: str) -> Entry:
    """Post a poll; who may post in the room may do this."""
    options = list(dict.fromkeys(filter(short_text.is_visible, map(short_text.clean, options))))
    if not 2 <= len(options) <= OPTIONS or max(map(len, options)) > LENGTH:
        raise Refused("error.poll_options", "bad_input", most=OPTIONS, length=LENGTH)
    draft = messages.Draft(attachments={"poll": {"options": options}})
    return messages.post(person, channel, question, key, draft)


def vote(person: int, channel: str, seq: int, option: int, key: str) -> Entry:
    """Vote for an option, instead of for another one; who may react to messages may do this."""
    with db.transaction(channel) as tx:
        access.check(tx, person, channel, "react")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        poll = _find(tx, channel, seq)
        if _is_closed(tx, channel, seq):
            raise Refused("error.poll_closed", "denied")
        if option >= len(poll.data["poll"]["options"]):
            raise Refused("error.poll_option_not_found", "bad_input")
        tx.execute("insert into poll_vote (channel, seq, person, option) values (:channel, :seq, :person, :option) "
                   "on conflict (channel, seq, person) do update set option = :option",
                   channel=channel, seq=seq, person=person, option=option)
        return log.append(tx, channel, "voted", {"target": seq, "option": option}, author=person, key=key)


def close(person: int, channel: str, seq: int, key: str) -> Entry:
    """Count no more votes; for the poll's author and those who moderate the room."""
    with db.transaction(channel) as tx:
        access.check(tx, person, channel, "react")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        if _find(tx, channel, seq).author != person:
            access.check(tx, person, channel, "moderate")
        if _is_closed(tx, channel, seq):
            raise Refused("error.poll_closed", "conflict")
        tx.execute("insert into poll_closed (channel, seq) values (:channel, :seq)", channel=channel, seq=seq)
        return log.append(tx, channel, "poll_closed", {"target": seq}, author=person, key=key)


def _find(reads: Reads, channel: str, seq: int) -> Entry:
    entry = messages.find(reads, channel, seq)
    if "poll" not in entry.data:
        raise Refused("error.poll_not_found", "not_found")
    return entry


def _is_closed(reads: Reads, channel: str, seq: int) -> bool:
    return bool(reads.execute("select 1 from poll_closed where channel = :channel and seq = :seq",
                              channel=channel, seq=seq))


def overlay(reads: Reads, items: attachments.Items) -> None:
    """Add to polls the votes so far, by person, and whether they are closed."""
    for channel, seq, person, option in attachments.select(reads, items, "channel, seq, person, option", "poll_vote"):
        items[channel, seq]["poll"].setdefault("votes", {})[str(person)] = option
    for channel, seq in attachments.select(reads, items, "channel, seq", "poll_closed"):
        items[channel, seq]["poll"]["closed"] = True


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete the votes of a message that is deleted."""
    for table in ("poll_vote", "poll_closed"):
        tx.execute(f"delete from {table} where channel = :channel and seq = :seq", channel=channel, seq=seq)


attachments.register("poll", attachments.Attachment(
    overlay, words=lambda poll: " ".join(poll["options"]), forget=forget))
