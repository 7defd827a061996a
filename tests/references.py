"""Compare 22 screens with the pictures in `tests/screens`, or draw those again: `bin/pictures --check`, `--renew`.

The workspace in them is a still one, at one moment, in the fonts that every Debian has.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import compare, workspace
from tests.browser.conftest import ARGS, HEADLESS
from tests.pictures import opened, shoot, taken

FOLDER = Path(__file__).parent / "screens"
SCREENS = ["room", "thread", "home", "menu", "emoji", "palette", "details", "new-room", "inbox", "threads", "rooms",
           "feeds", "candles", "documents", "document", "search", "people", "settings", "profile", "appearance",
           "sign-in", "join"]
LOOKS = [("desktop", "light"), ("phone", "dark")]
STILL = {"device_scale_factor": 1, "reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC"}
SAME = ["--font-render-hinting=none", "--disable-lcd-text", "--disable-font-subpixel-positioning",
        "--force-color-profile=srgb"]
DEADLINE = 8  # seconds until a screen must look like its picture


@contextlib.contextmanager
def still(playwright):
    """A browser and a workspace that draw the same pictures each time."""
    environ = {**os.environ, "FONTCONFIG_FILE": str(FOLDER / "fonts.conf")}
    with (tempfile.TemporaryDirectory() as folder,
          playwright.chromium.launch(executable_path=HEADLESS, args=[*ARGS, *SAME], env=environ) as browser):
        team = workspace.start(Path(folder), still=True)
        try:
            yield browser, team
        finally:
            team.server.stop()


def check(browser, team, name, size, theme, differences):
    """Return how a screen differs from its picture, or ""; draw that into the folder."""
    file = FOLDER / f"{name}-{size}-{theme}.webp"
    if not file.exists():
        return f"{file.name}: there is no such picture: run bin/pictures --renew {name}"
    with opened(browser, team, name, size, theme, **STILL) as page:
        end = time.monotonic() + DEADLINE
        while (problem := compare.difference(file, taken(page), differences)) or page.waiting:
            if time.monotonic() > end:
                break
            page.wait_for_timeout(200)
    return problem and f"{file.name}: {problem}"


def renew(browser, team, name, size, theme, differences):
    """Draw a picture again, unless the screen still looks like it."""
    if check(browser, team, name, size, theme, differences):
        with opened(browser, team, name, size, theme, **STILL) as page:
            compare.store(shoot(page), FOLDER / f"{name}-{size}-{theme}.webp")


def main():
    parser = argparse.ArgumentParser(prog="bin/pictures", description=__doc__)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--check", action="store_const", const=check, dest="act", help="compare the screens")
    how.add_argument("--renew", action="store_const", const=renew, dest="act", help="draw those that differ again")
    parser.add_argument("screens", nargs="*", help=f"names of screens [{' '.join(SCREENS)}]")
    parser.add_argument("--to", type=Path, default=Path("differences"), help="the folder of what differs [differences]")
    options = parser.parse_args()
    problems = []
    with sync_playwright() as playwright, still(playwright) as (browser, team):
        for name in options.screens or SCREENS:
            for size, theme in LOOKS:
                if (name, size) != ("home", "desktop"):  # where it is the sidebar
                    problem = options.act(browser, team, name, size, theme, options.to)
                    problems += [problem] if problem else []
                    print(problem or f"{name}-{size}-{theme}", flush=True)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
