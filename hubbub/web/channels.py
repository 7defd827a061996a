"""Any channel over HTTP: its entries in the shape that is pushed, and its newest window."""

import msgspec
from flask import Blueprint, Response, request

from hubbub.core import access, db, log, windows
from hubbub.core.access import Refused
from hubbub.web import boot

blueprint = Blueprint("channels", __name__)


@blueprint.get("/api/channels/<channel>/entries")
def entries(channel: str) -> Response:
    """The entries after `after`, oldest first, at most `limit` (200), and the head; read on while there are more."""
    _may_read(channel)
    after, limit = _number("after", 0), _number("limit", log.PAGE_ENTRIES)
    page = log.read(db, channel, after, min(limit, log.PAGE_ENTRIES))
    return _answer({"entries": page, "head": log.head(db, channel).seq})


@blueprint.get("/api/channels/<channel>/window")
def window(channel: str) -> Response:
    """How the channel looks now: the last `limit` (50) items, or those before seq `before`, and the cursor as_of."""
    _may_read(channel)
    before, limit = _number("before", windows.NEWEST), _number("limit", windows.PAGE)
    return _answer(windows.newest(channel, before, min(limit, log.PAGE_ENTRIES)))


def _may_read(channel: str) -> None:
    person = boot.identify(request.environ)
    if person is None:
        raise Refused("say who you are: POST /api/guests gives you a token to send as a bearer", "sign_in")
    access.check(db, person, channel, "read")


def _number(name: str, default: int) -> int:
    said = request.args.get(name, "")
    if not said:
        return default
    if not (said.isascii() and said.isdigit() and len(said) <= 16 and int(said) <= windows.NEWEST):
        raise Refused(f"{name} must be a whole number", "bad_input")
    return int(said)


def _answer(value: object) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")
