"""Accessibility by axe-core: `assert_accessible(page)` finds no violation of WCAG 2.2 A and AA, in both themes.

The debugger injects the library, past the page's content security policy.  Animations must end first, because text
that is fading in has too little contrast.
"""

import functools
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
KINDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]  # all that another theme can break
OF_ROOM = ["target-size", "scrollable-region-focusable"]  # all that another zoom can break
SWITCH = """() => {
  const { dataset } = document.documentElement
  const dark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
  const before = dataset.theme ?? null
  dataset.theme = dark ? "light" : "dark"
  return [before, dark ? "dark" : "light", dataset.theme]
}"""
RESTORE = """before => {
  if (before) document.documentElement.dataset.theme = before
  else delete document.documentElement.dataset.theme
}"""
SETTLED = """async () => {
  const short = document.getAnimations().filter(one => Number.isFinite(one.effect?.getComputedTiming().endTime))
  const finished = Promise.allSettled(short.map(one => one.finished))
  const drawn = finished.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  await Promise.race([drawn, new Promise(done => setTimeout(done, 5000))]) // a name at a caret fades for 4 s
}"""
LOOK = """async ([type, values, part]) => {
  const options = { runOnly: { type, values }, resultTypes: ["violations"], selectors: false }
  const { violations } = await axe.run(part ?? document, options)
  return violations.map(({ id, help, nodes }) => `${id}: ${help}\\n` + nodes.map(node =>
    `    ${node.html}: ${node.any.concat(node.all, node.none).map(said => said.message).join("; ")}`)
    .join("\\n"))
}"""


@functools.cache
def library():
    """Return axe-core's source; without Node's packages, skip the story, which fails in CI."""
    if not LIBRARY.exists():
        pytest.skip("no axe-core: it is among Node's packages that bin/test installs")
    return LIBRARY.read_text(encoding="utf-8")


def violations(page, part=None, rules=None):
    """Return descriptions of what axe finds on the page or in a part of it, by these rules or by all."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(library())
    if part:
        page.wait_for_selector(part)
    page.evaluate(SETTLED)
    return page.evaluate(LOOK, [*(("rule", rules) if rules else ("tag", KINDS)), part])


def assert_accessible(page, part=None):
    """Fail with everything that axe finds in the theme of the page, and then in the other one; restore the theme."""
    found = {"its own": violations(page, part)}
    before, own, other = page.evaluate(SWITCH)
    found = {own: found["its own"], other: violations(page, part, OF_COLOURS)}
    page.evaluate(RESTORE, before)
    said = [f"[{theme}] {violation}" for theme, several in found.items() for violation in several]
    assert not said, f"{page.url}\n" + "\n".join(said)


def assert_accessible_when_zoomed(page):
    """Fail with all that axe finds at 200 %, where a screen has half as many pixels; it is as before afterwards."""
    before = page.viewport_size
    page.set_viewport_size({side: length // 2 for side, length in before.items()})
    found = violations(page, rules=OF_ROOM)
    page.set_viewport_size(before)
    assert not found, f"{page.url} at 200 %\n" + "\n".join(found)
