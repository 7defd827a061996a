"""Feeds in a browser: the demo market, live values, charts, alerts, and chips in messages."""

import time

import pytest
from conftest import PHONE, eventually
from test_notifications import Team, come_back, cut_off, number


@pytest.fixture
def team(server, visit):
    return Team(server, visit)


def tick(team, value, symbol="ACME", **more):
    team.ask("olga", "/api/feeds/prices/ticks", {"ticks": [{"symbol": symbol, "value": value, **more}]})


def value(person, symbol="ACME"):
    return person.find(".quote-row", has_text=symbol).locator(".value").inner_text()


@pytest.mark.fresh
def test_the_demo_market_starts_with_one_click_and_is_labelled_as_demo(team):
    ann = team.at("ann", "/feeds")
    ann.page.get_by_role("button", name="Start the demo market").click()

    eventually(lambda: ann.find(".quote-row").count() == 8)
    assert ann.find(".made-up").inner_text() == "Demo: made-up values"
    before = ann.find(".quotes .value").all_inner_texts()
    eventually(lambda: ann.find(".quotes .value").all_inner_texts() != before)
    assert ann.find(".spark polyline").count() == 8


@pytest.mark.fresh
def test_published_values_update_on_every_page(team):
    tick(team, 180)
    for symbol, price in (("FROST", -5), ("FROST", -4), ("DUST", 0.0000123)):
        tick(team, price, symbol)
    ann, olga = team.at("ann", "/feeds", locale="en-US"), team.at("olga", "/feed/ACME")
    eventually(lambda: [value(ann, name) for name in ("ACME", "FROST", "DUST")] == ["180.00", "-4.00", "0.0000123"])
    assert "+1.00 +20.00%" in ann.find(".quote-row", has_text="FROST").locator(".change").inner_text()
    eventually(lambda: "to 180.00" in olga.find(".plot").get_attribute("aria-label"))

    tick(team, 184.22)

    eventually(lambda: value(ann) == "184.22")
    acme = ann.find(".quote-row", has_text="ACME")
    assert "+4.22" in acme.locator(".change").inner_text()
    assert acme.locator(".spark.up").count() == 1
    tick(team, 178)  # below the beginning of the line, and so are the line and the change
    eventually(lambda: "−2.00" in acme.locator(".change").inner_text() and acme.locator(".spark.down").count() == 1)
    tick(team, 184.22)
    eventually(lambda: "to 184.22" in olga.find(".plot").get_attribute("aria-label"))
    assert olga.find(".plot canvas").count() == 1

    cut_off(ann)
    for price in range(2, 9):
        tick(team, price)
    come_back(ann)
    eventually(lambda: value(ann) == "8.00")


@pytest.mark.fresh
def test_a_chart_is_accessible_by_keyboard_and_as_a_table_which_stays_complete_minute_by_minute(team):
    minute = time.time() // 60 * 60 - 300
    for price in (180, 190, 170):
        tick(team, price, at=minute)
    ann = team.at("ann", "/feed/ACME")
    ann.page.get_by_text("Candles", exact=True).click()
    eventually(lambda: "between 170.00 and 190.00" in ann.find(".plot").get_attribute("aria-label"))
    ann.find(".chart").focus()
    said = "open 180.00, high 190.00, low 170.00, close 170.00"

    def at_the_end():
        ann.page.keyboard.press("End")
        return said in ann.find(".chart output").text_content()

    eventually(at_the_end)
    assert "High 190.00" in " ".join(ann.find(".readout").inner_text().split())
    ann.page.get_by_text("Table", exact=True).click()
    first = ["180.00", "190.00", "170.00", "170.00"]
    eventually(lambda: ann.find(".candle-table tbody td").all_inner_texts() == first)

    for nth in range(1, 4):
        for price in (200 + nth, 300 + nth, 100 + nth):
            tick(team, price, at=minute + 60 * nth)
            eventually(lambda price=price: ann.find(".big .value").inner_text() == f"{price}.00")
    wanted = [f"{price + nth}.00" for nth in (3, 2, 1) for price in (200, 300, 100, 100)] + first
    eventually(lambda: ann.find(".candle-table tbody td").all_inner_texts() == wanted)


@pytest.mark.fresh
def test_a_fired_alert_shows_its_status_at_once_and_arrives_in_the_inbox_once(team):
    tick(team, 1234)
    ann = team.at("ann", "/feed/ACME", locale="en-US")
    ann.page.get_by_label("Value", exact=True).focus()
    ann.page.keyboard.type("1,300.50")
    ann.page.keyboard.press("Enter")
    eventually(lambda: "Active, notifies once" in ann.find(".alerts li", has_text="Above 1,300.50").inner_text())

    for price in (1300, 1301, 1299, 1302):
        tick(team, price)

    eventually(lambda: "done" in ann.find(".alerts li").inner_text() and number(ann) == "1")
    ann.find(".nav a", has_text="Inbox").click()
    said = ann.find(".notification .excerpt")
    eventually(lambda: said.all_inner_texts() == ["ACME crossed above 1300.5: 1301"])
    ann.find(".notification a").click()
    eventually(lambda: ann.find(".alerts li", has_text="done").count())
    ann.page.get_by_role("button", name="Remove alert").press("Enter")
    eventually(lambda: not ann.find(".alerts li").count())


@pytest.mark.fresh
def test_a_symbol_in_a_message_shows_its_value_then_and_now(team):
    tick(team, 184.22)
    ann = team.at("ann", "/room/1")
    ann.find("#composer").press_sequentially("$ac")
    eventually(lambda: ann.find(".suggestions [role=option]").all_inner_texts() == ["$ACME\n184.22"])
    ann.find("#composer").press("Enter")
    assert ann.find("#composer").input_value() == "$ACME "
    ann.write("$ACME is up, $NOPE is not")
    eventually(lambda: ann.find(".symbol-chip").inner_text().split() == ["ACME", "184.22"])

    tick(team, 190)

    eventually(lambda: ann.find(".symbol-chip .now").inner_text().split()[-2:] == ["190.00", "+3.14%"])
    assert ann.find(".symbol-chip .then").inner_text() == "184.22"
    assert "$NOPE is not" in ann.find(".message .prose").inner_text()
    ann.find(".symbol-chip").click()
    eventually(lambda: ann.page.url.endswith("/feed/ACME") and ann.find(".big .value").inner_text() == "190.00")


@pytest.mark.fresh
def test_it_works_on_a_phone(team):
    for days, price in ((40, 100), (20, 150), (3, 175), (0, 180)):
        tick(team, price, at=time.time() - 86400 * days)
    ann = team.at("ann", "/feed/ACME", **PHONE)

    eventually(lambda: ann.find(".plot canvas").count() and ann.find(".big .value").inner_text() == "180.00")
    for range, change, candles in (("1W", "+5.00", 2), ("1M", "+30.00", 3), ("All", "+80.00", 4)):
        ann.page.get_by_text(range, exact=True).click()
        eventually(lambda change=change: change in ann.find(".big .change").inner_text())
        eventually(lambda n=candles: f": {n} steps" in ann.find(".plot").get_attribute("aria-label"))

    def touched():
        box = ann.find(".plot .u-over").bounding_box()
        ann.page.touchscreen.tap(box["x"] + 1, box["y"] + 40)
        return "100.00" in ann.find(".readout").inner_text()

    eventually(touched)
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
