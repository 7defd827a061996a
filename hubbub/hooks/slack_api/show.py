"""Messages, rooms, people and files as Slack's Web API shows them."""

import unicodedata
from functools import cache
from typing import Any

from hubbub import short_text
from hubbub.chat.rooms import Room
from hubbub.hooks import shortcodes
from hubbub.hooks.slack_api import ids
from hubbub.hooks.slack_api.markup import escape, mrkdwn
from hubbub.people.model import Person

TEAM = "T1"
LINES = {  # membership lines: Slack's subtype, and what it says after the name
    "created": ("channel_create", "has created the channel"), "joined": ("channel_join", "has joined the channel"),
    "left": ("channel_leave", "has left the channel"), "renamed": ("channel_name", "has renamed the channel"),
    "topic": ("channel_topic", "has set the channel topic"),
    "archived": ("channel_archive", "has archived the channel")}


def message(item: dict[str, Any], people: dict[str, Any], server: str) -> dict[str, Any]:
    """Return a message or a line of a room; `people` are those in it, by id, and `server` is this server's address."""
    shown: dict[str, Any] = {
        "type": "message", "user": f"U{item['author']}", "team": TEAM, "ts": ids.ts(item["at"], item["seq"])}
    if item["kind"] in LINES:
        subtype, words = LINES[item["kind"]]
        who = item.get("data", {}).get("person") or item["author"]
        return {**shown, "user": f"U{who}", "subtype": subtype, "text": f"<@U{who}> {words}"}
    shown["text"] = mrkdwn(item["text"], item.get("mentions", {}))
    author = people.get(str(item["author"]), {})
    if author.get("role") == "bot" or item.get("alias"):
        shown |= {"bot_id": f"B{item['author']}",
                  "username": escape(item.get("alias", {}).get("name") or author.get("name", ""))}
    if item.get("edited"):
        shown["edited"] = {"user": shown["user"], "ts": ids.ts(item["edited"], 0)}
    if item.get("files"):
        shown["files"] = [file(one, server) for one in item["files"]]
    if item.get("reactions"):
        shown["reactions"] = [{"name": emoji_name(one), "users": [f"U{id}" for id in by], "count": len(by)}
                              for one, by in item["reactions"].items()]
    if replies := item.get("replies"):
        shown |= {"thread_ts": shown["ts"], "reply_count": replies["n"], "reply_users_count": len(replies["people"]),
                  "reply_users": [f"U{id}" for id in replies["people"]]}
    return shown


def emoji_name(emoji: str) -> str:
    """Return the name by which Slack knows an emoji, or the emoji itself if we know none."""
    if known := _names().get(emoji):
        return known
    bare = emoji.replace("\ufe0f", "")
    name = unicodedata.name(bare, "").lower().replace(" ", "_") if len(bare) == 1 else ""
    return name if name and shortcodes.emoji_named(name) == emoji else emoji


@cache
def _names() -> dict[str, str]:
    """Return the first of the names that an emoji is known by, where Unicode has another one."""
    return {shortcodes.emoji_named(name): name for name in reversed(shortcodes.OTHERS)}


def file(found: dict[str, Any], server: str) -> dict[str, Any]:
    """Return a file."""
    address = f"{server}/files/{found['id']}/{found['name']}"
    return {"id": found["id"], "name": found["name"], "title": found["name"], "mimetype": found.get("type", ""),
            "size": found["size"], "url_private": address, "url_private_download": address, "permalink": address}


def room(found: Room, person: int) -> dict[str, Any]:
    """Return a room as a person sees it."""
    others = [id for id in found.people if id != person]
    is_im, is_mpim = found.kind == "direct" and len(others) < 2, found.kind == "direct" and len(others) > 1
    name = found.name or "mpdm-" + "-".join(map(str, found.people))
    text = {"creator": "", "last_set": 0}
    shown = {"id": found.channel, "is_channel": found.kind != "direct" and found.kind != "private",
             "is_group": found.kind == "private", "is_im": is_im, "is_mpim": is_mpim,
             "is_private": found.kind in ("direct", "private"), "is_archived": found.archived,
             "is_general": found.kind == "lobby", "is_member": bool(found.role) or found.kind == "lobby",
             "num_members": found.members}
    if is_im:
        return shown | {"user": f"U{(others or [person])[0]}"}
    return shown | {"name": name, "name_normalized": short_text.fold(name),
                    "topic": {"value": escape(found.topic), **text}, "purpose": {"value": "", **text}}


def user(found: Person, zone: str = "") -> dict[str, Any]:
    """Return a person."""
    return {"id": f"U{found.id}", "team_id": TEAM, "name": found.handle, "real_name": found.name,
            "deleted": found.banned is True, "is_bot": found.role == "bot", "is_owner": found.role == "owner",
            "is_admin": found.role in ("owner", "admin"), "is_restricted": found.role == "guest",
            **({"tz": zone} if zone else {}),
            "profile": {"display_name": found.name, "real_name": found.name,
                        "display_name_normalized": found.name, "real_name_normalized": found.name}}
