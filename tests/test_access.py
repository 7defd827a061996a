"""The authorisation table, tried: every event and route, by everybody, everywhere; see tests/access_table.py."""

import pytest

from hubbub import live
from hubbub.core import db
from hubbub.people import invites
from hubbub.web import api
from tests import access_table as table
from tests.access_table import CALLERS, CHANNELS, MAY, PLACES, ROLES
from tests.access_workspace import ABSENT, NO_FILE, NUMBERS, AccessWorkspace, code, fill_in, send_event, send_request
from tests.running_app import HERE, PASSWORD


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = AccessWorkspace(tmp_path_factory.mktemp("access"))
    yield world
    world.app.close()


def everything(answer):
    return answer if isinstance(answer, dict) else (answer.status_code, answer.data, sorted(answer.headers))


def expected(verb, place, who, scope, told):
    if who == "token" and scope != "read":
        return "denied"
    who = "m" if who == "token" else who
    if who in MAY[verb].get(place, ""):
        return told.get(place, "ok")
    return "denied" if who in MAY["read"][place] else "absent"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", table.EVENTS)
def test_an_event_about_a_room(world, row, place):
    verb, payload, *told = table.EVENTS[row]
    event = table.act(row)
    scope = live.registry.handlers[event][2]
    who = [*CALLERS, "token"]
    with db.transaction() as tx:
        at = {letter: world.room(tx, place) for letter in who}
    visitors = {letter: world.visitors[letter][1] for letter in who}

    answers = {letter: send_event(visitors[letter], event,
                                  fill_in(payload, {**at[letter], "me": visitors[letter].person}))
               for letter in who}

    assert {letter: code(answer) for letter, answer in answers.items()} == {
        letter: expected(verb, place, letter, scope, *told or [{}]) for letter in who}
    nowhere = {**at["m"], "channel": f"room:{ABSENT}", "doc": f"doc:{ABSENT}"}
    for letter in who:
        if letter != "token" and letter not in MAY["read"][place]:
            names = {**nowhere, "me": visitors[letter].person}
            assert answers[letter] == send_event(visitors[letter], event, fill_in(payload, names))


@pytest.mark.parametrize("row", table.EVENTS)
def test_an_event_of_somebody_who_was_banned_a_moment_ago(world, row):
    _, payload, *_ = table.EVENTS[row]
    with db.transaction() as tx:
        at = {place: world.room(tx, place) for place in PLACES}

    banned = world.visitors["banned"][1]
    told = {place: code(send_event(banned, table.act(row), fill_in(payload, {**at[place], "me": 0})))
            for place in PLACES}

    assert told == dict.fromkeys(PLACES, "absent")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", table.ROUTES)
def test_a_route_about_a_room(world, row, place):
    verb, payload, *told = table.ROUTES[row]
    method, rule = table.act(row).split(" ", 1)
    scope = api.operations[method, rule].scope
    who = [*CALLERS, "token"]
    secret = {letter: world.visitors[letter][0] for letter in who}
    with db.transaction() as tx:
        at = {letter: world.room(tx, place) for letter in [*who, "nobody"]}
    names = {letter: {**at[letter], "me": world.visitors[letter][1].person} for letter in who}
    if "oneself" in row:
        names = {letter: {**found, "person": found["me"]} for letter, found in names.items()}

    def answer(letter, **instead):
        here = {**names[letter], **instead}
        return send_request(world, secret[letter], method, rule, here, fill_in(payload, here))

    answers = {letter: answer(letter) for letter in who}

    assert {letter: code(found) for letter, found in answers.items()} == {
        letter: expected(verb, place, letter, scope, *told or [{}]) for letter in who}
    for nobody in (None, "made up", world.visitors["banned"][0]):
        here = {**at["nobody"], "me": 0}
        assert code(send_request(world, nobody, method, rule, here, fill_in(payload, here))) == "sign_in"
    for letter in who:
        if letter != "token" and letter not in MAY["read"][place]:
            nowhere = answer(letter, channel=f"room:{ABSENT}", id=ABSENT, file=NO_FILE, document=ABSENT)
            assert everything(answers[letter]) == everything(nowhere)


DELETED = {"edit": "w", "react": "w", "pin": "w", "post, in a thread": "w", "delete": "w"}


@pytest.mark.parametrize("row", DELETED)
def test_what_is_deleted_is_like_what_never_was(world, row):
    _, payload, *_ = table.EVENTS[row]
    with db.transaction() as tx:
        at = world.room(tx, "public")
    writer, admin = world.visitors["w"][1], world.visitors["r"][1]
    send_event(writer, "delete", fill_in(table.EVENTS["delete"][1], at))

    for visitor in (writer, admin):
        answer = send_event(visitor, table.act(row), fill_in(payload, at))
        never = send_event(visitor, table.act(row), fill_in(payload, {**at, "message": 999}))
        assert (code(answer), answer) == ("absent", never)


READ = [row for row, (verb, _) in ((row, found[:2]) for row, found in table.ROUTES.items())
        if verb == "read" and row.startswith("GET")]


@pytest.mark.parametrize("row", READ)
def test_nobody_is_served_what_a_deleted_message_said(world, row):
    with db.transaction() as tx:
        at = world.room(tx, "public")
    send_event(world.visitors["w"][1], "edit", fill_in(table.EVENTS["edit"][1], at))
    send_event(world.visitors["w"][1], "delete", fill_in(table.EVENTS["delete"][1], at))

    for letter in ("w", "r", "o"):
        answer = send_request(world, world.visitors[letter][0], *row.split(" ", 1), at, {})
        assert answer.status_code in (200, 404)
        assert "tea?" not in answer.text and "better" not in answer.text


@pytest.mark.parametrize("letter", CALLERS)
@pytest.mark.parametrize("place", ["public", "private", "direct"])
def test_the_page_of_a_room_that_one_may_not_read_is_the_page_of_none(world, place, letter):
    with db.transaction() as tx:
        id = world.room(tx, place)["id"]
        secret, _ = world.visitor(tx, world.people[letter], kind="browser")

    def page(address):
        return world.app.http.get(address, headers={"Authorization": f"Bearer {secret}"}, environ_overrides=HERE).data

    shown = [page(f"/room/{id}"), page(f"/room/{id}/1")]
    nothing = [page(f"/room/{ABSENT}"), page(f"/room/{ABSENT}/1")]
    assert (shown == nothing) == (letter not in MAY["read"][place])


def newcomers(world, roles, kind="token"):
    """Somebody new in each role, with a secret; a stranger has none."""
    with db.transaction() as tx:
        people = {role: world.create_person(tx, role) for role in roles if role != "stranger"}
        found = {role: world.visitor(tx, person, kind=kind) for role, person in people.items()}
    return {role: found.get(role, ("", None)) for role in roles}


def victim(world, row):
    """Somebody to whom it is done, with what they have."""
    with db.transaction() as tx:
        person = world.create_person(tx, "owner" if "an owner" in row else "member")
        _, theirs = world.visitor(tx, person, kind="browser" if "sign-ins" in row else "token")
        id, secret = invites.issue(tx, "member", world.owner.person)
        room = world.room(tx, "private")["id"]
        names = {"private": room, "file": NO_FILE, **world.feed(tx, person, "a new one" in row)}
    [(handle,)] = db.execute("select handle from person where id = :id", id=person)
    path = theirs.sign_in if "somebody else's" in row else id if "invites" in row else person
    path = names["alert"] if "alerts" in row else path
    return {**names, "victim": person, "handle": handle, "invite": secret, "password": PASSWORD, "id": path}


def of_the_place(needed, role, scope):
    if role == "stranger" and scope != "anyone":
        return "sign_in"
    if isinstance(needed, dict):
        return needed.get(role, "ok")
    if needed.startswith("nobody"):
        return needed.removeprefix("nobody: ")
    return "ok" if ROLES.index(role) >= ROLES.index(needed) else "denied"


@pytest.mark.parametrize("row", table.PLACE_EVENTS)
def test_an_event_about_the_place(world, row):
    needed, payload = table.PLACE_EVENTS[row]
    event = table.act(row)
    people = newcomers(world, ROLES[1:])

    told = {role: code(send_event(visitor, event, fill_in(payload, victim(world, row))))
            for role, (_, visitor) in people.items()}

    assert told == {role: of_the_place(needed, role, "read") for role in people}


@pytest.mark.parametrize("row", table.PLACE_ROUTES)
def test_a_route_about_the_place(world, row):
    needed, payload = table.PLACE_ROUTES[row]
    method, rule = table.act(row).split(" ", 1)
    scope = api.operations[method, rule].scope
    people = newcomers(world, ROLES, "browser")

    def answer(secret):
        names = victim(world, row)
        return code(send_request(world, secret, method, rule, names, fill_in(payload, names)))

    told = {role: answer(secret) for role, (secret, _) in people.items()}

    assert told == {role: of_the_place(needed, role, scope) for role in people}


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize("at", sorted(api.operations), ids=" ".join)
def test_a_token_is_good_for_its_scope_and_nothing_more(world, at, scope):
    operation = api.operations[at]
    if operation.scope == "anyone":
        return
    with db.transaction() as tx:
        secret, visitor = world.visitor(tx, world.people["o"], scope)

    names = {"channel": "room:1", "emoji": "👍", "file": NO_FILE, "name": "a", "feed": "x", "symbol": "X",
             **dict.fromkeys(NUMBERS, ABSENT)}
    answer = send_request(world, secret, *at, names, {})

    refused = answer.status_code == 403 and "it needs the scope" in answer.json["error"]
    assert refused is not visitor.may(operation.scope)


@pytest.mark.parametrize("event", sorted(live.registry.handlers))
def test_an_event_asks_for_the_scope_of_a_token_too(world, event):
    with db.transaction() as tx:
        _, visitor = world.visitor(tx, world.people["o"], "read")

    answer = send_event(visitor, event, {"nonsense": 1})

    assert code(answer) == ("bad_input" if live.registry.handlers[event][2] == "read" else "denied")


@pytest.mark.parametrize("channel", [*CHANNELS, *table.NOWHERE])
def test_a_channel_that_is_no_room(world, channel):
    people = newcomers(world, ROLES[1:])
    names = victim(world, "")
    told, read, written = {}, {}, {}
    for role, (secret, visitor) in people.items():
        at = {"channel": fill_in(channel, {**names, "me": visitor.person})}
        told[role] = code(send_event(visitor, "subscribe", at))
        read[role] = code(send_request(world, secret, "GET", f"{table.CHANNEL}/entries", at, {}))
        written[role] = code(send_event(visitor, "post", {**at, "text": "x", "key": "k"}))

    least = CHANNELS.get(channel)
    may = {role: least is not None and ROLES.index(role) >= ROLES.index(least) for role in people}
    assert read == {role: "ok" if may[role] else "absent" for role in people}
    if channel:
        assert told == read
        assert written == {role: "denied" if may[role] else "absent" for role in people}


def test_no_event_and_no_route_is_without_a_row(world):
    events = {table.act(row) for row in [*table.EVENTS, *table.PLACE_EVENTS]}
    routes = {tuple(table.act(row).split(" ", 1)) for row in [*table.ROUTES, *table.PLACE_ROUTES]}
    served = {rule.rule for rule in world.app.flask.url_map.iter_rules()}

    assert events == set(live.registry.handlers)
    assert routes == set(api.operations)
    assert served == {rule for _, rule in routes} | set(table.APART)
    assert [rule for rule in table.APART if rule.startswith("/api/")] == []


def test_the_table_in_the_documents_is_this_one():
    page = table.PAGE.read_text(encoding="utf-8")

    assert page == table.written(page), "run bin/docs"
