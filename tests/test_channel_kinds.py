"""Every event and route about one kind of channel is refused with a reason for channels of all other kinds."""

import itertools

import pytest

from tests.access_table import EVENTS, ROUTES, rule, subject
from tests.running_app import RunningApp, post

ANY_KIND = {"subscribe", "resume", "subscribe, to a document", "GET /api/channels/<channel>/entries",
            "GET /api/channels/<channel>/window"}
WITH_LEVELS = {"read", "level", "POST /api/channels/<channel>/read", "PUT /api/channels/<channel>/level"}  # rooms, docs
SHOWN = {"arrange": {"room", "doc", "feed"}}  # in the sidebar
numbers = itertools.count()


@pytest.fixture(scope="module")
def olga(tmp_path_factory):
    """The owner, who may read a channel of each kind: `olga.channels`; each has at least three entries."""
    app = RunningApp(tmp_path_factory.mktemp("kinds"))
    olga, bob = app.set_up_owner(), app.connect_member("bob")
    for number in range(4):
        olga.post("/api/feeds/f/ticks", ticks=[{"symbol": "ACME", "value": number}])
        post(bob, f"tea, @olga? {number}")
    document = olga.post("/api/documents", room="room:1", title="Plans", key="d").json["id"]
    for number in range(3):
        olga.request("PATCH", f"/api/documents/{document}", title=f"Plans {number}", key=str(number))
    olga.values = {"$message": 1, "$outsider": bob.person, "$insider": bob.person, "$me": olga.person}
    olga.channels = {"doc": f"doc:{document}", "room": "room:1", "feed": "feed:ACME", "inbox": f"inbox:{olga.person}",
                     "user": f"user:{olga.person}", "people": "people:all", "audit": "audit:all"}
    yield olga
    app.close()


def filled(value, values):
    if isinstance(value, dict):
        return {filled(name, values): filled(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    if value in ("$key", "$name"):
        return f"{value[1:]} {next(numbers)}"
    return values.get(value, value) if isinstance(value, str) else value


def names(row):
    """Return whether a row names its channel, and so may name one of any kind."""
    payload = str({**EVENTS, **ROUTES}[row][1])
    return "<channel>" in row or "$channel" in payload or "$doc" in payload


@pytest.mark.parametrize("row", [row for row in (*EVENTS, *ROUTES) if names(row)])
def test_a_channel_of_another_kind_is_refused_with_a_reason(olga, caplog, row):
    payload = {**EVENTS, **ROUTES}[row][1]
    own = {"doc"} if "$doc" in str(payload) else {"room"}
    allowed = set(olga.channels) if row in ANY_KIND else own | {"doc"} if row in WITH_LEVELS else SHOWN.get(row, own)

    wrong = {}
    for kind, channel in olga.channels.items():
        if kind in own:
            continue
        body = filled(payload, {**olga.values, "$channel": channel, "$doc": channel})
        code = code_of_event(olga, row, body) if row in EVENTS else code_of_route(olga, row, channel, body)
        if code not in (("ok",) if kind in allowed else ("bad_input", "denied", "not_found")):
            wrong[kind] = code

    assert wrong == {} and "failed" not in caplog.text


def code_of_event(olga, row, body):
    answer = olga.call(subject(row), **body)
    return "ok" if "ok" in answer else answer["code"]


def code_of_route(olga, row, channel, body):
    path = rule(row)
    for part, value in {"<channel>": channel, "<int:root>": "1", "<int:seq>": "1", "<emoji>": "👍"}.items():
        path = path.replace(part, value)
    method = row.partition(" ")[0]
    answer = olga.get(path) if method == "GET" else olga.request(method, path, **body)
    return "ok" if answer.status_code < 400 else answer.json["code"]
