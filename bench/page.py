"""Claim: the first page is at most 50 KB on the wire: all that a Chromium with an empty cache receives."""

import shutil
from typing import Any

from bench import server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SETTLE = 1500  # milliseconds after the network is idle, for requests that the page sends once it is connected


class Counter:
    """Counts the bytes of the browser's responses: headers only, and headers with bodies."""

    def __init__(self, session: Any) -> None:
        self.heads: dict[str, int] = {}
        self.whole: dict[str, int] = {}
        session.on("Network.responseReceived", self.begun)
        session.on("Network.loadingFinished", self.finished)
        session.send("Network.enable")

    def begun(self, event: dict[str, Any]) -> None:
        self.heads[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def finished(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:
            self.whole[event["requestId"]] = int(event["encodedDataLength"])

    def bodies(self) -> int:
        return sum(whole - self.heads[request] for request, whole in self.whole.items())


def weigh(address: str, browser: Any) -> Counter:
    """Open the page in a new browser profile."""
    with browser.new_context() as context:
        page = context.new_page()
        counter = Counter(context.new_cdp_session(page))
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(SETTLE)
        return counter


def main(chromium: str, playwright: Any) -> None:
    """Print both lines of the table."""
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for messages, words in ((0, "empty Lobby"), (50, "50 messages shown")):
        with server.folder() as data:
            server.fill(data, messages)
            with server.running(data) as instance:
                instance.wait_for("/healthz")
                counter = weigh(f"http://127.0.0.1:{instance.port}/", browser)
        server.row(f"first page, {words}", "≤ 50 KB",
                   f"{counter.bodies() / 1e3:.1f} KB of bodies in {len(counter.whole)} requests; "
                   f"{sum(counter.whole.values()) / 1e3:.1f} KB with response headers")
    browser.close()


if __name__ == "__main__":
    if chromium := next(filter(None, map(shutil.which, BROWSERS)), None):
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            main(chromium, playwright)
    else:
        server.row("first page", "≤ 50 KB", "not measured: no Chromium here")
