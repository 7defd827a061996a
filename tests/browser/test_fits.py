"""Long names, wide tables and ten languages fit on every screen without overflow."""

import pytest
from conftest import PHONE, Person, eventually

from tests import pictures, workspace

TOO_WIDE = """() => [...document.querySelectorAll(".sidebar *, main *, dialog[open] *")].filter(part => {
    const edge = part.closest("dialog[open], .sidebar, main").getBoundingClientRect()
    const box = part.getBoundingClientRect()
    const scrolls = part.closest(".table, pre, .uplot, svg, .visually-hidden")
    return box.width && !scrolls && (box.right > edge.right + 1 || box.left < edge.left - 1)
}).map(part => `${part.tagName}.${part.className} ${part.textContent.slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = workspace.start(tmp_path_factory.mktemp("workspace"))
    yield place
    place.server.stop()


SMALL = {**PHONE, "viewport": {"width": 360, "height": 740}}


@pytest.mark.parametrize("device", [{}, SMALL], ids=["desktop", "phone"])
def test_nothing_overflows_horizontally(browser, place, device):
    maya = Person(browser, place.server.url, 0, token=place.tokens["maya"], **device).come_in()
    for name, (address, act) in pictures.screens(place).items():
        maya.page.goto(place.server.url + address)
        eventually(lambda: maya.find("main *").count() and not maya.find("[aria-busy=true]").count())
        if act:
            act(maya.page)
        assert [name, maya.page.evaluate(TOO_WIDE)] == [name, []]
    maya.context.close()
