"""Quiet times: while one lasts, nothing rings on a person's devices except what is urgent; the inbox has everything.

A quiet time lasts until a moment, or comes every week.  Both are preferences, and so the same on all devices:
`quiet_until` is the seconds since 1970; `quiet_hours` is like `22:00-07:30 01234 Europe/Berlin`: from, to, the weekdays
on which it begins (0 is Monday), and the time zone.  `static/quiet.js` follows the same rule.
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hubbub.core import node
from hubbub.core.access import Reads
from hubbub.people import preferences

UNTIL = re.compile(r"[1-9][0-9]{0,10}")
TIME = "([01][0-9]|2[0-3]):([0-5][0-9])"
HOURS = re.compile(f"{TIME}-{TIME} ([0-6]{{1,7}}) ([A-Za-z0-9_+/-]{{1,50}})")
DAY = timedelta(days=1)


class Hours(NamedTuple):
    """Weekly quiet hours: minutes of the day, weekdays on which they begin, and a time zone."""

    begin: int
    end: int
    days: set[int]
    zone: ZoneInfo


def hours(value: str) -> Hours | None:
    """Parse a value of `quiet_hours`; None for an invalid one or an unknown zone."""
    if not (found := HOURS.fullmatch(value)):
        return None
    try:
        zone = ZoneInfo(found[6])
    except (KeyError, ValueError, OSError):  # unknown; a path outside the folder; a folder
        return None
    return Hours(int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]), set(map(int, found[5])), zone)


preferences.register("quiet_until", lambda value: UNTIL.fullmatch(value) is not None)
preferences.register("quiet_hours", lambda value: hours(value) is not None)


def ends(until: str, weekly: str, now: float) -> float:
    """Return when the quiet time of now ends, in seconds since 1970; 0 if there is none."""
    return max(float(until or 0) if float(until or 0) > now else 0.0, _ends_weekly(weekly, now))


def _ends_weekly(weekly: str, now: float) -> float:
    if not weekly or (found := hours(weekly)) is None:
        return 0.0
    today = datetime.fromtimestamp(now, found.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (today, today - DAY):
        begin = day + timedelta(minutes=found.begin)
        end = day + timedelta(minutes=found.end) + (DAY if found.end <= found.begin else timedelta())
        if day.weekday() in found.days and begin.timestamp() <= now < end.timestamp():
            return end.timestamp()
    return 0.0


def is_quiet(reads: Reads, person: int) -> bool:
    """Return whether a person has a quiet time now."""
    mine = preferences.of(reads, person)
    until, weekly = (mine.get(name, ("", 0))[0] for name in ("quiet_until", "quiet_hours"))
    return ends(until, weekly, node.now()) > 0
