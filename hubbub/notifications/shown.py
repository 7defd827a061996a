"""What a browser shows: the newest notification of each tag, so that it can be closed there once it is read elsewhere.

Browsers demand that each push shows something, and take the right to push from those that break it: Apple's after three
times.  The others allow what closes notifications now and then; see docs/decisions/0052.
"""

from urllib.parse import urlsplit

import msgspec

from hubbub.core.access import Reads
from hubbub.notifications.subscriptions import Subscription

MOST = 40  # tags that are remembered for a browser
APPLE = ".push.apple.com"


def tag_of(channel: str, seq: int) -> str:
    """Return the tag of a notification: a new one replaces the one that is shown with the same tag."""
    return channel or f"inbox:{seq}"


def is_apple(one: Subscription) -> bool:
    """Return whether a browser is Apple's."""
    return (urlsplit(one.endpoint).hostname or "").endswith(APPLE)


def can_close(one: Subscription) -> bool:
    """Return whether a message may close what is shown: ntfy keeps what it has shown."""
    return one.kind != "ntfy" and not is_apple(one)


def add(one: Subscription, tag: str, seq: int) -> str:
    """Return what the browser shows after a push."""
    shown = {name: newest for name, newest in _of(one).items() if name != tag} | {tag: seq}
    return _packed(dict(list(shown.items())[-MOST:]))


def read_since(reads: Reads, one: Subscription) -> list[str]:
    """Return the tags that a browser shows although nothing under them is unread any more."""
    shown = _of(one)
    if not shown:
        return []
    unread = reads.execute("select distinct case when channel = '' then 'inbox:' || seq else channel end "
                           "from notification where person = :person and (read is null or rang > 0) "
                           "and snoozed is null and seq <= :newest", person=one.person, newest=max(shown.values()))
    return sorted(shown.keys() - {tag for tag, in unread})


def without(one: Subscription, tags: list[str]) -> str:
    """Return what the browser shows after these tags were closed."""
    return _packed({name: newest for name, newest in _of(one).items() if name not in tags})


def _of(one: Subscription) -> dict[str, int]:
    return msgspec.json.decode(one.shown, type=dict[str, int])


def _packed(shown: dict[str, int]) -> str:
    return msgspec.json.encode(shown).decode()
