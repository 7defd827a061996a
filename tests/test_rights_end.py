"""The end of a right on an open connection: expiry, revocation and switches, on both namespaces; and a new role."""

import time

import pytest
import socketio

from hubbub.core import bus, db, hub
from hubbub.people import model
from tests.running_app import PASSWORD, RunningApp
from tests.waiting import until

DAY = 24 * 3600


class Connected:
    """A client of one namespace."""

    def __init__(self, app, namespace, token=None):
        self.namespace, self.received = namespace, []
        self.client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        self.client.on("*", lambda event, data=None: self.received.append((event, data)), namespace=namespace)
        auth = {"token": token} if token else None
        self.client.connect(app.url, auth=auth, namespaces=[namespace], transports=["websocket"], wait_timeout=30)

    def speak(self):
        """Post to the Lobby; return the acknowledgement."""
        if self.namespace == "/":
            return self.client.call("message", "hello", namespace="/", timeout=30)
        payload = {"channel": "room:1", "text": "hello", "key": "1"}
        return self.client.call("post", payload, namespace="/live", timeout=30)

    def is_closed(self):
        return not self.client.connected or self.namespace not in self.client.namespaces


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A server with an owner, for all tests of this file."""
    app = RunningApp(tmp_path_factory.mktemp("rights"))
    app.set_up_owner()
    yield app
    app.close()


@pytest.fixture(params=["/live", "/"])
def namespace(request):
    return request.param


@pytest.fixture
def clock(app, monkeypatch):
    """`clock(seconds)` sets the server's clock forward."""
    return lambda seconds: monkeypatch.setattr(app.flask.node.clock, "now", lambda: time.time() + seconds)


counter = iter(range(100))


def create_member(app):
    person, secret = app.create_account(f"member{next(counter)}")
    return person, secret, app.request("/api/tokens", secret, name="t", scope="write", days=1).json


def is_refused(app, namespace, secret):
    try:
        Connected(app, namespace, secret).client.disconnect()
    except socketio.exceptions.ConnectionError:
        return True
    return False


@pytest.mark.parametrize(("kind", "after"), [("token", DAY + 1), ("browser", model.IDLE + 1),
                                             ("guest", model.IDLE + 1)])
def test_an_expired_secret_ends_its_open_connection(app, namespace, clock, kind, after):
    _, secret, token = create_member(app)
    secret = {"token": token["secret"], "browser": secret, "guest": app.create_guest("gus")[1]}[kind]
    ann = Connected(app, namespace, secret)

    clock(after)

    until(ann.is_closed)
    assert is_refused(app, namespace, secret)


def test_a_connection_reconnects_before_its_sign_in_ends_and_extends_it(app, namespace, clock):
    _, secret, _ = create_member(app)
    ann = Connected(app, namespace, secret)

    clock(model.IDLE - 60)

    until(ann.is_closed)
    assert not is_refused(app, namespace, secret)
    until(lambda: app.request("/api/sign-ins", secret, "GET").json[0]["last_used"] > time.time() + DAY)


SWITCHES = {
    "the sign-out": lambda app, person, secret, token: app.request("/api/sign-out", secret),
    "a ban": lambda app, person, secret, token: app.request(f"/api/people/{person}/ban", app.owner.token),
    "a ban at another node": lambda app, person, secret, token:
        app.flask.node.run(bus.handle, bus.Disconnected(person, "", "")),
    "a new password": lambda app, person, secret, token: app.request(
        "/api/password", token, old=PASSWORD, new="a better password"),
    "a reset password": lambda app, person, secret, token: app.request(
        "/api/join", password="a better password",
        secret=app.request(f"/api/people/{person}/reset", app.owner.token).json["url"].partition("#")[2]),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_end_of_a_sign_in_closes_its_connections(app, namespace, switch):
    person, secret, _ = create_member(app)
    admin_token = app.request("/api/tokens", secret, name="t", scope="admin").json["secret"]
    ann = Connected(app, namespace, secret)

    SWITCHES[switch](app, person, secret, admin_token)

    until(ann.is_closed)


def test_a_revoked_token_closes_its_connection(app, namespace):
    _, secret, token = create_member(app)
    script = Connected(app, namespace, token["secret"])

    app.request(f"/api/tokens/{token['id']}", secret, "DELETE")

    until(script.is_closed)


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["here", "at another node"])
@pytest.mark.parametrize("speaks", [False, True], ids=["listener", "speaker"])
def test_strangers_are_disconnected_when_guests_are_switched_off(app, namespace, speaks, is_elsewhere):
    app.request("/api/settings", app.owner.token, "PATCH", guests=True)
    stranger, member = Connected(app, namespace), Connected(app, namespace, app.owner.token)
    if speaks:
        stranger.speak()

    if is_elsewhere:
        app.flask.node.run(switch_guests_off_silently)
        app.flask.node.run(bus.handle, bus.SettingsChanged())
    else:
        app.request("/api/settings", app.owner.token, "PATCH", guests=False)

    until(stranger.is_closed)
    assert not member.is_closed()
    assert is_refused(app, namespace, None)


def test_guests_without_an_account_are_out_while_guests_are_switched_off_and_then_the_same_again(app, namespace):
    person, secret = app.create_guest("gus")
    invited = Connected(app, namespace, app.create_account(f"invited{next(counter)}", "guest")[1])
    guest = Connected(app, namespace, secret)
    before = guest.speak()

    app.request("/api/settings", app.owner.token, "PATCH", guests=False)
    until(guest.is_closed)
    refused = is_refused(app, namespace, secret), app.request("/api/people", secret, "GET").status_code
    app.request("/api/settings", app.owner.token, "PATCH", guests=True)

    assert before and refused == (True, 401)
    assert not invited.is_closed() and invited.speak()
    assert app.request("/api/people", secret, "GET").status_code == 200
    assert Connected(app, namespace, secret).speak()
    assert app.request("/api/me", secret, "PATCH", name="Gus").json["id"] == person


def test_a_guest_who_joins_with_an_invite_while_guests_are_off_keeps_the_person(app):
    person, secret = app.create_guest("gus")
    invite = app.create_invite("guest")
    app.request("/api/settings", app.owner.token, "PATCH", guests=False)

    body = {"secret": invite, "name": "Gus", "handle": f"gus{next(counter)}", "password": PASSWORD}
    answer = app.request("/api/join", secret, **body).json

    assert (answer["person"]["id"], answer["person"]["role"]) == (person, "guest")
    assert app.request("/api/people", answer["token"], "GET").status_code == 200


def switch_guests_off_silently():
    """Change the setting as another node would, without this node's announcement."""
    with db.transaction() as tx:
        tx.execute("update setting set value = '{\"guests\":false}' where name = 'people'")


def test_a_new_role_counts_at_once_and_ends_no_session(app):
    ann = app.connect_member("ann")
    tokens = [ann.post("/api/tokens", name="t", scope=scope).json["secret"] for scope in ("write", "admin")]
    script = Connected(app, "/live", tokens[1])

    app.request(f"/api/people/{ann.person}", app.owner.token, "PATCH", role="admin")
    as_admin = ann.get("/api/settings").status_code, "ok" in ann.call("subscribe", channel="audit:all")
    until(script.is_closed)
    statuses = [app.request("/api/people", token, "GET").status_code for token in tokens]
    app.request(f"/api/people/{ann.person}", app.owner.token, "PATCH", role="member")
    until(lambda: ann.person not in readers("audit:all"))
    received_before = len(ann.received("audit"))
    app.request("/api/settings", app.owner.token, "PATCH", guests=False)
    as_member = ann.get("/api/settings").status_code, ann.call("subscribe", channel="audit:all")["code"]

    assert (as_admin, as_member) == ((200, True), (403, "not_found"))
    assert statuses == [200, 401]
    late = [entry["data"]["action"] for entry in ann.received("audit")[received_before:]]
    assert late in ([], ["role_changed"]) and ann.client.connected  # her own demotion may have been under way


def readers(channel):
    return {peer.person for peer, channels in hub.state().joined.items() if channel in channels}
