"""The authorisation table of tests/access_table.py: every event and route, by every caller, in every kind of room."""

import re

import pytest

from hubbub import live
from hubbub.core import db
from hubbub.people import invites
from hubbub.web import api
from tests import access_table as table
from tests.access_table import CALLERS, CHANNELS, MAY, ROLES, ROOM_KINDS
from tests.access_workspace import ABSENT, NO_FILE, NUMBERS, AccessWorkspace, code, fill_in, send_event, send_request
from tests.running_app import HERE, PASSWORD


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = AccessWorkspace(tmp_path_factory.mktemp("access"))
    yield workspace
    workspace.app.close()


def comparable(answer):
    return answer if isinstance(answer, dict) else (answer.status_code, answer.data, sorted(answer.headers))


def expected(verb, kind, who, scope, invalid):
    if who == "token" and scope != "read":
        return "denied"
    who = "m" if who == "token" else who
    if who in MAY[verb].get(kind, ""):
        return invalid.get(kind, "ok")
    return "denied" if who in MAY["read"][kind] else "not_found"


def rooms_for(workspace, kind, who, verb):
    """Return the names in a room for each caller who may change something in it, and in one room for all others."""
    may_change = "" if verb == "read" else MAY[verb].get(kind, "")
    with db.transaction() as tx:
        shared = workspace.room(tx, kind)
        return {letter: workspace.room(tx, kind) if letter.replace("token", "m") in may_change else shared
                for letter in who}


@pytest.mark.parametrize("kind", ROOM_KINDS)
@pytest.mark.parametrize("row", table.EVENTS)
def test_permissions_of_an_event_about_a_room(workspace, row, kind):
    verb, payload, *invalid = table.EVENTS[row]
    event = table.subject(row)
    scope = live.registry.handlers[event][2]
    who = [*CALLERS, "token"]
    at = rooms_for(workspace, kind, who, verb)
    visitors = {letter: workspace.visitors[letter][1] for letter in who}

    answers = {letter: send_event(visitors[letter], event,
                                  fill_in(payload, {**at[letter], "me": visitors[letter].person}))
               for letter in who}

    assert {letter: code(answer) for letter, answer in answers.items()} == {
        letter: expected(verb, kind, letter, scope, *invalid or [{}]) for letter in who}
    absent = {**at["m"], "channel": f"room:{ABSENT}", "doc": f"doc:{ABSENT}"}
    for letter in who:
        if letter != "token" and letter not in MAY["read"][kind]:
            names = {**absent, "me": visitors[letter].person}
            assert answers[letter] == send_event(visitors[letter], event, fill_in(payload, names))


@pytest.mark.parametrize("row", table.EVENTS)
def test_events_of_a_banned_person_are_refused(workspace, row):
    _, payload, *_ = table.EVENTS[row]
    with db.transaction() as tx:
        at = {kind: workspace.room(tx, kind) for kind in ROOM_KINDS}

    banned = workspace.visitors["banned"][1]
    codes = {kind: code(send_event(banned, table.subject(row), fill_in(payload, {**at[kind], "me": 0})))
             for kind in ROOM_KINDS}

    assert codes == dict.fromkeys(ROOM_KINDS, "not_found")


@pytest.mark.parametrize("kind", ROOM_KINDS)
@pytest.mark.parametrize("row", table.ROUTES)
def test_permissions_of_a_route_about_a_room(workspace, row, kind):
    verb, payload, *invalid = table.ROUTES[row]
    method, rule = table.subject(row).split(" ", 1)
    scope = api.operations[method, rule].scope
    who = [*CALLERS, "token"]
    secret = {letter: workspace.visitors[letter][0] for letter in who}
    at = rooms_for(workspace, kind, [*who, "nobody"], verb)
    names = {letter: {**at[letter], "me": workspace.visitors[letter][1].person} for letter in who}
    if "oneself" in row:
        names = {letter: {**found, "person": found["me"]} for letter, found in names.items()}

    def answer(letter, **replaced):
        values = {**names[letter], **replaced}
        return send_request(workspace, secret[letter], method, rule, values, fill_in(payload, values))

    answers = {letter: answer(letter) for letter in who}

    assert {letter: code(found) for letter, found in answers.items()} == {
        letter: expected(verb, kind, letter, scope, *invalid or [{}]) for letter in who}
    # No room is open to more people than these two.
    for invalid_secret in (None, "made up", workspace.visitors["banned"][0]) if kind in ("lobby", "public") else ():
        values = {**at["nobody"], "me": 0}
        answer_to_nobody = send_request(workspace, invalid_secret, method, rule, values, fill_in(payload, values))
        assert code(answer_to_nobody) == "sign_in"
    for letter in who:
        if letter != "token" and letter not in MAY["read"][kind]:
            absent = answer(letter, channel=f"room:{ABSENT}", id=ABSENT, file=NO_FILE, document=ABSENT, hook=ABSENT)
            assert comparable(answers[letter]) == comparable(absent)


DELETED = {"edit": "w", "react": "w", "pin": "w", "post, in a thread": "w", "delete": "w"}


@pytest.mark.parametrize("row", DELETED)
def test_a_deleted_message_looks_like_one_that_never_existed(workspace, row):
    _, payload, *_ = table.EVENTS[row]
    with db.transaction() as tx:
        at = workspace.room(tx, "public")
    writer, admin = workspace.visitors["w"][1], workspace.visitors["r"][1]
    send_event(writer, "delete", fill_in(table.EVENTS["delete"][1], at))

    for visitor in (writer, admin):
        answer = send_event(visitor, table.subject(row), fill_in(payload, at))
        never = send_event(visitor, table.subject(row), fill_in(payload, {**at, "message": 999}))
        assert (code(answer), answer) == ("not_found", never)


READ = [row for row, (verb, _) in ((row, found[:2]) for row, found in table.ROUTES.items())
        if verb == "read" and row.startswith("GET") and not row.endswith("/tail")]  # it goes on: see test_tail.py


@pytest.mark.parametrize("row", READ)
def test_the_text_of_a_deleted_message_is_served_to_nobody(workspace, row):
    with db.transaction() as tx:
        at = workspace.room(tx, "public")
    send_event(workspace.visitors["w"][1], "edit", fill_in(table.EVENTS["edit"][1], at))
    send_event(workspace.visitors["w"][1], "delete", fill_in(table.EVENTS["delete"][1], at))

    for letter in ("w", "r", "o"):
        answer = send_request(workspace, workspace.visitors[letter][0], *row.split(" ", 1), at, {})
        assert answer.status_code in (200, 404)
        assert "tea?" not in answer.text and "better" not in answer.text


def test_the_page_of_an_unreadable_room_equals_the_page_of_an_absent_one(workspace):
    with db.transaction() as tx:
        rooms = {kind: workspace.room(tx, kind)["id"] for kind in ("public", "private", "direct")}
        secrets = {letter: workspace.visitor(tx, workspace.people[letter], kind="browser")[0] for letter in CALLERS}

    def pages(letter, id):
        headers = {"Authorization": f"Bearer {secrets[letter]}"}
        answers = [workspace.app.http.get(address, headers=headers, environ_overrides=HERE)
                   for address in (f"/room/{id}", f"/room/{id}/1")]
        return [re.sub(r'"now": ?[\d.]+', "", answer.text) for answer in answers]  # without the server's clock

    for letter in CALLERS:
        absent = pages(letter, ABSENT)
        for kind, id in rooms.items():
            assert (pages(letter, id) == absent) == (letter not in MAY["read"][kind]), (letter, kind)


def create_callers(workspace, roles, kind="token"):
    """Create a person in each role, and return their secrets and visitors; a stranger has none."""
    with db.transaction() as tx:
        people = {role: workspace.create_person(tx, role) for role in roles if role != "stranger"}
        found = {role: workspace.visitor(tx, person, kind=kind) for role, person in people.items()}
    return {role: found.get(role, ("", None)) for role in roles}


def create_target(workspace, row):
    """Create the person that a request is about, and return the names for its payload."""
    with db.transaction() as tx:
        person = workspace.create_person(tx, "owner" if "an owner" in row else "member")
        _, theirs = workspace.visitor(tx, person, kind="browser" if "sign-ins" in row else "token")
        id, secret = invites.issue(tx, "member", workspace.owner.person)
        room = workspace.room(tx, "private")["id"] if "private room" in row else 0
        names = {"private": room, "topic": "nothing", "seq": 10**6, "action": 1, "file": NO_FILE, **workspace.bot(tx),
             **workspace.feed(tx, person, "a new one" in row)}
        [(group,)] = tx.execute("insert into people_group (handle, name, since) values (:handle, 'Crew', 0) "
                                "returning id", handle=f"crew{person}") if re.search("groups|on-call", row) else [(0,)]
    [(handle,)] = db.execute("select handle from person where id = :id", id=person)
    path = theirs.sign_in if "someone else's" in row else id if "invites" in row else person
    path = names["alert"] if "alerts" in row else group or path
    return {**names, "victim": person, "handle": handle, "invite": secret, "password": PASSWORD, "id": path}


def expected_for_role(needed, role, scope):
    if role == "stranger" and scope != "anyone":
        return "sign_in"
    if isinstance(needed, dict):
        return needed.get(role, "ok")
    if needed.startswith("nobody"):
        return needed.removeprefix("nobody: ")
    return "ok" if ROLES.index(role) >= ROLES.index(needed) else "denied"


@pytest.mark.parametrize("row", table.SERVER_EVENTS)
def test_permissions_of_an_event_about_the_server(workspace, row):
    needed, payload = table.SERVER_EVENTS[row]
    event = table.subject(row)
    people = create_callers(workspace, ROLES[1:])

    codes = {role: code(send_event(visitor, event, fill_in(payload, create_target(workspace, row))))
             for role, (_, visitor) in people.items()}

    assert codes == {role: expected_for_role(needed, role, "read") for role in people}


@pytest.mark.parametrize("row", table.SERVER_ROUTES)
def test_permissions_of_a_route_about_the_server(workspace, row):
    needed, payload = table.SERVER_ROUTES[row]
    method, rule = table.subject(row).split(" ", 1)
    scope = api.operations[method, rule].scope
    people = create_callers(workspace, ROLES, "browser")

    def answer(secret):
        names = create_target(workspace, row)
        return code(send_request(workspace, secret, method, rule, names, fill_in(payload, names)))

    codes = {role: answer(secret) for role, (secret, _) in people.items()}

    assert codes == {role: expected_for_role(needed, role, scope) for role in people}


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize("at", sorted(api.operations), ids=" ".join)
def test_a_route_needs_the_scope_of_the_token(workspace, at, scope):
    operation = api.operations[at]
    if operation.scope == "anyone":
        return
    with db.transaction() as tx:
        secret, visitor = workspace.visitor(tx, workspace.people["o"], scope)

    names = {"channel": "room:1", "emoji": "👍", "file": NO_FILE, "name": "a", "feed": "x", "symbol": "X", "topic": "x",
             **dict.fromkeys(NUMBERS, ABSENT)}
    answer = send_request(workspace, secret, *at, names, {})

    refused = answer.status_code == 403 and "it needs the scope" in answer.json["error"]
    assert refused is not visitor.may(operation.scope)


@pytest.mark.parametrize("event", sorted(live.registry.handlers))
def test_an_event_needs_the_scope_of_the_token(workspace, event):
    with db.transaction() as tx:
        _, visitor = workspace.visitor(tx, workspace.people["o"], "read")

    answer = send_event(visitor, event, {"nonsense": 1})

    assert code(answer) == ("bad_input" if live.registry.handlers[event][2] == "read" else "denied")


@pytest.mark.parametrize("channel", [*CHANNELS, *table.UNKNOWN_CHANNELS])
def test_permissions_of_channels_that_are_not_rooms(workspace, channel):
    people = create_callers(workspace, ROLES[1:])
    names = create_target(workspace, "")
    subscribed, read, posted = {}, {}, {}
    for role, (secret, visitor) in people.items():
        at = {"channel": fill_in(channel, {**names, "me": visitor.person})}
        subscribed[role] = code(send_event(visitor, "subscribe", at))
        read[role] = code(send_request(workspace, secret, "GET", f"{table.CHANNEL}/entries", at, {}))
        posted[role] = code(send_event(visitor, "post", {**at, "text": "x", "key": "k"}))

    least = CHANNELS.get(channel)
    may = {role: least is not None and ROLES.index(role) >= ROLES.index(least) for role in people}
    assert read == {role: "ok" if may[role] else "not_found" for role in people}
    if channel:
        assert subscribed == read
        assert posted == {role: "denied" if may[role] else "not_found" for role in people}


def test_every_event_and_route_has_a_row(workspace):
    events = {table.subject(row) for row in [*table.EVENTS, *table.SERVER_EVENTS]}
    routes = {tuple(table.subject(row).split(" ", 1)) for row in [*table.ROUTES, *table.SERVER_ROUTES]}
    served = {rule.rule for rule in workspace.app.flask.url_map.iter_rules()}

    assert events == set(live.registry.handlers)
    assert routes == set(api.operations)
    assert served == {rule for _, rule in routes} | set(table.OUTSIDE_API)
    assert [rule for rule in table.OUTSIDE_API if rule.startswith("/api/") and "/slack/" not in rule] == []


def test_the_security_page_has_the_current_table():
    page = table.PAGE.read_text(encoding="utf-8")

    assert page == table.updated(page), "run bin/docs"
