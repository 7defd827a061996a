"""Web Push from this server itself: a reader of every inbox, with a cursor for each browser that wants to be told.

There is no queue: a browser is owed what its person's inbox holds beyond its cursor, also after a crash.  What was read
meanwhile, is old, or happens while the person looks at some device is passed over; of one room only the newest is sent.
"""

import base64
import hashlib
import logging
import time
from typing import Any

import gevent
import msgspec
from gevent.event import Event
from gevent.pool import Pool

from hubbub.config import Config
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.notifications import attention, model, outgoing, subscriptions, vapid
from hubbub.notifications.subscriptions import Subscription
from hubbub.people import model as people

logger = logging.getLogger(__name__)

grace = 2.0  # seconds in which a look at another device calls it off
OLD = 3600.0  # seconds after which it is no news
LASTS = 24 * 3600  # seconds that a service keeps it for a browser that sleeps
BODY_LIMIT = 3000  # bytes; services take 4,096 with what encryption adds
FIRST, LONGEST = 5.0, 3600.0  # seconds until a failed one is tried again
FAILURES = 30  # in a row, then it is given up
AT_ONCE = 8
STOP = 5.0  # seconds that a sender has to end

_due: dict[int, float] = {}  # when a person's browsers are served
_woken = Event()
_reader: "gevent.Greenlet[[], None] | None" = None
_senders = Pool(AT_ONCE)


def begin(config: Config) -> None:
    """Serve browsers from now on, first with what a crash left."""
    global _reader
    stop()
    outgoing.private = config.push_private
    vapid.begin()
    if heard not in model.heard:
        model.heard.append(heard)
    for person in subscriptions.behind(db):
        heard(person)
    _reader = gevent.spawn(_read)
    db.before_close(stop)


def stop() -> None:
    """Serve no more."""
    global _reader
    if _reader is not None:
        _reader.kill(timeout=STOP)
        _reader = None
    _senders.kill(timeout=STOP)
    _due.clear()


def heard(person: int) -> None:
    """A person was told something."""
    _due.setdefault(person, time.monotonic() + grace)
    _woken.set()


def _read() -> None:
    while True:
        wait = min(_due.values()) - time.monotonic() if _due else None
        if wait is None or wait > 0:
            _woken.wait(wait)
            _woken.clear()
            continue
        person = min(_due, key=lambda one: _due[one])
        del _due[person]
        _senders.spawn(_serve, person)


def _serve(person: int) -> None:
    try:
        for subscription in subscriptions.of(person):
            serve(subscription)
    except Refused as no:
        logger.warning("a browser could not be served: %s", no.words)
    except Exception:
        logger.exception("a browser could not be served")


def serve(subscription: Subscription) -> None:
    """Send a browser what it is owed."""
    entries, head = _owed(subscription)
    for tag, news in _by_tag(entries).items():
        status, after = _send(subscription, tag, news)
        if status in (404, 410):
            return subscriptions.drop(subscription.id)
        if status == 0 or status == 429 or status >= 500:
            return _later(subscription, after)
        if status >= 300:
            logger.warning("a push service refused a notification: HTTP %d", status)
    if head > subscription.seq:
        subscriptions.serve(subscription.id, head)
    return None


def _owed(subscription: Subscription) -> tuple[list[Entry], int]:
    """What waits in the inbox beyond the cursor, and the entry that this reaches to."""
    found: list[Entry] = []
    after = subscription.seq
    while page := log.read(db, model.inbox(subscription.person), after):
        after = page[-1].seq
        found += [entry for entry in page if entry.kind == "notification" and time.time() - entry.at < OLD]
    if attention.is_looking(subscription.person):
        return [], after
    return [entry for entry in found if model.is_open(db, subscription.person, entry.seq)], after


def _by_tag(entries: list[Entry]) -> dict[str, list[Entry]]:
    """What is told together: of one room only the newest is shown."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.data["channel"] or f"{entry.channel}:{entry.seq}", []).append(entry)
    return found


def _send(subscription: Subscription, tag: str, news: list[Entry]) -> tuple[int, str]:
    """Encrypt for the browser and post to its service; status 0 is no answer."""
    from pywebpush import WebPusher

    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    topic = base64.urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()[:24]).decode()
    try:
        pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
        body = pusher.encode(_payload(tag, news))["body"]
    except Exception:
        logger.warning("the keys of a browser are of no use")
        return 410, ""
    headers = {"Content-Encoding": "aes128gcm", "TTL": str(LASTS), "Topic": topic, "Urgency": "high",
               **vapid.headers(subscription.endpoint)}
    try:
        return outgoing.post(subscription.endpoint, body, headers)
    except OSError:
        return 0, ""


def _payload(tag: str, news: list[Entry]) -> bytes:
    entry, count = news[-1], len(news)
    data = entry.data
    who = next((person.name for person in people.directory(db, [entry.author]) if entry.author), "")
    title = f"{who} in {data['title']}" if who and data["title"] else who or data["title"] or "Hubbub"
    said: dict[str, Any] = {"title": f"{title} ({count})" if count > 1 else title, "body": data["text"], "tag": tag,
                            "url": address(entry), "seq": entry.seq}
    raw = msgspec.json.encode(said)
    while len(raw) > BODY_LIMIT:
        said["body"] = said["body"][:len(said["body"]) // 2]
        raw = msgspec.json.encode(said)
    return raw


def address(entry: Entry) -> str:
    """Where a click on a notification leads in this place."""
    data = entry.data
    if data["url"]:
        return str(data["url"])
    kind, _, id = data["channel"].partition(":")
    return f"/room/{id}/{data['root'] or data['target']}" if kind == "room" else "/inbox"


def _later(subscription: Subscription, after: str) -> None:
    """Try again in a while, longer each time, or when the service says; give up in the end."""
    failures = subscription.failures + 1
    if failures > FAILURES:
        return subscriptions.drop(subscription.id)
    subscriptions.serve(subscription.id, subscription.seq, failures)
    wait = float(after) if after.isdecimal() and len(after) < 6 else FIRST * 2 ** min(failures - 1, 12)
    _due[subscription.person] = time.monotonic() + min(max(wait, 1.0), LONGEST)
    _woken.set()
    return None
