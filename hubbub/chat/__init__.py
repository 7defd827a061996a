"""Chat: rooms, their members and their messages."""

import contextlib

from hubbub import short_text
from hubbub.chat import (
    events,
    messages,
    notifier,
    projection,
    room_events,
    room_routes,
    rooms,
    routes,
    search,
    thread_rules,
    urgent,
    user_state,
)
from hubbub.core.access import Refused
from hubbub.core.consumers import Job
from hubbub.slices import ChannelKind, InboxKind, Slice

TEN_MINUTES = 600.0  # seconds
FIRST_PAGES = 10  # of messages indexed again before the server answers; a job does the others


def start() -> None:
    """Fill what migrations cannot: the folded names of rooms, and the index of messages from before it."""
    short_text.backfill("room")
    search.catch_up()
    with contextlib.suppress(Refused):  # the disk is full: the job tries again
        search.reindex(FIRST_PAGES)


slice = Slice(
    name="chat",
    package=__name__,
    requires=("people", "files", "notifications"),
    blueprints=(routes.blueprint, room_routes.blueprint),
    handlers=(events, room_events, projection, thread_rules, urgent, user_state),
    start=start,
    consumers=(notifier.consumer, Job("chat_reindex", TEN_MINUTES, search.reindex)),
    page="main.js",
    stylesheets=("messages.css", "composer.css", "panels.css", "rooms.css"),
    offline=("soon.js", "share-view.js", "saved-view.js", "drafts-view.js", "thread-view.js", "threads-view.js",
             "unread-bar.js", "unsent-notices.js", "send-warnings.js", "rooms/beginning.js"),
    addresses=("/", "/home", "/room/<int:room>", "/room/<int:room>/<int:seq>", "/rooms", "/search", "/threads",
               "/drafts", "/saved", "/catch-up", "/share"),
    share="/share",
    boot={"windows": routes.opening},
    channels={"room": ChannelKind("/room/{name}/{seq}", has_levels=True, titles=rooms.titles,
                                  reply=messages.reply)},
    entries={
        "message": ("room:…", '`{"text", "mentions"?, "files"?, "quote"?, "thread"?, "here"?, "alias"?, '
                              '"priority"?, "urgent"?}`; '
                              'with `thread`, also a reply; `here` has the people whom @here and groups mention; '
                              '`urgent` is true, or `{"acknowledged": null}` if it asks for that; '
                              '`alias` is the `{"name"?, "icon"?}` under which a bot says it'),
        "reply": ("room:…", "the same; in the thread of the message `thread`; not counted as unread"),
        "edited": ("room:…", '`{"target", "text", "mentions"?, "here"?}`; '
                             '`target`, here and below, is the seq of a message'),
        "deleted": ("room:…", '`{"target", "n"?, "thread"?, "nth"?}`; its text and edits are deleted, in the log too; '
                              'its `n`, and as a reply its place in `thread`, do not count as unread any more'),
        "reacted": ("room:…", '`{"target", "emoji", "on"}`'),
        "pinned": ("room:…", '`{"target", "on"}`'),
        "message_acknowledged": ("room:…", '`{"target", "at"}`: its author acknowledged an urgent message'),
        "created joined left": ("room:…", '`{}`, `{"person", "by"?}`, `{"person", "by"?, "banned"?}`'),
        "renamed topic archived": ("room:…", '`{"name"}`, `{"topic"}`, `{"on"}`'),
        "role": ("room:…", '`{"person", "role"}`'),
        "room room_left": ("user:…", 'a room of the person, as it is now; `{"channel"}` of one that they left'),
    },
    signals={
        "typing": ("room:…", '`{"person", "thread"}`: a person is typing there'),
        "cursor": ("user:…", '`{"channel", "seq", "n", "version"}`: read up to here, unless older'),
        "mentions": ("user:…", '`{"channel", "seqs", "uncounted", "head"}`: their unread mentions and deletions there'),
        "draft": ("user:…", '`{"channel", "thread", "text", "version"}`: a draft; without text it was deleted'),
        "thread_cursor": ("user:…", '`{"channel", "root", "seq", "n", "version", "uncounted"?, "head"}`: the same'),
        "saved": ("user:…", '`{"channel", "seq", "on", "version"}`: saved a message, or not any more'),
        "following": ("user:…", '`{"channel", "root", "on", "head", "seq"?, …}`: follows a thread, or stopped'),
    },
    inbox_kinds={
        "mention": InboxKind("chat.inbox.mention", "at-sign", urgent=True),
        "keyword": InboxKind("chat.inbox.keyword", "hash", urgent=True),
        "person": InboxKind("chat.inbox.message", "circle-user"),
        "priority": InboxKind("chat.inbox.message", "circle-alert", urgent=True),
        "direct": InboxKind("chat.inbox.direct", "message-circle", urgent=True),
        "reply": InboxKind("chat.inbox.reply", "reply"),
        "message": InboxKind("chat.inbox.message", "message-square-text"),
    },
)
