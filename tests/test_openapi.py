"""The OpenAPI document names every operation, describes its request and response, and the server conforms to it."""

import itertools
import json
import logging

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hubbub import limits
from hubbub.core import access
from hubbub.web import api, openapi
from tests.access_workspace import KNOWN
from tests.running_app import HERE, RunningApp, forget_guesses

schemathesis.openapi  # noqa: B018  (registers its checks)
EXAMPLES = 6  # of each operation, each sent by the owner, and by a member or a stranger

ENDLESS = {("GET", "/api/channels/<path:channel>/tail")}  # test_tail.py sends it hostile input

# Checks of schemathesis that this API does not pass, on purpose, or that are made elsewhere.
EXCLUDED = {
    "positive_data_acceptance": "names, handles, links and rooms have rules that no schema can say",
    "ignored_auth": "test_access.py sends every route without a secret and with a wrong one",
}


class Callers:
    """A workspace with an owner, a member and a stranger, and their tokens."""

    def __init__(self, folder):
        self.app = RunningApp(folder)
        owner = self.app.set_up_owner()
        _, member = self.app.create_account("mia")
        owner.post("/api/channels/room:1/entries", text="hello", key="k")
        self.tokens = {"stranger": "", "member": member, "owner": owner.token}

    def headers(self, who):
        token = self.tokens[who]
        return {"Host": "127.0.0.1", "Accept-Encoding": "identity", "Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def callers(tmp_path_factory):
    callers = Callers(tmp_path_factory.mktemp("openapi"))
    yield callers
    callers.app.close()


@pytest.fixture(scope="module")
def schema(callers):
    """The document without tuples: schemathesis 4.32 rewrites `prefixItems` into a schema that it finds invalid."""
    schema = schemathesis.openapi.from_dict(without_tuples(callers.app.http.get("/api/openapi.json").json))
    schema.app = callers.app.flask
    return schema


def without_tuples(part):
    if isinstance(part, dict):
        exact = {"prefixItems", "items"} if "prefixItems" in part else ()
        return {name: without_tuples(inner) for name, inner in part.items() if name not in exact}
    return [without_tuples(inner) for inner in part] if isinstance(part, list) else part


@pytest.fixture(autouse=True)
def only_channels_of_the_product(monkeypatch):
    """Remove the kinds of channel that other tests of this process registered."""
    for kind in ("club", "page"):
        monkeypatch.delitem(access._rules, kind, raising=False)


def test_anyone_may_read_the_document_and_it_names_every_operation(callers):
    response = callers.app.http.get("/api/openapi.json", environ_overrides=HERE)

    named = {(method.upper(), path) for path, methods in response.json["paths"].items() for method in methods}
    routes = {(method, openapi.address(rule.rule)) for rule in callers.app.flask.url_map.iter_rules()
              if rule.rule.startswith(("/api/", "/hooks/", "/notify")) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert named == routes | {(method, openapi.address(rule)) for method, rule in api.operations}
    assert response.json == json.loads(json.dumps(openapi.document()))
    tail = response.json["paths"]["/api/channels/{channel}/tail"]["get"]["responses"]["200"]
    assert list(tail["content"]) == ["text/event-stream"]


def test_the_document_is_valid(schema):
    schema.validate()


@pytest.mark.parametrize("operation", sorted(api.operations), ids=" ".join)
def test_an_operation_is_described(callers, operation):
    method, rule = operation
    described = openapi.document()["paths"][openapi.address(rule)][method.lower()]

    assert described["summary"] and described["tags"]
    assert described["x-scope"] in ("anyone", *access.SCOPES)
    assert ({} in described["security"]) == (described["x-scope"] == "anyone")
    status, response = next(iter(described["responses"].items()))
    assert (status == "204") == ("content" not in response), "a JSON answer needs a type: say returns=… in api.route"


@pytest.mark.parametrize("at", sorted(set(api.operations) - ENDLESS), ids=" ".join)
def test_the_server_conforms_to_the_document(callers, schema, caplog, at):
    method, rule = at
    operation = schema[openapi.address(rule)][method]
    excluded = [getattr(schemathesis.checks, name, None) or schemathesis.checks.CHECKS.get_one(name)
                for name in EXCLUDED]
    others = itertools.cycle(["member", "stranger"])

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def send(case, is_known):
        if is_known:
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        forget_guesses()
        limits.state.forget()
        # A sign-out would end the sender's own session.
        for who in ["stranger"] if rule == "/api/sign-out" else ["owner", next(others)]:
            case.call_and_validate(headers=callers.headers(who), excluded_checks=excluded)

    with caplog.at_level(logging.ERROR):
        send()

    assert "Traceback" not in caplog.text
