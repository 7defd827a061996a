"""The authorisation table: which permission each event and route needs, and who has it where.

This is data and its documentation; tests/test_access.py tries every row with every caller in every kind of room.
`python -m tests.access_table` writes it into docs/security.md.
"""

import re
from pathlib import Path

from hubbub import slices

PAGE = Path(__file__).parent.parent / "docs" / "security.md"
BEGIN, END = "<!-- the table: written by tests/access_table.py -->", "<!-- end of the table -->"

CALLERS = {
    "s": "stranger: a member of the server who is not in the room",
    "f": "former: was in the room and left",
    "v": "visitor: a guest of the server who is not in the room",
    "g": "guest who was added to the room",
    "m": "member of the room",
    "w": "writer: a member, who wrote the message in question",
    "r": "room admin",
    "a": "admin of the server, not in the room",
    "o": "owner of the server, not in the room",
}
ROOM_KINDS = ("lobby", "public", "announcement", "private", "direct", "archived")

# Who may do what where.  All others get `denied` if they may read there, and otherwise the same bytes as for a room
# that does not exist.  Without a secret, or banned, a caller gets `sign_in`.
ALL, OPEN, IN = "sfvgmwrao", "sfgmwrao", "gmwr"
MAY = {
    "read":     {"lobby": ALL, "public": OPEN, "announcement": OPEN, "private": IN, "direct": "gmw", "archived": OPEN},
    "post":     {"lobby": ALL, "public": IN, "announcement": "r", "private": IN, "direct": "gmw"},
    "reply":    {"lobby": ALL, "public": IN, "announcement": IN, "private": IN, "direct": "gmw"},
    "react":    {"lobby": ALL, "public": IN, "announcement": IN, "private": IN, "direct": "gmw"},
    "pin":      {"lobby": ALL, "public": IN, "announcement": IN, "private": IN, "direct": "gmw"},
    "edit":     {"lobby": "w", "public": "w", "announcement": "w", "private": "w", "direct": "w"},
    "delete":   {"lobby": "wao", "public": "wrao", "announcement": "wrao", "private": "wr", "direct": "w",
                 "archived": "rao"},
    "join":     {"lobby": ALL, "public": OPEN, "announcement": OPEN},
    "leave":    {"public": IN, "announcement": IN, "private": IN, "archived": IN},
    "invite":   {"public": "mwr", "announcement": "mwr", "private": "mwr"},
    "follow":   {"lobby": ALL, "public": IN, "announcement": IN, "private": IN, "direct": "gmw", "archived": IN},
    "tend":     {"lobby": "wao", "public": "wrao", "announcement": "wrao", "private": "wr", "direct": "w",
                 "archived": "rao"},
    "manage":   {"lobby": "ao", "public": "rao", "announcement": "rao", "private": "r", "archived": "rao"},
}

# Every event and route about a room: its verb and its payload; `$channel` and the like stand for the room under test.
# The third part is the error code for allowed callers in rooms where the request is invalid.
EVENTS = {
    "subscribe": ("read", {"channel": "$channel", "cursor": [0, ""]}),
    "resume": ("read", {"cursors": {"$channel": [0, ""]}}),
    "read": ("read", {"channel": "$channel", "seq": 1}),
    "members": ("read", {"channel": "$channel"}),
    "draft": ("read", {"channel": "$channel", "text": "hm"}),
    "arrange": ("read", {"section": "starred", "channels": ["$channel"]}),
    "save": ("read", {"channel": "$channel", "seq": "$message", "on": True}),
    "remind": ("read", {"channel": "$channel", "seq": "$message", "until": 1, "id": "$key"}),
    "level": ("read", {"channel": "$channel", "level": "mentions"}),
    "follow_thread": ("follow", {"channel": "$channel", "root": "$message", "on": True}),
    "read_thread": ("read", {"channel": "$channel", "root": "$message", "seq": 1}),
    "post": ("post", {"channel": "$channel", "text": "hello", "key": "$key"}),
    "typing": ("post", {"channel": "$channel"}),
    "post, in a thread": ("reply", {"channel": "$channel", "text": "yes", "key": "$key", "thread": "$message"}),
    "post, in a thread and to the room": (
        "post", {"channel": "$channel", "text": "yes", "key": "$key", "thread": "$message", "also_to_room": True}),
    "typing, in a thread": ("reply", {"channel": "$channel", "thread": "$message"}),
    "react": ("react", {"channel": "$channel", "seq": "$message", "emoji": "👍", "on": True, "key": "$key"}),
    "pin": ("pin", {"channel": "$channel", "seq": "$message", "on": True, "key": "$key"}),
    "command": ("post", {"channel": "$channel", "name": "deploy", "text": "", "key": "$key"},
                dict.fromkeys(ROOM_KINDS, "not_found")),
    "press": ("post", {"channel": "$channel", "seq": "$message", "button": "yes", "key": "$key"},
              dict.fromkeys(ROOM_KINDS, "not_found")),
    "acknowledge_message": ("react", {"channel": "$channel", "seq": "$message", "key": "$key"},
                            dict.fromkeys(ROOM_KINDS, "not_found")),
    "edit": ("edit", {"channel": "$channel", "seq": "$message", "text": "better", "key": "$key"}),
    "delete": ("delete", {"channel": "$channel", "seq": "$message", "key": "$key"}),
    "join": ("join", {"channel": "$channel", "key": "$key"}),
    "leave": ("leave", {"channel": "$channel", "key": "$key"}),
    "invite": ("invite", {"channel": "$channel", "people": ["$outsider"], "key": "$key"}),
    "kick": ("manage", {"channel": "$channel", "person": "$insider", "key": "$key"}, {"lobby": "bad_input"}),
    "kick, with a ban": ("manage", {"channel": "$channel", "person": "$insider", "key": "$key", "ban": True},
                       {"lobby": "bad_input"}),
    "unban": ("manage", {"channel": "$channel", "person": "$outsider"}),
    "set_room_role": ("manage", {"channel": "$channel", "person": "$insider", "role": "admin", "key": "$key"},
                  {"lobby": "not_found"}),
    "rename_room": ("manage", {"channel": "$channel", "name": "$name", "key": "$key"}),
    "topic": ("manage", {"channel": "$channel", "topic": "tea", "key": "$key"}),
    "archive": ("manage", {"channel": "$channel", "on": True, "key": "$key"}),
    "update": ("reply", {"channel": "$doc", "update": "AAA=", "key": "$key"}),
    "selection": ("read", {"channel": "$doc", "client": 1}),
    "subscribe, to a document": ("read", {"channel": "$doc", "cursor": [0, ""]}),
}
CHANNEL, ROOM = "/api/channels/<channel>", "/api/rooms/<int:id>"
DOCUMENT = "/api/documents/<int:document>"
HOOK = "/api/hooks/<int:hook>"
MESSAGE = f"{CHANNEL}/messages/<int:seq>"
ROUTES = {
    f"GET {CHANNEL}/entries": ("read", {}),
    f"GET {CHANNEL}/window": ("read", {}),
    f"GET {CHANNEL.replace('<', '<path:')}/tail": ("read", {}),
    f"GET {CHANNEL}/entry-at": ("read", {}),
    f"GET {CHANNEL}/pins": ("read", {}),
    f"GET {CHANNEL}/threads/<int:root>": ("read", {}),
    f"PUT {CHANNEL}/threads/<int:root>/follow": ("follow", {"on": True}),
    f"POST {CHANNEL}/read": ("read", {"seq": 1}),
    f"PUT {CHANNEL}/level": ("read", {"level": "nothing"}),
    f"GET {CHANNEL}/commands": ("read", {}),
    f"GET {MESSAGE}": ("read", {}),
    f"GET {MESSAGE}/history": ("read", {}),
    f"GET {ROOM}": ("read", {}),
    f"GET {ROOM}/members": ("read", {}),
    "GET /files/<file>/<name>": ("read", {}),
    "GET /files/<file>/thumb": ("read", {}),
    "GET /files/<file>/view": ("read", {}),
    "POST /api/files": ("reply", {"channel": "$channel", "name": "tea.txt", "size": 3}),
    f"POST {CHANNEL}/entries": ("post", {"text": "hello", "key": "$key"}),
    f"POST {CHANNEL}/entries, in a thread": ("reply", {"text": "yes", "key": "$key", "thread": "$message"}),
    f"PUT {MESSAGE}/reactions/<emoji>": ("react", {"key": "$key"}),
    "POST /api/hooks": ("manage", {"channel": "$channel", "name": "$name"}),
    f"PATCH {HOOK}": ("manage", {"name": "$name"}),
    f"DELETE {HOOK}": ("manage", {}),
    f"GET {HOOK}/deliveries": ("manage", {}),
    f"POST {HOOK}/preview": ("manage", {"template": "{{ a }}"}, dict.fromkeys(ROOM_KINDS, "not_found")),
    f"POST {HOOK}/test": ("manage", {"text": "tea"}, {"archived": "denied"}),
    f"DELETE {MESSAGE}/reactions/<emoji>": ("react", {"key": "$key"}),
    f"PUT {MESSAGE}/pin": ("pin", {"key": "$key"}),
    f"DELETE {MESSAGE}/pin": ("pin", {"key": "$key"}),
    f"PATCH {MESSAGE}": ("edit", {"text": "better", "key": "$key"}),
    f"DELETE {MESSAGE}": ("delete", {"key": "$key"}),
    f"POST {ROOM}/members": ("invite", {"people": ["$outsider"], "key": "$key"}),
    f"POST {ROOM}/members, oneself": ("join", {"people": ["$me"], "key": "$key"}),
    f"DELETE {ROOM}/members/<int:person>": ("manage", {"key": "$key"}, {"lobby": "bad_input"}),
    f"DELETE {ROOM}/members/<int:person>, oneself": ("leave", {"key": "$key"}),
    f"PATCH {ROOM}/members/<int:person>": ("manage", {"role": "admin", "key": "$key"}, {"lobby": "not_found"}),
    f"PATCH {ROOM}": ("manage", {"topic": "tea", "key": "$key"}),
    f"GET {DOCUMENT}/text": ("read", {}),
    f"POST {DOCUMENT}/text": ("reply", {"text": "tea", "key": "$key"}),
    "POST /api/documents": ("reply", {"room": "$channel", "title": "Plans", "key": "$key"}),
    f"GET {DOCUMENT}": ("read", {}),
    "GET /document/<int:document>/text": ("read", {}),
    f"GET {DOCUMENT}/versions": ("read", {}),
    f"GET {DOCUMENT}/versions/<int:seq>": ("read", {}, dict.fromkeys(ROOM_KINDS, "not_found")),
    f"POST {DOCUMENT}/restore": ("reply", {"seq": 1, "key": "$key"}, dict.fromkeys(ROOM_KINDS, "not_found")),
    f"PATCH {DOCUMENT}": ("tend", {"title": "Better plans", "key": "$key"}),
}

# Events and routes about the server: the lowest role that is allowed, or the error code of each role that is not.
ROLES = ("stranger", "guest", "member", "admin", "owner")
SERVER_EVENTS = {
    "online": ("guest", {}),
    "people": ("guest", {"ids": ["$victim"]}),
    "set_name": ("guest", {"name": "Nelly"}),
    "profile": ("guest", {"status": "away"}),
    "set_zone": ("guest", {"zone": "Europe/Berlin"}),
    "set_section": ("guest", {"id": "work", "name": "Work", "rank": 1}),
    "read_all": ("guest", {}),
    "read_notifications": ("guest", {"seqs": [1, 2]}),
    "read_all_notifications": ("guest", {}),
    "acknowledge": (dict.fromkeys(ROLES[1:], "not_found"), {"seq": 1}),
    "snooze_notifications": ("guest", {"until": 0, "seqs": [1]}),
    "undo_notifications": ("guest", {"action": "a"}),
    "page_visible": ("guest", {"on": True}),
    "watch": ("guest", {"symbols": ["ACME"], "rate": 250}),
    "ack_latest": ("guest", {"version": 1}),
    "unsubscribe": ("guest", {"channel": "room:1"}),
    "create_room": ("member", {"name": "$name", "kind": "public", "key": "$key"}),
    "open_direct": ("member", {"people": ["$victim"]}),
    "open_direct, notes to oneself": ("guest", {"people": []}),
}
SERVER_ROUTES = {
    "GET /api/openapi.json": ("stranger", {}),
    "POST /api/invites/check": ("stranger", {"secret": "$invite"}),
    "POST /api/invites/accept": (dict.fromkeys(ROLES[1:], "conflict"), {"secret": "$invite"}),  # it has no room
    "POST /api/guests": ("stranger", {"name": "Gil"}),
    "POST /api/sign-in": ("stranger", {"handle": "$handle", "password": "$password"}),
    "POST /api/join": ({"member": "conflict", "admin": "conflict", "owner": "conflict"},
                       {"secret": "$invite", "name": "Jo", "handle": "$handle-2", "password": "$password"}),
    "POST /api/sign-out": ("guest", None),
    "GET /api/people": ("guest", {}),
    "GET /api/people/<id>": ("guest", {}),
    "PATCH /api/me": ("guest", {"status": "away"}),
    "PATCH /api/me/preferences": ("guest", {"changes": {"theme": "dark"}}),
    "PUT /api/me/avatar": (dict.fromkeys(ROLES[1:], "bad_input"), {}),  # JSON is not a picture
    "DELETE /api/me/avatar": ("guest", {}),
    "GET /avatars/<id>": ("nobody: not_found", {}),
    "PUT /api/files/<file>, someone else's": ("nobody: not_found", {"offset": 0}),
    "GET /api/files/<file>, someone else's": ("nobody: not_found", {}),
    "DELETE /api/files/<file>, someone else's": ("nobody: not_found", {}),
    "GET /api/sign-ins": ("guest", {}),
    "DELETE /api/sign-ins/<id>, someone else's": ("nobody: not_found", {}),
    "GET /api/tokens": ("guest", {}),
    "POST /api/tokens": ("member", {"name": "script", "scope": "read"}),
    "DELETE /api/tokens/<id>, someone else's": ("nobody: not_found", {}),
    "POST /api/password": ("member", {"old": "$password", "new": "a quite other battery"}),
    "GET /api/threads": ("guest", {}),
    "GET /api/saved": ("guest", {}),
    "GET /api/search": ("guest", {"q": "tea"}),
    "GET /api/hooks": ("guest", {}),
    "GET /api/bots": ("guest", {}),
    "POST /api/bots": ("member", {"name": "$handle"}),
    "PATCH /api/bots/<int:bot>, someone else's": ("nobody: not_found", {"name": "Mine"}),
    "DELETE /api/bots/<int:bot>, someone else's": ({"guest": "not_found", "member": "not_found"}, {}),
    "GET /api/bots/<int:bot>/tokens, someone else's": ("nobody: not_found", {}),
    "POST /api/bots/<int:bot>/tokens, someone else's": ("nobody: not_found", {"name": "script", "scope": "read"}),
    "DELETE /api/bots/<int:bot>/tokens/<id>, someone else's": ("nobody: not_found", {}),
    "GET /api/bots/<int:bot>/outgoing, someone else's": ("nobody: not_found", {}),
    "POST /api/bots/<int:bot>/outgoing, someone else's": (
        "nobody: not_found", {"url": "https://example.com/", "trigger": "message"}),
    "PATCH /api/outgoing/<int:outgoing>, someone else's": ("nobody: not_found", {"format": "json"}),
    "DELETE /api/outgoing/<int:outgoing>, someone else's": ("nobody: not_found", {}),
    "GET /api/outgoing/<int:outgoing>/calls, someone else's": ("nobody: not_found", {}),
    "POST /api/outgoing/<int:outgoing>/calls/<id>/again, someone else's": ("nobody: not_found", {}),
    "POST /api/outgoing/<int:outgoing>/test, someone else's": ("nobody: not_found", {"text": "tea"}),
    "GET /api/rooms": ("guest", {}),
    "POST /api/read-all": ("guest", {}),
    "POST /api/inbox/read": ("guest", {}),
    "GET /api/inbox": ("guest", {}),
    "POST /api/inbox/<id>/acknowledge": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "GET /api/alarms/<id>": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "POST /api/alarms/<id>/acknowledge": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "POST /api/notify": ("member", {"person": "$handle", "text": "tea", "key": "$key"}),
    "GET /api/notifications": ("guest", {}),
    "POST /api/notifications": ("member", {"to": "@$handle", "text": "tea"}),
    "GET /api/notifications/<id>, someone else's": ("nobody: not_found", {}),
    "GET /api/notifications/<id>/icon, someone else's": ("nobody: not_found", {}),
    "DELETE /api/notifications/<id>, someone else's": ("nobody: not_found", {}),
    "POST /api/inbox/<int:seq>/actions/<int:action>, someone else's": ("nobody: not_found", {}),
    "GET /api/topics": ("guest", {}),
    "POST /api/topics": ("member", {"name": "$name"}),
    "GET /api/topics/<topic>, a closed one": ("nobody: not_found", {}),
    "PUT /api/topics/<topic>/subscription, of a closed one": ("nobody: not_found", {"subscribed": True}),
    "PATCH /api/topics/<topic>, a closed one": ("nobody: not_found", {"open": True}),
    "DELETE /api/topics/<topic>, a closed one": ("nobody: not_found", {}),
    "GET /api/push": ("guest", {}),
    "POST /api/push": (dict.fromkeys(ROLES[1:], "bad_input"),
                       {"endpoint": "https://127.0.0.1/", "p256dh": "", "auth": ""}),
    "POST /api/inbox/act": (dict.fromkeys(ROLES[1:], "denied"), {"person": 0, "seq": 1, "action": "done", "key": "k"}),
    "GET /api/me/mail": ("guest", {}),
    "PUT /api/me/mail": (dict.fromkeys(ROLES[1:], "bad_input"), {"address": "ann"}),
    "PATCH /api/me/mail": ("guest", {"mode": "off", "minutes": 15}),
    "DELETE /api/me/mail": ("guest", {}),
    "POST /api/me/mail/test": (dict.fromkeys(ROLES[1:], "conflict"), {}),
    "GET /api/targets": ("guest", {}),
    "POST /api/targets": (dict.fromkeys(ROLES[1:], "bad_input"), {"endpoint": "ftp://push.example/"}),
    "POST /api/targets/<int:id>/check": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "DELETE /api/targets/<int:id>": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "POST /api/push/check": (dict.fromkeys(ROLES[1:], "not_found"), {"endpoint": "https://push.example/"}),
    "DELETE /api/push": ("guest", {"endpoint": "https://push.example/"}),
    "GET /api/rules": ("guest", {}),
    "PUT /api/rules": ("guest", {"kind": "keyword", "word": "tea"}),
    "DELETE /api/rules": ("guest", {"kind": "keyword", "word": "tea"}),
    "GET /api/feeds": ("guest", {}),
    "GET /api/feeds/<feed>": ("guest", {}),
    "POST /api/feeds/<feed>/ticks": ("admin", {"ticks": [{"symbol": "$symbol", "value": 1}]}),  # someone else's
    "POST /api/feeds/<feed>/ticks, a new one": ("member", {"ticks": [{"symbol": "$symbol", "value": 1}]}),
    "DELETE /api/feeds/<feed>": ("admin", {}),
    "POST /api/market": ("member", {}),
    "GET /api/symbols": ("guest", {"q": "acm"}),
    "GET /api/symbols/<path:symbol>": ("guest", {}),
    "GET /api/symbols/<path:symbol>/candles": ("guest", {}),
    "GET /api/alerts": ("guest", {}),
    "POST /api/alerts": ("guest", {"symbol": "$symbol", "level": 1, "direction": "above"}),
    "DELETE /api/alerts/<int:id>, someone else's": ("nobody: not_found", {}),
    "GET /api/documents": ("guest", {}),
    "GET /api/documents/search": ("guest", {"q": "tea"}),
    "POST /api/rooms": ("member", {"name": "$name", "kind": "private", "key": "$key"}),
    "POST /api/directs": ("member", {"people": ["$victim"]}),
    "PATCH /api/people/<id>": ("admin", {"role": "admin"}),
    "PATCH /api/people/<id>, to owner": ("owner", {"role": "owner"}),
    "PATCH /api/people/<id>, an owner": ("owner", {"role": "member"}),
    "POST /api/people/<id>/ban": ("admin", {}),
    "POST /api/people/<id>/ban, an owner": ("nobody: denied", {}),
    "POST /api/people/<id>/unban": ("admin", {}),
    "POST /api/people/<id>/unban, an owner": ("owner", {}),
    "POST /api/people/<id>/reset": ("admin", {}),
    "POST /api/people/<id>/reset, an owner": ("owner", {}),
    "GET /api/on-call": ("guest", {}),
    "PUT /api/on-call/<id>": ("admin", {"plan": {"steps": [{"who": ["$victim"]}]}}),
    "DELETE /api/on-call/<id>": ("admin", {}),
    "POST /api/on-call/<id>/overrides": (dict.fromkeys(ROLES[1:], "bad_input"), {"until": 1.0}),
    "DELETE /api/on-call/overrides/<id>": (dict.fromkeys(ROLES[1:], "not_found"), {}),
    "GET /api/groups": ("guest", {}),
    "POST /api/groups": ("admin", {"handle": "$handle-crew", "name": "Crew", "people": []}),
    "PATCH /api/groups/<id>": ("admin", {"name": "Crew of today"}),
    "DELETE /api/groups/<id>": ("admin", {}),
    "GET /api/invites": ("admin", {}),
    "POST /api/invites": ("admin", {"role": "member"}),
    "POST /api/invites, into a private room": (
        {"guest": "denied", "member": "denied", "admin": "not_found", "owner": "not_found"},
        {"role": "member", "room": "$private"}),
    "DELETE /api/invites/<id>": ("admin", {}),
    "GET /api/settings": ("admin", {}),
    "PATCH /api/settings": ("admin", {"guests": True}),
    "PATCH /api/settings, the name": ("owner", {"name": "Acme"}),
    "GET /api/status": ("admin", {}),
    "GET /api/audit": ("owner", {}),
    "POST /api/backup": ("owner", {"password": "$password"}),
    "GET /api/backup": ("nobody: denied", {"ticket": "made up"}),
    "PUT /api/settings/icon": ({"guest": "denied", "member": "denied", "admin": "denied", "owner": "bad_input"}, {}),
    "DELETE /api/settings/icon": ("owner", {}),
    "GET /icon/<id>": ("nobody: not_found", {}),
    "GET /manifest.json": ("stranger", {}),
}

# Who may read the channels that are not rooms; only Hubbub writes there.
CHANNELS = {"people:all": "guest", "audit:all": "admin", "user:$me": "guest", "inbox:$me": "guest"}
UNKNOWN_CHANNELS = ("user:$victim", "inbox:$victim", "inbox:0$me", "inbox:", "doc:0", "doc:x", "feed:", "feed:NOPE",
           "people:other", "audit:other", "audit:", "nothing:1", "room:", "room:01", "room:1 ",
           "room:+1", "room:-1", "room:0", "room:١", f"room:{9 * 10**30}", "room", "", ":", "user:0$me",
           "ROOM:1", "room:1:1")

# Routes outside the API, and why.
OUTSIDE_API = {
    "/s/<version>/<path:name>": "the page's own files, the same for everyone",
    "/offline": "what the service worker shows without a connection, the same for everyone",
    "/worker.js": "the service worker, the same for everyone",
    "/hooks/<secret>": "the address is the right to post as its hook: tests/test_hooks.py",
    "/api/slack/<name>": "Slack's Web API: any method, refused in Slack's words: tests/test_slack_api.py",
    "/api/slack/upload/<file>": "the address is the right to send the bytes of an upload: tests/test_slack_api.py",
    **dict.fromkeys(["/notify", "/notify/<topic>", "/notify/<topic>/<sequence>", "/notify/<topic>/publish",
                     "/notify/<topic>/send", "/notify/<topic>/trigger", "/notify/<topic>/<sequence>/clear",
                     "/notify/<topic>/<sequence>/read", "/notify/<topic>/auth",
                     *(f"/notify/<topic>/{how}" for how in ("json", "sse", "raw", "ws"))],
                    "ntfy's format, with a token, refused in ntfy's words: tests/test_publishing.py"),
    "/mail/<any('confirm', 'unsubscribe'):purpose>/<int:person>/<signature>":
        "the address is the right to confirm or unsubscribe: tests/test_mail_digest.py",
    "/notify/v1/health": "for ntfy's clients: no person, no channel",
    "/hooks/<secret>/discord": "the address is the right to post: tests/test_hooks.py",
    "/hooks/responses/<call>/<secret>": "the address is the right to reply: tests/test_outgoing_webhooks.py",
    "/healthz": "for monitoring: no person, no channel",
    "/metrics": "for monitoring: this machine and owners only, absent for all others",
    "/tutorial": "the tutorial's page, the same for everyone",
    "/tutorial/<any('page.js', 'page.css'):name>": "its files",
    "/tutorial/socketio.js": "its client",
    **dict.fromkeys([address for slice in slices.installed for address in slice.addresses],
                    "the page at all its addresses; its data is checked like the API"),
}


def subject(row):
    """Return the event, or the method and rule, of a row: the part before the comma."""
    return row.partition(", ")[0]


def rule(row):
    return subject(row).partition(" ")[2]


def markdown():
    """Return the tables for docs/security.md."""
    rooms = [f"| {verb} | " + " | ".join(where.get(kind, "") for kind in ROOM_KINDS) + " |"
             for verb, where in MAY.items()]
    rows = {**EVENTS, **ROUTES}.items()
    by_verb = {verb: [f"`{row}`" for row, (needed, *_) in rows if needed == verb] for verb in MAY}
    by_role = {}
    for row, (needed, _) in {**SERVER_EVENTS, **SERVER_ROUTES}.items():
        by_role.setdefault(_description(needed), []).append(f"`{row}`")
    return "\n".join([
        "Callers: " + "; ".join(f"**{letter}** {words}" for letter, words in CALLERS.items()) + ".", "",
        f"| verb | {' | '.join(ROOM_KINDS)} |", "| --- " * (len(ROOM_KINDS) + 1) + "|", *rooms, "",
        "| verb | events and routes that need it |", "| --- | --- |",
        *(f"| {verb} | {', '.join(rows)} |" for verb, rows in by_verb.items()), "",
        "| who may | events and routes about the server |", "| --- | --- |",
        *(f"| {who} | {', '.join(rows)} |" for who, rows in by_role.items()), "",
        "| other channels | who may read them; only Hubbub writes there |", "| --- | --- |",
        *(f"| `{channel.replace('$me', '<id>')}` | {_description(who)} |"
          for channel, who in CHANNELS.items()), ""])


def _description(needed):
    if isinstance(needed, dict):
        return "anyone, except " + ", ".join(f"{role}: {code}" for role, code in needed.items())
    words = {"stranger": "anyone", "guest": "guests and above", "member": "members and above",
             "admin": "admins and owners", "owner": "owners"}
    return words.get(needed, needed)


def updated(page):
    """Return the page with the current table."""
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{markdown()}{END}", page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
