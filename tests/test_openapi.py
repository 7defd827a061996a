"""The OpenAPI document: it names every operation, says what it takes and answers, and the server keeps to it."""

import json
import logging

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hubbub import limits
from hubbub.core import access
from hubbub.people import guesses
from hubbub.web import api, openapi
from tests.access_workspace import KNOWN
from tests.running_app import HERE, RunningApp

schemathesis.openapi  # noqa: B018  (registers its checks)
EXAMPLES = 8  # of each operation, by each caller

# What schemathesis asks that this API answers otherwise, on purpose.
NOT_ASKED = {
    "positive_data_acceptance": "names, handles, links and rooms have rules that no schema can say",
}


class Callers:
    """A place with an owner, a member and a stranger; the secrets that each comes with."""

    def __init__(self, folder):
        self.app = RunningApp(folder)
        owner = self.app.set_up_owner()
        _, member = self.app.create_account("mia")
        owner.post("/api/channels/room:1/entries", text="hello", key="k")
        self.secrets = {"stranger": "", "member": member, "owner": owner.token}

    def headers(self, who):
        secret = self.secrets[who]
        return {"Host": "127.0.0.1", "Accept-Encoding": "identity", "Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def callers(tmp_path_factory):
    callers = Callers(tmp_path_factory.mktemp("openapi"))
    yield callers
    callers.app.close()


@pytest.fixture(scope="module")
def schema(callers):
    """The document, but for tuples: schemathesis 4.32 rewrites `prefixItems` into what it then finds invalid."""
    schema = schemathesis.openapi.from_dict(loosened(callers.app.http.get("/api/openapi.json").json))
    schema.app = callers.app.flask
    return schema


def loosened(part):
    if isinstance(part, dict):
        exact = {"prefixItems", "items"} if "prefixItems" in part else ()
        return {name: loosened(inner) for name, inner in part.items() if name not in exact}
    return [loosened(inner) for inner in part] if isinstance(part, list) else part


@pytest.fixture(autouse=True)
def only_channels_of_the_product(monkeypatch):
    """Remove the kinds of channel that other tests of this process registered."""
    for kind in ("club", "page"):
        monkeypatch.delitem(access._rules, kind, raising=False)


def test_anyone_may_read_the_document_and_it_names_every_operation(callers):
    said = callers.app.http.get("/api/openapi.json", environ_overrides=HERE)

    named = {(method.upper(), path) for path, methods in said.json["paths"].items() for method in methods}
    assert named == {(method, openapi.address(rule)) for method, rule in api.operations}
    assert said.json == json.loads(json.dumps(openapi.document()))


def test_the_document_is_a_valid_one(schema):
    schema.validate()


@pytest.mark.parametrize("at", sorted(api.operations), ids=" ".join)
def test_an_operation_is_described(at):
    method, rule = at
    said = openapi.document()["paths"][openapi.address(rule)][method.lower()]

    assert said["summary"] and said["tags"]
    assert said["x-scope"] in ("anyone", *access.SCOPES)
    assert ({} in said["security"]) == (said["x-scope"] == "anyone")
    status, answer = next(iter(said["responses"].items()))
    assert (status == "204") == ("content" not in answer), "a JSON answer needs a type: say returns=… in api.route"


@pytest.mark.parametrize("who", ["stranger", "member", "owner"])
@pytest.mark.parametrize("at", sorted(api.operations), ids=" ".join)
def test_the_server_keeps_to_the_document(callers, schema, caplog, at, who):
    method, rule = at
    operation = schema[openapi.address(rule)][method]
    excluded = [getattr(schemathesis.checks, name, None) or schemathesis.checks.CHECKS.get_one(name)
                for name in NOT_ASKED]
    if rule == "/api/sign-out" and who != "stranger":
        return  # it would end the caller's own way in

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def asked(case, is_known):
        guesses.state.forget()
        limits.state.forget()
        if is_known:
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        case.call_and_validate(headers=callers.headers(who), excluded_checks=excluded)

    with caplog.at_level(logging.ERROR):
        asked()

    assert "Traceback" not in caplog.text
