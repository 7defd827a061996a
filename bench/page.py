"""Claim: the first rows of the first page appear within 0.4 s here and 1.2 s on a slow phone, for at most 80 KB.

The page is opened with an empty cache, bundled and as modules in turn, so that both are measured in the same minutes.
`--before CHECKOUT` also measures an older Hubbub.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

from bench import server

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SETTLE = 1500  # milliseconds after the network is idle, for requests that the page sends once it is connected
ROUNDS = 3
SPEED = {"downloadThroughput": 200_000, "uploadThroughput": 100_000}  # bytes a second: 1.6 Mb/s
SLOW = {"offline": False, "latency": 150, **SPEED}
WATCH = """
    new MutationObserver((_, observer) => {
      if (!document.querySelector(".room .message")) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => { window.firstRows = performance.now() }))
    }).observe(document, { childList: true, subtree: true })
    new PerformanceObserver(list => { window.firstPaint = list.getEntries()[0].startTime })
      .observe({ type: "paint", buffered: true })
"""


class Counter:
    """Counts the browser's responses: their bytes with headers, and when each was there after the start."""

    def __init__(self, session: Any) -> None:
        self.start = 0.0
        self.sockets: set[str] = set()
        self.whole: dict[str, tuple[float, int]] = {}
        session.on("Network.requestWillBeSent", self.begun)
        session.on("Network.loadingFinished", self.finished)
        session.send("Network.enable")

    def begun(self, event: dict[str, Any]) -> None:
        self.start = self.start or event["timestamp"]

    def finished(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:
            self.whole[event["requestId"]] = event["timestamp"] - self.start, int(event["encodedDataLength"])

    def until(self, seconds: float) -> tuple[int, int]:
        """Return the requests and bytes that were there after this time."""
        found = [size for at, size in self.whole.values() if at <= seconds]
        return len(found), sum(found)


def visit(address: str, browser: Any, slow: bool) -> dict[str, float]:
    """Open the page in a new browser profile."""
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        session = context.new_cdp_session(page)
        counter = Counter(session)
        if slow:
            session.send("Network.emulateNetworkConditions", SLOW)
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(SETTLE)
        paint, rows = (page.evaluate(f"window.{name}") / 1000 for name in ("firstPaint", "firstRows"))
        requests, size = counter.until(rows)
        return {"paint": paint, "rows": rows, "requests": requests, "KB": size / 1e3,
                "all requests": len(counter.whole), "all KB": sum(size for _, size in counter.whole.values()) / 1e3}


def measure(chromium: str, playwright: Any, subjects: dict[str, dict[str, Any]]) -> None:
    """Print a line of the table for each network and subject."""
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for slow in (False, True):
        visits: dict[str, list[dict[str, float]]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, options in subjects.items():
                with server.folder() as data:
                    server.fill(data, 50)
                    with server.running(data, **options) as instance:
                        instance.wait_for("/healthz")
                        visit(address := f"http://127.0.0.1:{instance.port}/", browser, False)
                        visits[name].append(visit(address, browser, slow))
        for name, found in visits.items():
            report(name, slow, {key: [one[key] for one in found] for key in found[0]})
    browser.close()


def report(name: str, slow: bool, found: dict[str, list[float]]) -> None:
    """Print the line of one subject."""
    where, goal = ("1.6 Mb/s, 150 ms, a CPU 4 times slower", "1.2") if slow else ("loopback", "0.4")
    first = f"first paint {server.spread(found['paint'])} s; rows {server.spread(found['rows'])} s, by then "
    first += f"{max(found['requests']):.0f} requests and {max(found['KB']):.1f} KB"
    every = f"in all {max(found['all requests']):.0f} requests, {max(found['all KB']):.1f} KB"
    goals = f"rows ≤ {goal} s, ≤ 8 requests, ≤ 80 KB"
    server.row(f"first page with 50 messages, {name}: {where}", goals, f"{first}; {every}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--before", type=Path, help="a checkout of an older Hubbub")
    before = options.parse_args().before
    subjects: dict[str, dict[str, Any]] = {"bundled": {}, "modules": {"HUBBUB_MODULES": "1"}}
    if before:
        subjects["before"] = {"cwd": before, "PYTHONPATH": str(before)}
    if chromium := next(filter(None, map(shutil.which, BROWSERS)), None):
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            measure(chromium, playwright, subjects)
    else:
        server.row("first page", "rows ≤ 0.4 s", "not measured: no Chromium here")
