"""The server's clock is set while it runs, an hour back or a day forward: order, acknowledgements and sign-ins stay."""

import time

import pytest

from tests.sender import LOBBY, Sender

JUMPS = {"an hour back": -3600.0, "a day on": 24 * 3600.0, "back to where it was": 0.0}


@pytest.fixture
def clock(monkeypatch):
    """`clock(seconds)` sets the clock off by so many seconds."""
    now = time.time
    return lambda off: monkeypatch.setattr(time, "time", lambda: now() + off)


def test_entries_keep_their_order_and_connections_stay_when_the_clock_is_set(app, clock):
    ann, bob = app.connect_member("ann"), app.connect_member("bob")
    bob.call("subscribe", channel=LOBBY)
    connected = app.flask.test_client().get("/healthz").json["connections"]

    said = [ann.call("post", channel=LOBBY, text="before", key="0")["ok"]]
    for jump, off in JUMPS.items():
        clock(off)
        said.append(ann.call("post", channel=LOBBY, text=jump, key=jump)["ok"])
        said.append(bob.call("post", channel=LOBBY, text=f"{jump}, I see", key=jump)["ok"])
    again = ann.call("post", channel=LOBBY, text="before", key="0")["ok"]
    received = [entry["seq"] for entry in bob.received("message", len(said))]
    page = ann.get(f"/api/channels/{LOBBY}/entries?after=0").json["entries"]

    seqs = [entry["seq"] for entry in page]
    assert (seqs, [seq for seq in seqs if seq in said]) == (list(range(1, len(page) + 1)), said)
    assert received[-len(said):] == said
    assert again == said[0]
    assert app.flask.test_client().get("/healthz").json["connections"] == connected
    missed = ann.call("resume", cursors={LOBBY: [said[2], "an hour back"]})
    assert "error" not in missed


@pytest.mark.parametrize("off", JUMPS.values(), ids=JUMPS)
def test_sign_ins_stay_valid_when_the_clock_is_set(app, clock, off):
    olga = app.set_up_owner()
    guest = Sender(app, *app.create_guest("ann"))
    token = olga.post("/api/tokens", name="script", scope="admin", days=30).json["secret"]

    clock(off)
    asked = [app.request("/api/tokens", secret, "GET").status_code for secret in (olga.token, guest.token, token)]
    later = app.connect_member("bob").call("post", channel=LOBBY, text="I am new", key="1")
    clock(0.0)
    again = [app.request("/api/tokens", secret, "GET").status_code for secret in (olga.token, guest.token, token)]

    assert (asked, again) == ([200] * 3, [200] * 3)
    assert "ok" in later


def test_the_newest_value_of_a_feed_is_the_last_that_arrived_whatever_the_clock_says(app, clock):
    olga = app.set_up_owner()
    tick = lambda value: olga.post("/api/feeds/prices/ticks", ticks=[{"symbol": "ACME", "value": value}])  # noqa: E731
    shown = []

    for value, off in enumerate([0.0, *JUMPS.values()]):
        clock(off)
        assert tick(value).status_code == 200
        shown.append(olga.get("/api/symbols/ACME").json["quote"]["value"])

    assert shown == [0, 1, 2, 3]


def test_an_upload_continues_when_the_clock_is_set(app, clock):
    ann = Sender(app, *app.create_guest("ann"))
    data = bytes(range(256)) * 1000
    id = ann.begin(data).json["id"]

    for at, off in zip(range(0, len(data), 64_000), JUMPS.values(), strict=False):
        clock(off)
        assert ann.put(id, at, data[at:at + 64_000]).json["received"] == at + 64_000
    file = ann.put(id, 192_000, data[192_000:]).json["file"]

    assert ann.load(file).data == data
