"""`users.*` and `auth.test`: the people of the server, and the caller."""

from typing import Any

from hubbub.core import access, db
from hubbub.hooks.slack_api import ids, show
from hubbub.hooks.slack_api.call import Call, method, page
from hubbub.people import model as people
from hubbub.people import settings


@method("auth.test")
def whoami(call: Call) -> dict[str, Any]:
    """Return the caller and this server."""
    [own] = people.directory(db, [call.person])
    bot = {"bot_id": f"B{own.id}"} if own.role == "bot" else {}
    return {"url": f"{call.server}/", "team": settings.current(db).name, "user": own.handle, "team_id": show.TEAM,
            "user_id": f"U{own.id}", **bot}


@method("api.test")
def test(call: Call) -> dict[str, Any]:
    """Return the arguments."""
    return {"args": {name: value for name, value in call.arguments.all.items() if name != "token"}}


@method("users.list")
def listed(call: Call) -> dict[str, Any]:
    """List the people, bots among them."""
    access.check(db, call.person, people.EVERYBODY, "read")
    limit = call.arguments.limit()
    found = people.page(db, call.arguments.after(), limit + 1)
    return {"members": [show.user(one) for one in found[:limit]],
            **page(found[limit - 1].id if len(found) > limit else 0)}


@method("users.info")
def info(call: Call) -> dict[str, Any]:
    """Return a person."""
    access.check(db, call.person, people.EVERYBODY, "read")
    found = ids.person(db, call.arguments.needed("user"))
    rows = db.execute("select zone from person where id = :id", id=found.id)
    return {"user": show.user(found, rows[0][0])}
