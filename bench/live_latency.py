"""Latencies in Chromium: a key to another page of a document, a tick to the screen, inboxes of two devices."""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "browser"), str(Path(__file__).parent.parent)]
from conftest import ARGS, CHROMIUM, PHONE, Person, Server, eventually  # noqa: E402

PASSWORD = "nine blue herons wading"
KEYS, TICKS, MENTIONS = 200, 60, 30
WATCH = """selector => {
  window.seen = {}
  const record = () => {
    const now = Date.now()
    document.querySelectorAll(selector).forEach(element => { window.seen[element.textContent.trim()] ??= now })
  }
  new MutationObserver(record).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""
WATCH_EDITOR = """() => {
  window.seen = []
  const root = document.querySelector(".editor").shadowRoot, content = root.querySelector(".cm-content")
  let length = content.textContent.length
  new MutationObserver(() => {
    const now = content.textContent.length
    for (; length < now; length++) window.seen.push(Date.now())
  }).observe(content, { childList: true, subtree: true, characterData: true })
}"""
TYPE = """letters => new Promise(done => {
  const content = document.querySelector(".editor").shadowRoot.querySelector(".cm-content"), at = []
  content.focus()
  let left = letters
  const timer = setInterval(() => {
    at.push(Date.now())
    document.execCommand("insertText", false, "x")
    if (--left === 0) { clearInterval(timer); done(at) }
  }, 70)
})"""


def show(name, goal, times):
    ordered = sorted(times)
    at = lambda part: ordered[min(len(ordered) - 1, int(len(ordered) * part))]  # noqa: E731
    print(f"| {name} | {goal} | p50 {at(.5):.0f} ms, p95 {at(.95):.0f}, p99 {at(.99):.0f} ({len(times)}) |")


def keystrokes(server, browser, olga, ann):
    document = server.ask("/api/documents", {"room": "room:1", "title": "Plans", "key": "k"}, olga["token"])
    at = f"/document/{document['id']}"
    writer, reader = (Person(browser, server.url, 0, at=at, token=who["token"]).come_in() for who in (olga, ann))
    for who in (writer, reader):
        who.find(".editor .cm-content").wait_for()
    writer.find(".editor .cm-content").click()
    writer.page.keyboard.type("begin ")
    eventually(lambda: "begin" in reader.find(".editor .cm-content").inner_text())
    reader.page.evaluate(WATCH_EDITOR)
    typed = writer.page.evaluate(TYPE, KEYS)
    seen = eventually(lambda: (found := reader.page.evaluate("() => window.seen")) and len(found) >= KEYS and found)
    show("keystroke to the other page", "p50 ≤ 55, p99 ≤ 100 ms", [b - a for a, b in zip(typed, seen, strict=False)])


def ticks(server, browser, olga):
    server.ask("/api/feeds/prices/ticks", {"ticks": [{"symbol": "ACME", "value": 1}]}, olga["token"])
    reader = Person(browser, server.url, 0, at="/feed/ACME", token=olga["token"]).come_in()
    eventually(lambda: reader.find(".big .value").inner_text() == "1.00")
    reader.page.evaluate(WATCH, ".big .value")
    times = []
    for n in range(TICKS):
        start = time.time() * 1000
        server.ask("/api/feeds/prices/ticks", {"ticks": [{"symbol": "ACME", "value": 100 + n}]}, olga["token"])
        shown = f"{100 + n}.00"
        times.append(eventually(lambda shown=shown: reader.page.evaluate("text => window.seen[text]", shown)) - start)
        time.sleep(0.137)
    show("tick, from its request to the screen", "≤ 150 ms", times)


def inboxes(server, browser, olga, ann):
    room = server.ask("/api/rooms", {"name": "Other", "kind": "public", "key": "r"}, ann["token"])["channel"]
    at = f"/room/{room[5:]}"
    desk = Person(browser, server.url, 0, at=at, token=ann["token"]).come_in()
    phone = Person(browser, server.url, 0, at=at, token=ann["token"], **PHONE).come_in()
    badge, equal, gone = {desk: ".nav .badge", phone: ".go-back .badge"}, [], []
    for n in range(1, MENTIONS + 1):
        for who, where in badge.items():
            who.page.evaluate(WATCH, where)
        server.ask("/api/channels/room:1/entries", {"text": f"@ann {n}", "key": f"m{n}"}, olga["token"])
        both = [eventually(lambda who=who: who.page.evaluate("() => window.seen['1']")) for who in badge]
        equal.append(abs(both[0] - both[1]))
        start = time.time() * 1000
        server.ask("/api/inbox/read", {}, ann["token"])
        for who, where in badge.items():
            eventually(lambda who=who, where=where: not who.find(where).count())
        gone.append(time.time() * 1000 - start)
    show("inbox badge, one device after the other", "≤ 200 ms", equal)
    show("read on one, gone on both (as seen by polling)", "≤ 200 ms", gone)


if __name__ == "__main__":
    server = Server(Path(tempfile.mkdtemp()))
    olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
    secret = olga["invite"]["url"].partition("#")[2]
    ann = server.ask("/api/join", {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD})
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            keystrokes(server, browser, olga, ann)
            ticks(server, browser, olga)
            inboxes(server, browser, olga, ann)
            browser.close()
    finally:
        server.kill()
