"""Latencies in Chromium: a post to another page, and a mention to the badges of two devices."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "browser"), str(Path(__file__).parent.parent)]
from conftest import ARGS, CHROMIUM, PHONE, Person, Server, eventually  # noqa: E402

PASSWORD = "nine blue herons wading"
ROUNDS = 40
WATCH = """selector => {
  window.seen = {}
  const record = () => {
    const now = Date.now()
    document.querySelectorAll(selector).forEach(element => { window.seen[element.textContent.trim()] ??= now })
    window.seen[document.querySelectorAll(selector).length ? "some" : "none"] ??= now
  }
  new MutationObserver(record).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""
SEND = """() => {
  const at = Date.now()
  document.querySelector("#composer").dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }))
  return at
}"""


def show(name, times):
    ordered = sorted(times)
    print(f"{name:45} p50 {statistics.median(ordered):6.1f} ms   p95 {ordered[int(len(ordered) * .95)]:6.1f} ms")


def main():
    """Olga writes in the Lobby; Bob watches it; Ann has two devices on which another room shows."""
    server = Server(Path(tempfile.mkdtemp()))
    olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
    secret = olga["invite"]["url"].partition("#")[2]
    ann = server.ask("/api/join", {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD})
    other = server.ask("/api/rooms", {"name": "Other", "kind": "public", "key": "k"}, ann["token"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        writer, reader = (Person(browser, server.url, 0, token=olga["token"]).come_in() for _ in range(2))
        at = f"/room/{other['channel'][5:]}"
        desk = Person(browser, server.url, 0, at=at, token=ann["token"]).come_in()
        phone = Person(browser, server.url, 0, at=at, token=ann["token"], **PHONE).come_in()
        posts, badges, equal, cleared = [], [], [], []
        for n in range(ROUNDS):
            text = f"@ann, number {n}"
            reader.page.evaluate(WATCH, ".room .message .prose")
            desk.page.evaluate(WATCH, "nav .rooms .badge")
            phone.page.evaluate(WATCH, ".go-back .badge")
            writer.find("#composer").fill(text)
            start = writer.page.evaluate(SEND)
            eventually(lambda n=n: reader.page.evaluate("n => window.seen[`@Ann, number ${n}`]", n))
            posts.append(reader.page.evaluate("n => window.seen[`@Ann, number ${n}`]", n) - start)
            both = [eventually(lambda who=who: who.page.evaluate("() => window.seen.some")) for who in (desk, phone)]
            badges.append(max(both) - start)
            equal.append(abs(both[0] - both[1]))
            phone.page.evaluate(WATCH, ".go-back .badge")
            now = time.time() * 1000
            server.ask("/api/channels/room:1/read", {"seq": server_head(server, ann["token"])}, ann["token"])
            cleared.append(eventually(lambda: phone.page.evaluate("() => window.seen.none")) - now)
            eventually(lambda: not desk.find("nav .rooms .badge").count())
        show("a post, from the key to another page", posts)
        show("a mention, from the key to both badges", badges)
        show("both badges, one after the other", equal)
        show("read on one device, gone on the other", cleared)
        browser.close()
    server.kill()


def server_head(server, token):
    return server.ask(f"/api/channels/room:1/entries?after={2**53 - 1}", token=token)["head"]


if __name__ == "__main__":
    main()
