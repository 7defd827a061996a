"""Long names, wide tables and ten languages fit on every screen, in German, from right to left, and at 200 %.

The same walk asks axe about the screens in ACCESSIBLE, in both themes; `test_axe` has those that are not on it.
"""

import pytest
from axe import OF_ROOM, assert_accessible, violations
from conftest import DRAWN, PHONE, Person, eventually, go_to

from tests import mirrored, pictures, workspace

# What scrolls sideways, and text that ends in an ellipsis, may be wider than what shows it.
TOO_WIDE = """() => [...document.querySelectorAll(".sidebar *, main *, dialog[open] *")].filter(part => {
    const around = part.closest("dialog[open], .sidebar, main").getBoundingClientRect()
    const edge = { left: Math.max(around.left, 0), right: Math.min(around.right, innerWidth) }
    const box = part.getBoundingClientRect()
    const scrolls = part.closest(`.table, pre, .uplot, svg, .inbox-filters, .visually-hidden, .formatting,
        .palette .label *`)
    return box.width && !scrolls && (box.right > edge.right + 1 || box.left < edge.left - 1)
}).map(part => `${part.tagName}.${part.className} ${part.textContent.slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = workspace.start(tmp_path_factory.mktemp("workspace"))
    yield place
    place.server.stop()


DEVICES = {
    "a desktop in German, also at 200 % with the largest text": {"locale": "de"},
    "a phone from right to left": {**PHONE, "viewport": {"width": 360, "height": 740}, "locale": mirrored.LANGUAGE},
}
# What axe looks at on each screen: a part of it, or all.
ACCESSIBLE = dict.fromkeys([
    "thread", "inbox", "published", "threads", "drafts", "saved", "catch-up", "rooms", "feeds", "feed", "documents",
    "document", "search", "version", "people", "profile", "appearance", "quiet", "server", "status", "tokens",
]) | {"menu": ".menu", "emoji": ".picker", "details": ".panel", "card": ".card", "palette": "dialog[open]",
      "new-room": "dialog[open]"}
TEXT = "size => { document.documentElement.dataset.text = size }"
READY = """() => document.querySelector("main *") && !document.querySelector("[aria-busy=true]")"""


@pytest.mark.parametrize("device", DEVICES)
def test_nothing_overflows_horizontally_and_axe_finds_nothing(browser, place, device):
    maya = Person(browser, place.server.url, 0, token=place.tokens["maya"], **DEVICES[device]).come_in()
    assert maya.page.evaluate("document.documentElement.lang") == DEVICES[device]["locale"]
    for name, (address, act) in pictures.screens(place).items():
        go_to(maya.page, place.server.url, address)
        eventually(lambda: maya.page.evaluate(READY))
        if act:
            act(maya.page)
        assert [name, maya.page.evaluate(TOO_WIDE)] == [name, []]
        if name in ACCESSIBLE:
            assert_accessible(maya.page, ACCESSIBLE[name])
        if "200 %" in device:
            assert [name, *problems_when_zoomed(maya.page, name in ACCESSIBLE)] == [name, [], []]
    maya.context.close()


def problems_when_zoomed(page, with_axe):
    """Return what is too wide at 200 % with the largest text, and what axe finds there; it is as before afterwards."""
    before = page.viewport_size
    page.evaluate(TEXT, "largest")
    page.set_viewport_size(pictures.ZOOMED["viewport"])
    page.evaluate(DRAWN)
    found = page.evaluate(TOO_WIDE)
    page.evaluate(TEXT, "medium")
    said = violations(page, rules=OF_ROOM) if with_axe else []
    page.set_viewport_size(before)
    return found, said
