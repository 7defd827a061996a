"""Whatever is sent is answered in words: every event and route, with what nobody would send, by all kinds of people.

Each starts from what would be right and is spoiled.  HUBBUB_FUZZ=500 tries 500 ways, other ones each time.
"""

import json
import logging
import os
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import db
from hubbub.web import api
from tests import access_table as table
from tests.access_workspace import ROLE_OF, AccessWorkspace, code, fill_in, send_event
from tests.running_app import HERE, PASSWORD, forget_guesses

WAYS = int(os.environ.get("HUBBUB_FUZZ", "0"))
WHO = ("s", "m", "r", "o")  # a stranger, a member, a room's admin, the owner
HUGE = "x" * 1_000_000
LONG = [0] * 10_000
EVENTS = {**table.EVENTS, **table.SERVER_EVENTS}
ROUTES = {**table.ROUTES, **table.SERVER_ROUTES}

deep = {}
for _ in range(40):
    deep = {"a": [deep]}
ODD = st.sampled_from([
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 2**64, 10**400, 1e308, -1e308,
    float("nan"), float("inf"), float("-inf"), "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\u202e", "\ufffe",
    "🎉" * 5000, "e\u0301" * 300, HUGE, b"", b"\x00\xff", [], {}, [[]], {"": ""}, {"__proto__": {"a": 1}}, deep, LONG,
    {str(n): n for n in range(2000)}, "room:1", "room:01", "room:0", "people:all", "audit:all", "user:1", "nothing:1",
    ":", "' or 1=1 --", "%' escape '", "_%!~\\", ":channel", "../../etc/passwd", "%00%2e%2e", "<b onclick=x>",
    "@room @here @all", "`" * 3000, "*" * 5000, "a:" * 3000, '"' * 999, "-" * 999, "1e5", "true", "null", "NaN"])
TEXT = st.text(st.characters(), max_size=50)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)
JUNK = ODD | JSON


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = AccessWorkspace(tmp_path_factory.mktemp("fuzz"))
    world.bystander = world.app.connect_member("bystander")
    world.bystander.call("subscribe", channel="room:1")
    yield world
    world.app.close()


@pytest.fixture(autouse=True)
def quiet(world, caplog):
    """In the end nothing broke, nothing odd stands in the log, and a bystander noticed nothing."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.records if record.name != "concurrent.futures"] == []
    world.bystander.events.clear()
    said = world.bystander.call("post", channel="room:1", text="still here", key=os.urandom(8).hex())
    assert "ok" in said
    assert "still here" in [entry["data"].get("text") for entry in world.bystander.received("message", 1)]


def spoiled(payload):
    """What would be right, with something odd in it, too much, too little, or instead of it."""
    if not isinstance(payload, dict):
        return JUNK
    one = st.sampled_from(sorted(payload)).flatmap(
        lambda name: JUNK.map(lambda odd: {**payload, name: odd})) if payload else JUNK
    inside = st.sampled_from(sorted(payload)).flatmap(
        lambda name: JUNK.map(lambda odd: {**payload, name: [odd, payload[name]]})) if payload else JUNK
    less = st.sampled_from(sorted(payload)).map(
        lambda gone: {name: value for name, value in payload.items() if name != gone}) if payload else JUNK
    more = st.tuples(st.text(max_size=9), JUNK).map(lambda pair: {**payload, pair[0]: pair[1]})
    every = st.fixed_dictionaries({name: JUNK for name in payload})
    return st.one_of(st.just(payload), one, one, inside, less, more, every, JUNK)


def tried(ways, strategy):
    options = {"max_examples": WAYS or ways, "derandomize": not WAYS}
    return lambda test: settings(**options, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
        given(strategy)(test))


def settled(world):
    """Everybody as they were, in a new room, with secrets that the last try did not end."""
    forget_guesses()
    with db.transaction() as tx:
        for letter, person in world.people.items():
            tx.execute("update person set banned = null, role = :role, password = :password where id = :id", id=person,
                       role=ROLE_OF.get(letter, "member"), password=None if letter in "vg" else world.password)
        at = world.room(tx, "public")
        secret = {letter: world.visitor(tx, world.people[letter]) for letter in WHO}
        at |= world.feed(tx, world.people["m"])
    return {**at, "victim": at["insider"], "private": 1, "invite": "nonsense", "handle": "ann", "password": PASSWORD,
            "me": world.people["m"]}, secret


@pytest.mark.parametrize("row", EVENTS)
def test_an_event_answers_any_input_with_a_reason(world, row):
    names, secrets = settled(world)
    right = fill_in(EVENTS[row][1], names)

    @tried(12, st.tuples(st.sampled_from(WHO), spoiled(right)))
    def sent(case):
        who, payload = case
        answer = send_event(secrets[who][1], table.subject(row), payload)
        assert "ok" in answer or answer["code"] != "broken"
        assert len(answer.get("error", "")) < 300

    sent()


def address(rule, names, odd):
    """The address of a route, with something odd in one of its places."""
    path = rule
    for name in ("channel", "emoji", "id", "seq", "root", "person", "document", "hook", "feed", "symbol", "topic",
                 "action"):
        said = str(odd.get(name, names.get(name, "")))[:3000]
        for form in (f"<{name}>", f"<int:{name}>"):
            path = path.replace(form, quote(said, safe="", errors="surrogatepass"))
    return path


def plain(payload):
    """What JSON can say of it."""
    return json.dumps(payload, default=lambda odd: odd.decode("latin-1")).encode("utf-8", "surrogatepass")


PLACES = st.fixed_dictionaries({}, optional=dict.fromkeys(("channel", "emoji", "id", "seq", "root", "person",
                                                           "document", "hook", "feed", "symbol", "topic"),
                                                          JUNK | st.sampled_from(["1", "room:1", "9" * 30, "-1"])))
HEADS = st.sampled_from(["application/json"] * 6 + ["text/plain", "", "application/jsonp", "\u00ff",
                                                    "application/json; charset=utf-7", "multipart/form-data; boundary"])


@pytest.mark.parametrize("row", ROUTES)
def test_a_route_answers_any_input_with_a_reason(world, row):
    names, secrets = settled(world)
    method, rule = table.subject(row).split(" ", 1)
    operation = api.operations[method, rule]
    right = fill_in(ROUTES[row][1] or {}, names)
    client = world.app.flask.test_client()

    @tried(8, st.tuples(st.sampled_from(WHO), spoiled(right), st.just({}) | PLACES, HEADS))
    def sent(case):
        who, payload, odd, kind = case
        forget_guesses()
        how = {"query_string": {str(name): str(value)[:3000] for name, value in payload.items()}
               } if operation.lax and isinstance(payload, dict) else {"data": plain(payload), "content_type": kind}
        try:
            said = client.open(address(rule, names, odd), method=method, environ_overrides=HERE, **how,
                               headers={"Authorization": f"Bearer {secrets[who][0]}"})
        except UnicodeEncodeError:
            return  # such an address cannot be sent
        assert said.status_code < 500 or said.json["code"] in ("busy", "not_saved")
        if said.status_code >= 400:
            assert code(said) != "ok" and len(said.json["error"]) < 300

    sent()
