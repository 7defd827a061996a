"""The end of a right at one node reaches the open connections at another, by the bus or, while it is away, without."""

import pytest

from hubbub.core import hub
from tests.running_app import PASSWORD
from tests.running_cluster import RunningCluster
from tests.test_rights_end import Connected
from tests.waiting import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two nodes with an owner, for all tests of this file."""
    with RunningCluster(tmp_path_factory.mktemp("security")) as cluster:
        cluster.apps[0].set_up_owner()
        yield cluster


@pytest.fixture(params=["by the bus", "without the bus"])
def nodes(cluster, request):
    """Both nodes, perhaps cut off from each other."""
    if request.param == "without the bus":
        for app in cluster.apps:
            cluster.network.cut_off(app.flask.node)
    yield cluster.apps
    cluster.network.heal()


numbers = iter(range(100))


def member(app):
    """Create an account; return its id, its secret and a token of its."""
    person, secret = app.create_account(f"member{next(numbers)}")
    return person, secret, app.request("/api/tokens", secret, name="t", scope="write").json


@pytest.mark.parametrize("namespace", ["/live", "/"])
@pytest.mark.parametrize("switch", ["sign-out", "ban", "password", "revoked token", "guests off"])
def test_connections_at_the_other_node_close(nodes, namespace, switch):
    a, b = nodes
    person, secret, token = member(a)
    if switch == "guests off":
        secret = a.create_guest("gus")[1]
    connection = Connected(b, namespace, token["secret"] if switch == "revoked token" else secret)
    spared = Connected(b, namespace, a.owner.token)

    if switch == "sign-out":
        a.request("/api/sign-out", secret)
    elif switch == "ban":
        a.request(f"/api/people/{person}/ban", a.owner.token)
    elif switch == "password":
        handle = a.request("/api/me", secret, "PATCH").json["handle"]
        other = a.request("/api/sign-in", handle=handle, password=PASSWORD).json["token"]
        a.request("/api/password", other, old=PASSWORD, new="a better password")
    elif switch == "revoked token":
        a.request(f"/api/tokens/{token['id']}", secret, "DELETE")
    else:
        a.request("/api/settings", a.owner.token, "PATCH", guests=False)

    until(connection.is_closed)
    assert not spared.is_closed()
    spared.client.disconnect()


@pytest.mark.parametrize("switch", ["kick", "role"])
def test_a_person_stops_reading_at_the_other_node(nodes, switch):
    a, b = nodes
    person, secret, _ = member(a)
    if switch == "role":
        a.request(f"/api/people/{person}", a.owner.token, "PATCH", role="admin")
        channel = "audit:all"
    else:
        made = a.owner.call("create_room", name=f"Secret {person}", kind="private", people=[person], key=f"{person}")
        channel = made["ok"]["channel"]
    ann = b.connect(person, secret)
    assert "ok" in ann.call("subscribe", channel=channel)

    if switch == "role":
        a.request(f"/api/people/{person}", a.owner.token, "PATCH", role="member")
    else:
        a.owner.call("kick", channel=channel, person=person, key=f"kick {person}")

    until(lambda: person not in readers(b, channel))
    assert ann.call("subscribe", channel=channel)["code"] == "not_found"


def readers(app, channel):
    return {peer.person for peer, channels in app.flask.node.run(hub.state).joined.items() if channel in channels}
