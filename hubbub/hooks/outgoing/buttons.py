"""Buttons in messages: anyone who may post in the room can press one, and its bot's webhook is told who did."""

from typing import Any

import msgspec

from hubbub.chat import messages, rooms
from hubbub.core import db
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.hooks import cards
from hubbub.hooks.message import Button
from hubbub.hooks.outgoing import calls
from hubbub.hooks.outgoing.calls import Call, Cause
from hubbub.hooks.slack_api import ids
from hubbub.people import model as people

WAITING = """select id from outgoing_call where outgoing = :outgoing and state = 'waiting' and kind = 'button'
    and channel = :channel and message = :seq and person = :person and word = :button"""


def press(person: int, channel: str, seq: int, button: str, key: str) -> str:
    """Call the webhook of a button, and return the call's id; pressed again meanwhile, it is the same call."""
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "post")
        people.require(tx, person, "guest")
        target = messages.find(tx, channel, seq)
        shown = cards.shown(tx, target)
        pressed = next((one for one in shown.get("buttons", []) if one.get("id") == button), None)
        if pressed is None:
            raise Refused("error.button_not_found", "not_found")
        outgoing = _webhook(tx, target, shown.get("by", 0))
        if waiting := tx.execute(WAITING, outgoing=outgoing, channel=channel, seq=seq, person=person, button=button):
            return str(waiting[0][0])
        cause = Cause(outgoing, "button", f"button/{person}/{key}", channel, person, seq,
                      int(target.data.get("thread", 0)), button, msgspec.json.encode(pressed).decode())
        return calls.add_one(tx, cause)


def _webhook(reads: Reads, target: Entry, by: int) -> int:
    """Return the webhook that posted a message, or the first one of its bot."""
    rows = reads.execute("select id from outgoing where person = :bot order by id <> :by, id limit 1",
                         bot=target.author, by=by)
    if not rows:
        raise Refused("error.no_receiver", "not_found")
    return int(rows[0][0])


def payload(reads: Reads, call: Call, target: Entry, fields: dict[str, str]) -> dict[str, Any]:
    """Return what Slack sends about a pressed button of the message `target`; `fields` are those of every call."""
    button, ts = msgspec.json.decode(call.text, type=Button), ids.ts(target.at, target.seq)
    [who] = people.directory(reads, [call.person])
    original = {"type": "message", "user": f"U{target.author}", "ts": ts, "text": messages.text_of(reads, target)}
    common: dict[str, Any] = {
        "token": fields["token"], "api_app_id": fields["api_app_id"], "response_url": fields["response_url"],
        "trigger_id": call.id, "team": {"id": fields["team_id"], "domain": fields["team_domain"]},
        "channel": {"id": fields["channel_id"], "name": fields["channel_name"]},
        "user": {"id": fields["user_id"], "username": who.handle, "name": who.name, "team_id": fields["team_id"]}}
    if button.get("kind") == "action":  # of an attachment
        old = {"name": button["id"], "type": "button", "value": button.get("value", "")}
        return {**common, "type": "interactive_message", "callback_id": button.get("block", ""), "actions": [old],
                "action_ts": fields["timestamp"], "message_ts": ts, "original_message": original}
    action = {"type": "button", "action_id": button["id"], "block_id": button.get("block", ""),
              "text": {"type": "plain_text", "text": button["text"]}, "value": button.get("value", ""),
              "action_ts": fields["timestamp"], **({"style": button["style"]} if button.get("style") else {})}
    container = {"type": "message", "message_ts": ts, "channel_id": fields["channel_id"], "is_ephemeral": False}
    return {**common, "type": "block_actions", "container": container, "message": original, "actions": [action]}
