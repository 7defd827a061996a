"""People: accounts, guests, roles and profiles; sign-in and invites."""

from hubbub import short_text
from hubbub.core import strings
from hubbub.core.consumers import Job
from hubbub.people import (
    events,
    group_routes,
    guesses,
    oncall_routes,
    own_routes,
    people_routes,
    preferences,
    presence,
    routes,
    server_routes,
)
from hubbub.slices import Slice

TEN_MINUTES = 600.0  # seconds

slice = Slice(
    name="people",
    package=__name__,
    blueprints=(routes.blueprint,),
    handlers=(events, group_routes, oncall_routes, own_routes, people_routes, presence, server_routes),
    start=lambda: short_text.backfill("person"),
    consumers=(Job("people_guesses", TEN_MINUTES, guesses.delete_expired),),
    page="main.js",
    stylesheets=("people.css",),
    offline=("keep-button.js",),
    addresses=("/join", "/sign-in", "/people", "/settings", "/settings/<part>"),
    bare=("/join", "/sign-in"),
    boot={
        "me": routes.me,
        "guests": routes.guests_allowed,
        "setup": routes.may_set_up,
        "owned": routes.is_owned,
        "workspace": routes.workspace,
        "peopleAsOf": routes.people_as_of,
        "preferences": preferences.of_reader,
        "languages": lambda _: strings.known(),
    },
    entries={
        "person": ("people:all", '`{"id", "name", "role", "handle", "status", "avatar", "banned"?}`: as they are now'),
        "audit": ("audit:all", '`{"action", "subject"?, "address"?, …}`: a change of rights; for owners and admins'),
    },
    signals={
        "presence": ("people:all", '`{"online": [person], "offline": [person]}`: who came and who left'),
        "preferences": ("user:…", '`{name: [value, version]}`: preferences that the person changed'),
        "sidebar": ("user:…", '`{name: [value, version]}`: places and sections in the person\'s sidebar, unless older'),
    },
)
