"""When a delayed notification is due: a Unix time, a duration, an ISO date, or words: `tomorrow, 10am`, `monday 8:30`.

Words are understood in the time zone of the sender.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hubbub.core.access import Refused

LONGEST = 366 * 24 * 3600.0
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
DURATION = re.compile(r"(?:in\s+)?((?:[0-9]{1,9}\s*[a-z]+\s*)+)\Z", re.IGNORECASE)
PART = re.compile(r"([0-9]+)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\s*",
                  re.IGNORECASE)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORDS = re.compile(rf"(?:(?:next\s+|on\s+)?(today|tonight|tomorrow|{'|'.join(DAYS)}))?[\s,]*(?:at\s+)?"
                   r"(?:([0-9]{1,2})(?::([0-9]{2}))?\s*(am|pm)?)?\Z", re.IGNORECASE)
MORNING, EVENING = 9, 20  # hours, where only the day is given


def parse(text: str, now: float, zone: str) -> float:
    """Return the time that a text means, in seconds since 1970; refuse what is no time, past, or in over a year."""
    due = _unix(text) or _duration(text, now) or _iso(text, zone) or _words(text, now, zone)
    if due is None:
        raise Refused("error.publish_delay", "bad_input")
    if due <= now:
        raise Refused("error.publish_delay_past", "bad_input")
    if due > now + LONGEST:
        raise Refused("error.publish_delay_far", "bad_input")
    return due


def _unix(text: str) -> float | None:
    return float(text) if re.fullmatch("[0-9]{9,11}", text) else None


def _duration(text: str, now: float) -> float | None:
    found = DURATION.match(text.strip())
    if not found:
        return None
    seconds, at = 0, 0
    for part in PART.finditer(found[1]):
        if part.start() != at:
            return None
        seconds, at = seconds + int(part[1]) * SECONDS[part[2][0].lower()], part.end()
    return now + seconds if at == len(found[1]) else None


def _iso(text: str, zone: str) -> float | None:
    if not re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=_zone(zone))).timestamp()
    except (ValueError, OverflowError):
        return None


def _words(text: str, now: float, zone: str) -> float | None:
    found = WORDS.match(text.strip())
    day, hour, minute, half = ((one or "").lower() for one in found.groups()) if found else ("", "", "", "")
    if not day and not hour:
        return None
    at = int(hour) if hour else EVENING if day == "tonight" else MORNING
    if half:
        at = at % 12 + (12 if half == "pm" else 0)
    if at > 23 or int(minute or 0) > 59 or half and not 1 <= int(hour) <= 12:
        return None
    today = datetime.fromtimestamp(now, _zone(zone))
    wanted = today.replace(hour=at, minute=int(minute or 0), second=0, microsecond=0)
    if day == "tomorrow":
        wanted += timedelta(days=1)
    elif day in DAYS:
        wanted += timedelta(days=(DAYS.index(day) - today.weekday() - 1) % 7 + 1)
    elif not day and wanted <= today:
        wanted += timedelta(days=1)
    return wanted.timestamp()


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
