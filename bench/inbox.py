"""Claim: catching up with 10,000 unread notifications is instant, and what is done on one device is done on the other.

`python -m bench.inbox`: half of the notifications are of one conversation, the rest of 500.  Chromium opens the inbox
and marks the large conversation as done by a key; a second one watches its own row.
"""

from gevent import monkey

monkey.patch_all()

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from bench import server
from hubbub.core import db
from hubbub.notifications import model
from hubbub.notifications.model import Cause
from hubbub.people import model as people

NOTIFICATIONS, CONVERSATIONS, ROUNDS = 10_000, 500, 20
PASSWORD = "nine blue herons wading"
WATCH = """name => {
  window.gone = 0
  const isUnread = () => document.querySelector(`.unread[data-conversation=${name}]`)
  const look = () => { if (!window.gone && !isUnread()) window.gone = Date.now() }
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true })
}"""
ROWS = """() => new Promise(done => {
  const start = performance.now()
  document.querySelector(".nav a[href$='/inbox']").click()
  const rows = () => document.querySelector(".notification .badge")
  const look = () => rows() ? done(performance.now() - start) : requestAnimationFrame(look)
  look()
})"""
HEAP = "() => performance.memory.usedJSHeapSize / 1e6"


def fill(data: Path, person: int) -> None:
    """Notify a person of everything, a thousand to a transaction; the large conversation is the newest."""
    db.open(data, "")
    author = people.guest("Ann")[0].id
    for first in range(0, NOTIFICATIONS, 1000):
        with db.transaction() as tx:
            for n in range(first, first + 1000):
                name = f"c{n % CONVERSATIONS}" if n < NOTIFICATIONS // 2 else "large"
                model.notify(tx, [person], Cause("script", author, f"k{n}", text=f"Backup {n} of the station is done",
                                                 url="/inbox", conversation=name))
    db.close()


def requests(instance: server.Server, token: str) -> None:
    """Measure the first page of each filter, in wall and in CPU time."""
    for show in ("all", "unread", "mentions"):
        times, before = [], server.cpu(instance.pid)
        for _ in range(ROUNDS):
            start = time.perf_counter()
            status, body = instance.request("GET", f"/api/inbox?show={show}", token=token)
            times.append((time.perf_counter() - start) * 1000)
            assert status == 200, body
        used = (server.cpu(instance.pid) - before) / ROUNDS * 1000
        server.row(f"the inbox with 10,000 unread notifications: GET /api/inbox?show={show}", "≤ 50 ms",
                   f"{server.spread(times, '.1f')} ms, {used:.1f} ms of CPU, {len(body) / 1e3:.0f} KB")


def browsers(instance: server.Server, token: str, chromium: str) -> None:
    """Measure opening the inbox, marking 5,000 as done on two devices, and memory."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import cookie_of

    url = f"http://127.0.0.1:{instance.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        devices: list[Any] = []
        for _ in range(2):
            context = browser.new_context()
            context.add_cookies([cookie_of(url, token)])  # type: ignore[no-untyped-call]
            page = context.new_page()
            page.goto(f"{url}/people")
            page.wait_for_selector("body[data-state=online]")
            page.wait_for_timeout(2000)
            devices.append(page)
        desk, other = devices
        first, again = desk.evaluate(ROWS), 0.0
        desk.goto(f"{url}/people")
        desk.wait_for_timeout(2000)
        again = desk.evaluate(ROWS)
        server.row("the inbox with 10,000 unread opens in Chromium", "≤ 200 ms",
                   f"{first:.0f} ms the first time, {again:.0f} ms again; {desk.evaluate(HEAP):.1f} MB of heap")
        other.evaluate(ROWS)
        for name, count in (("c499", 10), ("large", NOTIFICATIONS // 2)):
            times = [settle(desk, other, name) for _ in range(5)]
            server.row(f"{count:,} notifications of a conversation done by a key", "≤ 100 ms on another device",
                       f"here {server.spread([here for here, _ in times], '.0f')} ms, "
                       f"there {server.spread([there for _, there in times], '.0f')} ms")
        browser.close()


def settle(desk: Any, other: Any, name: str) -> tuple[float, float]:
    """Mark a conversation as done by a key and undo it; return after how many milliseconds it was done on each."""
    for page in (desk, other):
        page.evaluate(WATCH, name)
    desk.locator(f"[data-conversation={name}] .row").focus()
    start = desk.evaluate("() => Date.now()")
    desk.keyboard.press("e")
    here, there = (page.wait_for_function("() => window.gone").json_value() - start for page in (desk, other))
    desk.wait_for_timeout(500)
    desk.keyboard.press("z")
    desk.wait_for_timeout(1500)
    return here, there


def main() -> None:
    with server.folder() as data, server.running(data) as instance:
        instance.wait_for("/healthz")
        _, answer = instance.request("POST", "/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
        olga = json.loads(answer)
        instance.stop()
        start = time.perf_counter()
        fill(data, olga["person"]["id"])
        print(f"filled in {time.perf_counter() - start:.1f} s", file=sys.stderr)
        with server.running(data) as instance:
            instance.wait_for("/healthz")
            requests(instance, olga["token"])
            found = filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome")))
            if chromium := next(found, None):
                browsers(instance, olga["token"], chromium)
            print(f"memory of the server: {instance.memory():.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
