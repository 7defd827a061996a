"""The first page in a browser: a shell in the first response, which the page takes over without a jump."""

import pytest
from conftest import PHONE, eventually

OBSERVE = """
    window.shifted = 0
    new PerformanceObserver(list => { for (const { value } of list.getEntries()) window.shifted += value })
      .observe({ type: "layout-shift", buffered: true })"""
SHELL = "document.querySelector('.frame')"
NOTE = """() => {
  const parts = [...document.querySelectorAll(".topbar *, .sidebar .nav *, .message:nth-last-child(-n + 5) *")]
  const styles = part => [...getComputedStyle(part)].map(name => [name, getComputedStyle(part).getPropertyValue(name)])
  window.before = parts.map(part => [part, part.matches("use") ? "" : JSON.stringify(styles(part))])
  return parts.length
}"""
RESTYLED = """() => window.before.filter(([part, styles]) => part.isConnected && styles).flatMap(([part, styles]) =>
  JSON.parse(styles).filter(([name, value]) => getComputedStyle(part).getPropertyValue(name) !== value)
    .map(([name, value]) => `${part.tagName}.${part.getAttribute("class")} ${name}: ${value}`))"""


def returning(visit, server, **device):
    """Return a guest who was here before, at an address that is no page."""
    return visit(token=server.ask("/api/guests", {"name": "Ann"})["token"], at="/healthz", **device)


@pytest.mark.fresh
@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_the_first_response_has_a_shell_that_the_page_takes_over_without_a_jump(visit, server, device):
    server.say("Cleo", *(f"message {n}" for n in range(60)))
    page = returning(visit, server, **device).page
    page.add_init_script(OBSERVE)
    held = []
    page.route("**/web/static/main.js", lambda route: held.append(route))
    page.goto(server.url, wait_until="commit")

    eventually(lambda: page.locator(".topbar").is_visible() and held)
    assert page.locator(".brand").is_visible() == (not device)
    assert page.locator(".message").count() == 0
    page.evaluate(f"window.shell = {SHELL}")
    page.route("**/style.css", lambda route: held.append(route))
    held[0].continue_()

    eventually(lambda: page.locator("body[data-state=online]").count() and page.locator(".message").count() >= 25)
    eventually(lambda: len(held) == 2)
    assert page.evaluate(NOTE) > 40
    held[1].continue_()
    eventually(lambda: page.evaluate("document.styleSheets.length") == 2)
    assert page.evaluate(RESTYLED) == []
    assert page.evaluate(f"window.shell === {SHELL}")
    eventually(lambda: page.locator("[aria-busy=true], nav[aria-hidden]").count() == 0)
    assert page.evaluate("window.shifted") < 0.01


@pytest.mark.fresh
def test_a_view_without_sidebar_has_no_shell(visit, server):
    page = returning(visit, server).context.request

    assert 'class="frame"' in page.get(f"{server.url}/people").text()
    assert 'class="frame"' not in page.get(f"{server.url}/sign-in").text()
