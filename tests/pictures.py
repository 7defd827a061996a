"""Take pictures of the page's screens, on a desktop and a phone, light and dark; run by `bin/pictures`."""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests import workspace
from tests.browser.conftest import ARGS, CHROMIUM, DESKTOP, PHONE

SIZES = {"desktop": DESKTOP, "phone": PHONE}
LIMIT = 150 * 1024  # bytes of one picture
SETTLE = 1500  # milliseconds for pictures and the first prices


def screens(place):
    """Every screen: its address, and what is done there before the picture is taken."""
    launch, seq = place.find("Who writes")
    room = f"/room/{launch.partition(':')[2]}"
    return {
        "room": (room, None),
        "thread": (room, lambda page: page.locator(f'[data-seq="{seq}"] .thread-summary').click()),
        "sidebar": (room, lambda page: [button.click() for button in page.locator(".to-rooms").all()]),
        "palette": (room, lambda page: page.keyboard.press("Control+k")),
        "details": (room, lambda page: page.locator(".topbar button[aria-haspopup], .topbar .ghost").last.click()),
        "inbox": ("/inbox", None), "threads": ("/threads", None), "rooms": ("/rooms", None),
        "feeds": ("/feeds", None), "feed": ("/feed/ACME", None), "documents": ("/documents", None),
        "document": (f"/document/{place.documents['Launch plan']}", None), "search": ("/search?q=launch", None),
        "people": ("/people", None), "settings": ("/settings", None), "profile": ("/settings/profile", None),
        "sign-in": ("/sign-in", None), "join": ("/join", None),
    }


STRANGERS = {"sign-in", "join"}


def take(browser, place, name, size, theme, folder):
    """Take one picture; returns its file."""
    address, act = screens(place)[name]
    server = place.server
    context = browser.new_context(**SIZES[size], color_scheme=theme, device_scale_factor=2 if size == "phone" else 1)
    if name not in STRANGERS:
        context.add_cookies([{"name": "hubbub", "value": place.tokens["maya"], "url": server.url, "httpOnly": True}])
    context.add_init_script("document.hasFocus = () => false")  # so that nothing is marked as read
    page = context.new_page()
    fragment = ""
    if name == "join":
        fragment = "#" + place.request("maya", "POST", "/api/invites", role="member")["url"].partition("#")[2]
    page.goto(server.url + address + fragment)
    page.wait_for_selector("body[data-state=online], form", timeout=20_000)
    if act:
        act(page)
    page.wait_for_timeout(SETTLE)
    path = folder / f"{name}-{size}-{theme}.webp"
    with Image.open(io.BytesIO(page.screenshot())) as image:
        for quality in (90, 80, 70, 60):
            image.save(path, "WEBP", quality=quality, method=6)
            if path.stat().st_size <= LIMIT:
                break
    context.close()
    return path


def main():
    parser = argparse.ArgumentParser(prog="bin/pictures", description=__doc__)
    parser.add_argument("screens", nargs="*", default=["room"], help="names of screens, or `all`; by default: room")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"), help="the folder [docs/pictures]")
    parser.add_argument("--size", choices=SIZES, action="append", help="one size only")
    parser.add_argument("--theme", choices=["light", "dark"], action="append", help="one theme only")
    wanted = parser.parse_args()
    wanted.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = workspace.start(Path(folder))
        try:
            known = screens(place)
            names = list(known) if wanted.screens == ["all"] else wanted.screens
            if unknown := set(names) - set(known):
                parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            for name in names:
                for size in wanted.size or SIZES:
                    for theme in wanted.theme or ("light", "dark"):
                        print(take(browser, place, name, size, theme, wanted.to), flush=True)
            browser.close()
        finally:
            place.server.stop()


if __name__ == "__main__":
    main()
