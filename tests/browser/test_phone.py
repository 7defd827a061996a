"""The page on a phone: tabs, the way back, sheets, the keyboard."""

import re

import pytest
from axe import assert_accessible
from conftest import PHONE, eventually

SMALL = {**PHONE, "viewport": {"width": 360, "height": 740}}
FITS = """() => [...document.querySelectorAll("main *, .tabs *")].filter(part => {
    const box = part.getBoundingClientRect()
    const scrolls = part.closest(".table, pre, svg, .visually-hidden, .inbox-filters")
    return box.width && !scrolls && (box.right > innerWidth + 1 || box.left < -1)
}).map(part => `${part.className} ${part.textContent.slice(0, 40)}`)"""
LOW = """() => [...document.querySelectorAll("main :is(a, button, input, select), .tabs a")].filter(part => {
    const { height } = part.getBoundingClientRect()
    return height && height < 43.5 && !part.closest(".visually-hidden, label")
}).map(part => `${part.className} ${part.textContent.slice(0, 30)} ${part.getBoundingClientRect().height}`)"""
SAFARI_KEYBOARD = """height => {
    Object.defineProperty(visualViewport, "height", { get: () => innerHeight - height, configurable: true })
    visualViewport.dispatchEvent(new Event("resize"))
}"""


def swipe(person, start, end, y=400):
    """Swipe across the screen."""
    touch = person.context.new_cdp_session(person.page).send
    touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": y}]})
    for step in range(1, 5):
        points = [{"x": start + (end - start) * step / 4, "y": y}]
        touch("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def heading(person):
    return person.find("h1").first.inner_text()


@pytest.mark.fresh
def test_tabs_lead_to_lists_and_count_what_is_new(visit, server):
    ann = visit(**SMALL, at="/home").come_in()
    server.say("Cleo", "for the whole @room")
    tabs = ann.page.get_by_role("navigation", name="Main tabs")
    eventually(lambda: tabs.get_by_role("link", name=re.compile("Rooms ?, 1 mention")).count())
    eventually(lambda: tabs.get_by_role("link", name=re.compile("Inbox ?, 1 unread")).count())

    for name, address in {"Inbox": "inbox", "Documents": "documents", "Feeds": "feeds", "You": "settings"}.items():
        tabs.get_by_role("link", name=name).tap()
        eventually(lambda address=address: ann.page.url.endswith(address) and not ann.find("[aria-busy=true]").count())
        assert tabs.locator("[aria-current=page]").inner_text().startswith(name) and heading(ann) == name
        assert [name, ann.page.evaluate(FITS), ann.page.evaluate(LOW)] == [name, [], []]
    ann.page.reload()
    assert tabs.locator("[aria-current=page]").inner_text() == "You"
    tabs.get_by_role("link", name="Rooms").tap()
    assert_accessible(ann.page)
    assert [ann.page.evaluate(FITS), ann.page.evaluate(LOW)] == [[], []]
    ann.find(".home").get_by_role("link", name="Lobby").tap()

    eventually(lambda: ann.sees() == ["for the whole @room"] and not tabs.count())
    ann.page.get_by_role("button", name="Back").tap()
    eventually(lambda: tabs.get_by_role("link", name="Rooms", exact=True).count())  # all is read


def test_a_swipe_from_the_edge_goes_back_to_the_list_which_is_beside_the_room_on_a_phone_turned_sideways(visit, server):
    cells = "| a column that is quite wide " * 8
    server.say("Cleo", f"{cells}|\n{'|---' * 8}|\n{cells}|")
    ann = visit(**PHONE).come_in()
    eventually(lambda: ann.find(".table").count())
    table = ann.find(".table").last.bounding_box()

    swipe(ann, 80, 300, table["y"] + 20)
    ann.find(".table").last.evaluate("table => { table.style = 'position: fixed; inset: 200px 0 auto; width: 100%' }")
    swipe(ann, 10, 250, 220)  # a table that begins at the edge
    ann.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert ann.find("#composer").count()
    swipe(ann, 10, 200, 120)

    eventually(lambda: ann.find("nav.home").count())
    assert ann.page.url.endswith("/home")  # opened by its address: the list takes its place
    ann.page.set_viewport_size({"width": 844, "height": 390})

    eventually(lambda: ann.find("nav.sidebar").count() and ann.find("#composer").count())
    box = ann.find("#composer").bounding_box()
    assert box["y"] + box["height"] <= 390
    assert not ann.find(".tabs").count()


def test_the_keyboard_covers_neither_the_composer_nor_the_newest_message(visit, server):
    server.say("Cleo", *(f"line {n}" for n in range(30)))
    ann = visit(**PHONE).come_in()
    eventually(lambda: ann.sees()[-1:] == ["line 29"])

    def is_above(edge):
        boxes = [ann.find(where).last.bounding_box() for where in (".message .prose", "#composer")]
        return all(box["y"] > 0 and box["y"] + box["height"] <= edge for box in boxes)

    ann.find("#composer").tap()
    ann.page.set_viewport_size({"width": 390, "height": 500})  # Chrome and Firefox shrink the page
    eventually(lambda: is_above(500))
    ann.page.set_viewport_size(PHONE["viewport"])
    ann.page.evaluate(SAFARI_KEYBOARD, 336)
    eventually(lambda: is_above(844 - 336))
    ann.page.evaluate(SAFARI_KEYBOARD, 0)

    eventually(lambda: ann.find("#composer").bounding_box()["y"] > 700)


def test_a_long_press_opens_a_sheet_of_actions_and_a_dialog_is_a_sheet_above_the_keyboard(visit):
    ann = visit(**SMALL).come_in()
    ann.find("#composer").fill("from a phone")
    ann.page.get_by_role("button", name="Send").tap()
    eventually(lambda: ann.sees() == ["from a phone"])
    message = ann.find(".room .message", has_text="from a phone").last

    place = message.locator(".prose").bounding_box()
    touch = ann.context.new_cdp_session(ann.page).send
    point = {"x": place["x"] + 20, "y": place["y"] + 8}
    touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    eventually(lambda: ann.find("dialog .sheet-verbs").count() == 1)
    touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    ann.find("dialog").get_by_label("React with ❤️").tap()
    eventually(lambda: message.locator(".reaction").first.inner_text().split()[:2] == ["❤️", "1"])
    assert ann.find("dialog").count() == 0

    message.focus()
    ann.page.keyboard.press("Delete")
    eventually(lambda: ann.find("dialog .buttons").count())
    keep, delete = ann.find("dialog .buttons > *").all()
    ann.page.evaluate(SAFARI_KEYBOARD, 336)
    eventually(lambda: delete.bounding_box()["y"] + 44 <= 740 - 336)
    assert ann.find("dialog").evaluate("one => [one.offsetLeft, one.offsetWidth]") == [0, 360]
    assert min(button.bounding_box()["width"] for button in (keep, delete)) > 150
    assert_accessible(ann.page, "dialog")
    delete.tap()
    eventually(lambda: ann.sees() == [])


LONG_LIST = """async base => {
    const [{ WindowedList }, { html }, { render }] = await Promise.all(["windowed", "shell", "vendor/preact"]
      .map(name => import(`${base}/web/static/${name}.js`)))
    const box = document.createElement("main")
    Object.assign(box.style, { position: "fixed", inset: 0, overflowY: "auto", background: "white", zIndex: 99 })
    box.id = "long"
    document.body.append(box)
    const items = Array.from({ length: 10_000 }, (_, n) => n)
    render(html`<${WindowedList} items=${items}
      row=${n => html`<li key=${n}><button class="row">${n}</button></li>`} />`, box)
}"""
IN_VIEW = """() => {
    const box = document.getElementById("long"), numbers = [...box.querySelectorAll("button")]
    const places = numbers.map(one => one.getBoundingClientRect())
    const seen = numbers.filter((_, n) => places[n].bottom > 0 && places[n].top < innerHeight)
    return [numbers.length < 150, seen.length > 5, Number(seen[0]?.textContent), box.scrollHeight]
}"""


def test_a_list_of_ten_thousand_rows_renders_those_near_the_view_only(visit):
    ann = visit(**SMALL).come_in()
    ann.page.evaluate(LONG_LIST, ann.page.evaluate("document.querySelector('script[src]').src.match(/\\/s\\/\\w+/)[0]"))

    few, fills, first, height = eventually(lambda: (seen := ann.page.evaluate(IN_VIEW))[0] and seen)
    assert (fills, first) == (True, 0)
    ann.page.evaluate("document.getElementById('long').scrollTop = 5000 * 44 + 7")
    eventually(lambda: ann.page.evaluate(IN_VIEW)[1] and abs(ann.page.evaluate(IN_VIEW)[2] - 5000) <= 1)
    assert ann.page.evaluate(IN_VIEW)[3] == height == 440_000
