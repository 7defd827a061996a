"""Feeds: a tick counts once, everyone sees the newest value, and invalid ticks are refused with a reason."""

import time
from urllib.parse import quote

import pytest

from hubbub.core import db, latest
from hubbub.core.access import Refused
from hubbub.feeds import alerts, candles, market, model, newest
from tests.running_app import HERE
from tests.waiting import until


@pytest.fixture
def ann(any_app, olga):
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, olga):
    return any_app.connect_member("bob")


def publish(who, *ticks, feed="prices", **more):
    return who.post(f"/api/feeds/{feed}/ticks", ticks=list(ticks), **more)


def tick(symbol="ACME", value=184.22, **more):
    return {"symbol": symbol, "value": value, **more}


def value(who, symbol="ACME"):
    quote = who.get(f"/api/symbols/{symbol}").json["quote"]
    return quote and quote["value"]


def test_a_tick_sets_the_newest_value_for_everyone(ann, bob):
    answer = publish(ann, tick(value=180), tick(value=184.22))

    assert answer.json == {"n": 2, "accepted": 2}
    assert value(bob) == 184.22
    [symbol] = bob.get("/api/feeds").json["symbols"]
    assert (symbol["name"], symbol["feed"], symbol["demo"]) == ("ACME", "prices", False)
    assert symbol["sparkline"] == [180, 184.22]
    assert symbol["quote"]["open"] == 180 and symbol["quote"]["high"] == 184.22


def test_symbols_of_exchanges_and_of_metrics_are_stored_as_sent(ann, bob):
    for name in ("0700.HK", "EUR/USD", "^GSPC", "queue.depth", "es=F", "BTC-USD", "a:b", "x" * 64):
        publish(ann, tick(symbol=name, value=1.08456))
        ann.post("/api/alerts", symbol=name, level=1.085, direction="above")
        publish(ann, tick(symbol=name, value=1.2e-7), tick(symbol=name, value=123456789012.0))

        path = quote(name, safe="")
        assert bob.get(f"/api/symbols/{path}").json["name"] == name
        [candle] = bob.get(f"/api/symbols/{path}/candles").json["candles"]
        assert candle[1:] == [1.08456, 123456789012.0, 1.2e-7, 123456789012.0], name
        assert bob.call("watch", symbols=[name], rate=100)["ok"]["values"][name]["low"] == 1.2e-7
        assert ann.app.flask.test_client().get(f"/feed/{path}", environ_overrides=HERE).status_code == 200, name
        ann.call("post", channel="room:1", text=f"see ${name}, now", key=name)
        [item] = ann.get("/api/channels/room:1/window").json["items"][-1:]
        assert list(item["quotes"]) == [name]
        [notification] = ann.get(f"/api/channels/inbox:{ann.person}/window").json["items"][-1:]
        assert notification["text"] == f"{name} crossed above 1.085: 123456789012"
        assert notification["url"] == f"/feed/{path}"

    assert len(ann.get(f"/api/channels/inbox:{ann.person}/window").json["items"]) == 8


@pytest.mark.parametrize("sent, shown", [
    (184.0, "184"), (1.085, "1.085"), (1234567.123456, "1234567.123456"), (1234567890123.45, "1234567890123.45"),
    (97.13333333333334, "97.1333333333"), (0.1 + 0.2, "0.3"), (-1.2e-7, "-0.00000012"), (1e21, "1" + "0" * 21),
])
def test_an_alert_shows_the_digits_that_were_sent(sent, shown):
    assert alerts.decimal(sent) == shown


def test_watching_returns_the_current_values_and_then_sends_changes(ann, bob):
    publish(ann, tick(value=180))
    first = bob.call("watch", symbols=["ACME", "NOPE", "acme"], rate=100)["ok"]
    publish(ann, tick(value=181))
    [frame] = bob.received("latest", 1)

    assert {name: quote["value"] for name, quote in first["values"].items()} == {"ACME": 180}
    assert frame["values"]["ACME"]["value"] == 181 and frame["version"] > first["version"]


def test_the_next_frame_waits_for_the_acknowledgement_and_holds_the_newest_value(ann, bob):
    publish(ann, tick(value=0))
    bob.call("watch", symbols=["ACME"], rate=100)
    publish(ann, tick(value=1))
    [first] = bob.received("latest", 1)
    for price in range(2, 40):
        publish(ann, tick(value=price))
    assert len(bob.received("latest")) == 1

    bob.call("ack_latest", version=first["version"])

    until(lambda: len(bob.received("latest")) == 2)
    assert bob.received("latest")[1]["values"]["ACME"]["value"] == 39


def test_a_watch_ends_with_the_connection_or_an_empty_list(ann, bob):
    publish(ann, tick())
    bob.call("watch", symbols=["ACME"], rate=250)
    assert latest.is_watched(["ACME"])

    bob.client.disconnect()

    until(lambda: not latest.is_watched(["ACME"]))
    ann.call("watch", symbols=["ACME"], rate=250)
    ann.call("watch", symbols=[], rate=250)
    assert not latest.is_watched(["ACME"])


def test_a_batch_sent_again_counts_once(ann):
    batch = [tick(value=price, n=price) for price in (1, 2, 3)]

    answers = [publish(ann, *batch).json for _ in range(3)]
    more = publish(ann, *batch[1:], tick(value=4, n=4)).json

    assert answers == [{"n": 3, "accepted": 3}, {"n": 3, "accepted": 0}, {"n": 3, "accepted": 0}]
    assert more == {"n": 4, "accepted": 1}
    assert db.execute("select ticks from candle where resolution = 86400") == [(4,)]
    assert ann.get("/api/feeds/prices").json["n"] == 4


def test_a_gap_in_the_tick_numbers_is_refused_with_the_expected_number(ann):
    publish(ann, tick(n=1))

    answer = publish(ann, tick(n=2, value=5), tick(n=4, value=6))

    assert answer.json == Refused(
        "error.tick_number", "bad_input", feed="prices", expected=3, number=4).payload
    assert value(ann) == 184.22


INVALID_TICKS = [
    {"value": float("nan")}, {"value": 1e308}, {"value": -2e15}, {"value": "184"}, {"value": None}, {"symbol": "a b"},
    {"symbol": ""}, {"symbol": "A" * 65}, {"symbol": "ACME "}, {"symbol": "A."}, {"symbol": "-A"}, {"symbol": 1},
    {"symbol": "ＡＣＭＥ"}, {"symbol": "A\n"}, {"at": -1}, {"at": 1e18}, {"at": "now"}, {"n": 0.5}, {"n": 2**54},
    {"volume": 3}]


def test_an_invalid_tick_is_refused_with_its_whole_batch(ann):
    for invalid in INVALID_TICKS:
        answer = publish(ann, tick(value=1), tick() | invalid)
        assert (answer.status_code, answer.json.get("code")) == (400, "bad_input"), invalid

    assert ann.get("/api/feeds").json == {"feeds": [], "symbols": []}


def test_a_batch_has_1_to_1000_ticks(ann):
    for ticks in ([], [tick()] * 1001, "x", None, [1]):
        answer = ann.post("/api/feeds/prices/ticks", ticks=ticks)
        assert answer.json.get("code") == "bad_input", str(ticks)[:100]

    assert ann.get("/api/feeds").json == {"feeds": [], "symbols": []}


def test_a_tick_from_the_future_is_refused(ann):
    assert publish(ann, tick(at=time.time() + 3600)).json["code"] == "bad_input"
    assert publish(ann, tick(at=time.time() + 30)).json["accepted"] == 1


def test_a_late_tick_changes_its_candle_but_not_the_newest_value(ann):
    now = time.time()
    publish(ann, tick(value=100, at=now), tick(value=300, at=now - 3 * 86400))

    assert value(ann) == 100
    days = ann.get("/api/symbols/ACME/candles?resolution=86400").json["candles"]
    assert [candle[1:] for candle in days] == [[300.0] * 4, [100.0] * 4]


def test_only_the_owner_and_admins_publish_to_a_feed(olga, ann, bob):
    publish(ann, tick())

    assert publish(bob, tick(value=1)).json == Refused("error.other_feed", "denied", feed="prices").payload
    assert publish(bob, tick(value=1), feed="other").json == Refused(
        "error.symbol_taken", "conflict", symbol="ACME", feed="prices").payload
    assert bob.request("DELETE", "/api/feeds/prices").json["code"] == "denied"
    assert publish(olga, tick(value=2)).json["accepted"] == 1
    assert value(bob) == 2


def test_a_guest_can_watch_but_not_publish(any_app, ann):
    gil = any_app.connect_guest("gil")
    publish(ann, tick())

    assert publish(gil, tick(), feed="mine").json["code"] == "denied"
    assert gil.post("/api/market").json["code"] == "denied"
    assert gil.call("watch", symbols=["ACME"], rate=100)["ok"]["values"]["ACME"]["value"] == 184.22


def test_an_invalid_feed_name_is_refused(ann):
    for name in ("Prices", "a b", "-x", "x" * 33, "ü"):
        assert publish(ann, tick(), feed=name).json.get("code") == "bad_input", name

    assert ann.get("/api/feeds").json == {"feeds": [], "symbols": []}


def test_deleting_a_feed_deletes_its_symbols_candles_and_alerts(ann, bob):
    publish(ann, tick())
    ann.post("/api/alerts", symbol="ACME", level=1, direction="above")

    assert ann.request("DELETE", "/api/feeds/prices").status_code == 200

    assert ann.get("/api/feeds").json == {"feeds": [], "symbols": []}
    assert latest.value("ACME") is None
    assert [db.execute(f"select count(*) from {table}") for table in ("candle", "alert", "symbol")] == [[(0,)]] * 3
    assert publish(bob, tick(), feed="mine").json["accepted"] == 1


def test_the_last_values_survive_a_restart(ann, bob):
    publish(ann, tick(value=180), tick("TEA", 3))
    latest.state.forget()
    assert latest.value("ACME") is None

    newest.start()

    assert latest.value("ACME")["value"] == 180 and latest.value("TEA")["open"] == 3
    assert bob.call("watch", symbols=["TEA"], rate=100)["ok"]["values"]["TEA"]["value"] == 3


def test_a_symbol_channel_has_a_window_but_no_entries(ann, bob):
    publish(ann, tick())

    assert bob.call("subscribe", channel="feed:ACME") == {"ok": {"head": 0}}
    assert bob.get("/api/channels/feed:ACME/window").json["quote"]["value"] == 184.22
    assert bob.get("/api/channels/feed:ACME/entries").json == {"entries": [], "head": 0}
    assert bob.call("post", channel="feed:ACME", text="buy", key="k")["code"] == "denied"
    assert bob.call("subscribe", channel="feed:NOPE")["code"] == "not_found"


def test_candles_are_paged(ann):
    now = time.time() // 60 * 60
    publish(ann, *(tick(value=n, at=now - 60 * (10 - n)) for n in range(10)))

    newest = ann.get("/api/symbols/ACME/candles?limit=3").json["candles"]
    before = ann.get(f"/api/symbols/ACME/candles?limit=3&before={newest[0][0]}").json["candles"]

    assert [candle[4] for candle in (*before, *newest)] == [4, 5, 6, 7, 8, 9]


def test_a_message_keeps_the_quotes_of_its_time(ann, bob):
    publish(ann, tick(value=184.22))
    seq = bob.call("post", channel="room:1", text="$ACME is up, $NOPE not, `$ACME` neither, US$ACME", key="k")["ok"]
    publish(ann, tick(value=99))

    [item] = [item for item in bob.get("/api/channels/room:1/window").json["items"] if item["seq"] == seq]
    assert {name: stamp["value"] for name, stamp in item["quotes"].items()} == {"ACME": 184.22}


def test_the_demo_market_has_a_history_and_is_marked_as_demo(ann):
    feed = ann.post("/api/market").json

    assert (feed["name"], feed["demo"], feed["created_by"]) == ("demo", True, 0)
    symbols = ann.get("/api/feeds").json["symbols"]
    assert {symbol["name"] for symbol in symbols} == set(market.SYMBOLS)
    assert all(symbol["demo"] and len(symbol["sparkline"]) > 30 and symbol["title"] for symbol in symbols)
    assert len(ann.get("/api/symbols/ACME/candles?resolution=86400").json["candles"]) >= market.DAYS


def test_the_demo_market_moves_only_while_it_is_watched(monkeypatch, ann):
    monkeypatch.setattr(market, "BEAT", 0.01)
    steps, step = [], market.step
    monkeypatch.setattr(market, "step", lambda: (steps.append(1), step()))
    ann.post("/api/market")
    ann.post("/api/market")
    before = model.require_feed(db, "demo").n
    steps_unwatched = len(steps)

    ann.call("watch", symbols=["ACME"], rate=100)
    until(lambda: len(steps) > 3)
    ann.call("watch", symbols=[], rate=100)

    assert steps_unwatched == 0 and model.require_feed(db, "demo").n > before
    steps_watched = len(steps)
    until(lambda: not latest.is_watched(market.SYMBOLS))
    assert len(steps) <= steps_watched + 1


def test_the_demo_market_continues_after_a_restart(monkeypatch, ann):
    monkeypatch.setattr(market, "BEAT", 0.01)
    ann.post("/api/market")
    market.stop()
    latest.state.forget()

    newest.start()
    before = ann.call("watch", symbols=list(market.SYMBOLS), rate=100)["ok"]["values"]

    [frame] = ann.received("latest", 1)
    assert set(frame["values"]) <= set(before) == set(market.SYMBOLS)


def test_nobody_can_publish_to_the_demo_market(olga, ann):
    ann.post("/api/market")

    assert publish(olga, tick(value=1), feed="demo").json["code"] == "denied"
    assert ann.request("DELETE", "/api/feeds/demo").json["code"] == "denied"
    assert olga.request("DELETE", "/api/feeds/demo").status_code == 200
    assert ann.get("/api/feeds").json["symbols"] == []


def test_the_demo_market_does_not_take_an_existing_symbol(ann):
    publish(ann, tick("TEA", 1))

    assert ann.post("/api/market").json == Refused(
        "error.symbol_taken", "conflict", symbol="TEA", feed="prices").payload


def test_candles_exist_for_minutes_and_days():
    assert candles.RESOLUTIONS == (60, 86400)


def test_symbols_are_found_by_name_first_then_by_a_word_of_the_title(ann, bob):
    publish(ann, *(tick(symbol, 1.5) for symbol in ("MACME", "ZED", "ACME")))
    with db.transaction() as tx:
        tx.execute("update symbol set title = 'The Acme of Zürich' where name = 'ZED'")
    names = lambda q: [one["name"] for one in bob.get(f"/api/symbols?q={q}").json]  # noqa: E731

    assert names("acm") == ["ACME", "ZED", "MACME"] and names("zur") == ["ZED"] and names("rich") == []
    assert bob.get("/api/symbols?q=acme&limit=1").json[0]["quote"]["value"] == 1.5
