"""Take pictures of the page's screens, on a desktop and a phone, light and dark; run by `bin/pictures`.

`bin/pictures --check` compares some with those in the repository, see `tests/references.py`.
"""

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests import mirrored, picture_alarms, picture_rules, picture_targets, published_screens, workspace
from tests.browser.conftest import ARGS, CHROMIUM, DESKTOP, PHONE, cookie_of, follow, show_again
from tests.webhook_payloads import PAYLOADS

ZOOMED = {"viewport": {"width": 640, "height": 400}}  # the desktop at 200 %
SIZES = {"desktop": DESKTOP, "phone": PHONE, "zoomed": ZOOMED}
LIMIT = 150 * 1024  # bytes of one picture
SETTLE = 1500  # milliseconds for what is loaded on first use
QUIET, PATIENCE = 0.3, 5  # seconds without a change until a screen counts as settled, and until it is taken anyway
READY = """() => document.fonts.status === "loaded" && !document.querySelector("[aria-busy=true]")
    && [...document.images].every(image => image.complete || image.getBoundingClientRect().top > innerHeight
                                           || image.getBoundingClientRect().bottom < 0)"""


def screens(team):
    """Return all screens: the address, and an action before the picture is taken."""
    launch, seq = team.find("Who writes")
    room = f"/room/{launch.partition(':')[2]}"
    return {
        "room": (room, None),
        "thread": (room, lambda page: page.locator(f'[data-seq="{seq}"] .thread-summary').click()),
        "home": ("/home", None), "menu": (room, lambda page: page.locator(".topbar [aria-haspopup=menu]").last.click()),
        "emoji": (room, lambda page: page.locator(".emoji-button").click()),
        "palette": (room, lambda page: type_into_palette(page, "la")),
        "composer": (room, write_a_message),
        "details": (room, lambda page: page.keyboard.press("Control+.")),
        "new-room": ("/rooms", lambda page: page.locator("main .primary").first.click()),
        "inbox": ("/inbox", None), "inbox-reply": ("/inbox", lambda page: reply_in_inbox(page, team)),
        "urgent": (f"{room}", lambda page: picture_alarms.raise_alarms(page, team)),
        "urgent-inbox": ("/inbox", lambda page: picture_alarms.raise_alarms(page, team)),
        "on-call": ("/settings/on-call", lambda page: picture_alarms.raise_alarms(page, team)),
        "on-call-steps": ("/settings/on-call", lambda page: picture_alarms.change_steps(page, team)),
        "published": ("/inbox", lambda page: published_screens.publish(page, team)),
        "topics": ("/settings/notifications", lambda page: published_screens.show_topics(page, team)),
        "snooze": ("/inbox", lambda page: press_in_inbox(page, "h")), "threads": ("/threads", None),
        "drafts": ("/drafts", None), "saved": ("/saved", None),
        "beginning": (f"/room/{team.rooms['hiring'].partition(':')[2]}", None),
        "catch-up": ("/catch-up", None),
        "day": (room, open_day),
        "card": (room, lambda page: page.locator(".message .face").last.click()),
        "row-menu": (room, open_row_menu), "rooms": ("/rooms", None),
        "feeds": ("/feeds", None), "feed": ("/feed/ACME", None),
        "candles": ("/feed/ACME", show_candles),
        "documents": ("/documents", None),
        "document": (f"/document/{team.documents['Launch plan']}", None), "search": ("/search?q=launch", None),
        "search-documents": ("/search?q=launch&tab=documents", None),
        "search-filters": ("/search?q=", lambda page: page.locator("#search").press_sequentially("tea from:")),
        "version": (f"/document/{team.documents['Launch plan']}", compare_versions),
        "people": ("/people", None), "settings": ("/settings", None), "profile": ("/settings/profile", None),
        "appearance": ("/settings/appearance", None), "quiet": ("/settings/notifications", be_quiet),
        "targets": ("/settings/notifications", picture_targets.add_targets),
        "rules": ("/settings/rules", lambda page: picture_rules.add_rules(page, team)),
        "why": ("/inbox", lambda page: page.locator(".why-button").first.click()),
        "groups": ("/settings/groups", lambda page: picture_rules.add_groups(page, team)),
        "mail": ("/settings/notifications", picture_targets.show_mail),
        "server": ("/settings/server", None),
        "status": ("/settings/status", None),
        "audit": ("/settings/audit", None),
        "integrations": ("/settings/integrations", lambda page: open_hook(page, team)),
        "programs": ("/settings/integrations", lambda page: page.locator("section").last.scroll_into_view_if_needed()),
        "tokens": ("/settings/tokens", create_token),
        "new-hook": ("/settings/integrations", create_hook),
        "outgoing": ("/settings/integrations", lambda page: open_outgoing(page, team)),
        "buttons": (f"/room/{team.rooms['deploys'].partition(':')[2]}", lambda page: show_buttons(page, team)),
        "bots": ("/settings/integrations", lambda page: open_bot(page, team)),
        "hooks": (f"/room/{team.rooms['deploys'].partition(':')[2]}", lambda page: show_hooks(page, team)),
        "sign-in": ("/sign-in", None), "join": ("/join", None),
    }


def press_in_inbox(page, key):
    """Press a key on the first conversation in the inbox."""
    page.wait_for_timeout(SETTLE)  # until what rooms offer there is loaded
    page.locator(".notification .row").first.focus()
    page.keyboard.press(key)
    page.wait_for_selector("dialog[open], .reply-here textarea")


def reply_in_inbox(page, team):
    """Begin a reply in the row of a conversation with names and texts in other languages."""
    names = ("Wolfgang Theophil zu Hohenlohe-Bartens", "שרה כהן",
             "ฉัตรชัย วงศ์สุวรรณ", "佐藤 さくら")
    words = ("Der @maya Wetterstationsübertragungsfehler ist behoben, und zwar schon seit gestern Abend kurz nach 8.",
             "@maya אפשר לבדוק את זה?", "@maya สถานีตรวจอากาศใหม่พร้อมใช้งานแล้ว",
             "@maya 明日の打ち合わせは十時からです。")
    for nth, (name, text) in enumerate(zip(names, words, strict=True)):
        if f"author{nth}" not in team.tokens:
            secret = team.request("maya", "POST", "/api/invites", role="member")["url"].partition("#")[2]
            author = {"secret": secret, "name": name, "handle": f"author{nth}", "password": "nine blue herons wading"}
            team.tokens[f"author{nth}"] = team.server.request_json("POST", "/api/join", body=author)["token"]
        team.request(f"author{nth}", "POST", "/api/channels/room:1/entries", text=text, key=f"in-many-languages-{nth}")
    press_in_inbox(page, "r")


def be_quiet(page):
    """Choose not to be disturbed for an hour, and at night."""
    if page.locator(".quiet-choices").count():
        page.locator(".quiet-choices button").nth(1).click()
    page.wait_for_selector(".quiet-now")
    if not page.locator(".weekdays").count():
        page.locator(".form .check input").last.click()
    page.wait_for_selector(".weekdays")


def open_day(page):
    """Open the menu of the day in view, which a room shows while it is scrolled back."""
    if not page.locator(".day").first.is_visible():
        page.locator(".message").first.scroll_into_view_if_needed()
    page.locator(".day").first.click()


def type_into_palette(page, words):
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").fill(words)
    page.wait_for_selector("dialog.palette .row [class*=avatar]")


def open_row_menu(page):
    """Open the menu of a row in the sidebar; on a phone, the sidebar is the first tab."""
    if page.viewport_size["width"] < 768:
        follow(page, "/home")
    page.wait_for_timeout(SETTLE)  # until what is loaded on first use is there
    page.locator("li[data-channel]", has_text="Firmware").click(button="right")


def show_candles(page):
    """Show the chart as candles; a click while the page replaces its first modules is lost."""
    candles = page.locator("input[name=view]").nth(1)
    while not candles.is_checked():
        candles.click(force=True)
        page.wait_for_timeout(100)


def write_a_message(page):
    """Show the preview of a message, and suggestions for its last word."""
    if page.locator(".aa").count():
        page.locator(".aa").first.click()
    page.locator("[role=toolbar] button:has([href$='#eye'])").last.click()
    page.locator("#composer").fill("")
    page.locator("#composer").press_sequentially("**Plan** for [[")
    page.wait_for_selector(".suggestions [role=option]")


def compare_versions(page):
    """Edit a document and compare its first version with the text of now."""
    page.wait_for_selector("input[name=mode]")
    if page.locator("input[name=mode]").count() == 2:  # a narrow screen shows either the editor or the text
        page.locator("input[name=mode]").first.check(force=True)
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type(" Ask Max before you change one.")
    page.wait_for_timeout(SETTLE)
    follow(page, page.evaluate("location.pathname") + "/1")
    page.locator(".document-bar .segments label").nth(1).click()  # compared with the text of now


def receive(team):
    """Have other programs post in a room by hooks of their own, once."""
    if "Errors" in [hook["name"] for hook in team.request("maya", "GET", "/api/hooks")]:
        return
    senders = ("Alerts", "🚨", "Alertmanager"), ("Builds", "🔨", "Uptime Kuma"), ("Errors", "", "Sentry")
    for name, icon, sender in senders:
        hook = team.request("maya", "POST", "/api/hooks", channel=team.rooms["deploys"], name=name, icon=icon)
        team.server.request("POST", hook["path"], body=PAYLOADS[sender][0])
        if name == "Builds":
            for text in (b"Deploy 42: testing", b"Deploy 42: **live** on all stations"):
                team.server.request("POST", f"{hook['path']}?key=42&md=1&p=3", body=text)
            team.server.request("POST", f"{hook['path']}?key=42&resolve=1", body=b"")
            team.server.request("POST", hook["path"], body=b"The disk of db1 is 91 % full.", Title="Disk",
                                Priority="high", Tags="floppy_disk,db1", Actions="view, Graph, https://example.com/")
    team.server.request("POST", hook["path"], body=b"payload={")


def open_hook(page, team):
    """Open the last of some webhooks that were used."""
    receive(team)
    show_again(page)
    page.locator(".hooks .row", has_text="Errors").click()
    page.locator(".requests summary").first.click()


def create_bot(team):
    """Create a bot that is in two rooms, and return it."""
    known = {bot["name"]: bot for bot in team.request("maya", "GET", "/api/bots")}
    if "Release robot" in known:
        return known["Release robot"]
    bot = team.request("maya", "POST", "/api/bots", name="Release robot")
    team.request("maya", "POST", f"/api/bots/{bot['id']}/tokens", name="Build server", scope="write")
    for room in ("deploys", "hiring"):
        path = f"/api/rooms/{team.rooms[room].partition(':')[2]}/members"
        team.request("maya", "POST", path, people=[bot["id"]], key=f"bot-{room}")
    return bot


def open_bot(page, team):
    """Open a bot with a token that was just created."""
    bot = create_bot(team)
    show_again(page)
    page.locator(".hooks .row", has_text="Release robot").click()
    page.locator(f"#bot-{bot['id']}-token-name").fill("Cron on db1")
    page.locator(".hook-details .form.inline button").first.click()
    page.wait_for_selector(".once")


def create_token(page):
    page.locator("#name").fill("Claude on my laptop")
    page.locator("[name=audited]").check()
    page.locator(".form .primary").click()
    page.wait_for_selector(".once")


def open_outgoing(page, team):
    """Open an outgoing webhook whose program does not answer, and the form for another one."""
    bot = create_bot(team)
    known = [found["trigger"] for found in team.request("maya", "GET", f"/api/bots/{bot['id']}/outgoing")]
    for trigger, word in (("mention", ""), ("keyword", "rollback, incident"), ("command", "deploy")):
        if trigger not in known:
            team.request("maya", "POST", f"/api/bots/{bot['id']}/outgoing", url="https://ci.example.com/hubbub",
                         trigger=trigger, word=word)
    show_again(page)
    page.locator(".hooks .row", has_text="Release robot").click()
    page.locator(".hooks .hooks .row:has([href$='#send-horizontal'])").last.click()  # in any language
    page.locator(".hook-details .hook-details .buttons .plain").first.click()
    page.wait_for_selector(".requests li")
    page.locator(".hooks .hooks .row").first.scroll_into_view_if_needed()


def show_buttons(page, team):
    """Show a message with buttons, and what a command that failed tells one person."""
    bot = create_bot(team)
    if not team.request("maya", "GET", f"/api/bots/{bot['id']}/outgoing"):
        team.request("maya", "POST", f"/api/bots/{bot['id']}/outgoing", url="https://ci.invalid/", trigger="command",
                     word="deploy", about="Deploy a version to all stations")
    token = team.request("maya", "POST", f"/api/bots/{bot['id']}/tokens", name="x", scope="write")["secret"]
    choices = ("yes", "Approve", "primary"), ("no", "Reject", "danger"), ("log", "Show log", "")
    buttons = [{"type": "button", "action_id": id, "text": {"type": "plain_text", "text": words}, "style": style}
               for id, words, style in choices]
    words = {"type": "mrkdwn", "text": "*Firmware 2.4.1* is ready for all 14 stations."}
    payload = {"channel": f"C{team.rooms['deploys'][5:]}", "text": "Firmware 2.4.1 is ready",
               "attachments": [{"color": "warning", "text": "3 of 300 tests are flaky."}],
               "blocks": [{"type": "section", "text": words}, {"type": "actions", "elements": buttons}]}
    team.server.request("POST", "/api/slack/chat.postMessage", body=payload, Authorization=f"Bearer {token}")
    page.wait_for_selector(".program-buttons button")
    page.locator("#composer").fill("/deploy 2.4.1")
    page.locator(".composer .primary").click()
    page.wait_for_selector(".only-you")


def create_hook(page):
    page.locator("#hook-name").fill("Grafana")
    page.locator(".form .primary").first.click()
    page.wait_for_selector(".once")


def show_hooks(page, team):
    receive(team)
    page.wait_for_selector(".tone", state="attached")


SIGNED_OUT = {"sign-in", "join"}


@contextlib.contextmanager
def opened(browser, team, name, size, theme, **options):
    """Open a screen in a browser profile of its own; in the block, `page.waiting` has the requests without answer."""
    address, act = screens(team)[name]
    server = team.server
    with browser.new_context(**{**SIZES[size], **options}, color_scheme=theme) as context:
        if name not in SIGNED_OUT:
            context.add_cookies([cookie_of(server.url, team.tokens["maya"])])
        context.add_init_script("document.hasFocus = () => false")  # otherwise messages would be marked as read
        page = context.new_page()
        page.waiting = set()
        page.on("request", lambda request: page.waiting.add(request))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: page.waiting.discard(request))
        fragment = ""
        if name == "join":
            fragment = "#" + team.request("maya", "POST", "/api/invites", role="member")["url"].partition("#")[2]
        page.goto(server.url + address + fragment)
        page.wait_for_selector("body[data-state=online], form", timeout=20_000)
        if act:
            shoot(page)
            act(page)
        yield page


def taken(page):
    """Return a picture of the page as it is, once its images and fonts are loaded."""
    page.wait_for_function(READY)
    return page.screenshot(animations="disabled", caret="hide")


def shoot(page):
    """Return a picture of the page once nothing has changed for a moment."""
    start = changed = time.monotonic()
    last = b""
    while time.monotonic() < start + PATIENCE:
        if (now := taken(page)) != last or page.waiting:
            last, changed = now, time.monotonic()
        elif time.monotonic() > changed + QUIET:
            break
        page.wait_for_timeout(50)
    return last


def take(browser, team, name, size, theme, folder, language="en"):
    """Take one picture; return its file."""
    scale = 1 if size == "desktop" else 2
    with opened(browser, team, name, size, theme, locale=language, device_scale_factor=scale) as page:
        picture = shoot(page)
    path = folder / f"{name}-{size}-{theme}.webp"
    with Image.open(io.BytesIO(picture)) as image:
        for quality in (90, 80, 70, 60):
            image.save(path, "WEBP", quality=quality, method=6)
            if path.stat().st_size <= LIMIT:
                break
    return path


def main():
    parser = argparse.ArgumentParser(prog="bin/pictures", description=__doc__)
    parser.add_argument("screens", nargs="*", default=["room"], help="names of screens, or `all`; by default: room")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"), help="the folder [docs/pictures]")
    parser.add_argument("--size", choices=SIZES, action="append", help="one size only")
    parser.add_argument("--theme", choices=["light", "dark"], action="append", help="one theme only")
    parser.add_argument("--language", default="en", help=f"de, or {mirrored.LANGUAGE} for right to left [en]")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        team = workspace.start(Path(folder))
        try:
            known = screens(team)
            names = list(known) if options.screens == ["all"] else options.screens
            if unknown := set(names) - set(known):
                parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            for name in names:
                for size in options.size or ("desktop", "phone"):
                    for theme in options.theme or ("light", "dark"):
                        print(take(browser, team, name, size, theme, options.to, options.language), flush=True)
            browser.close()
        finally:
            team.server.stop()


if __name__ == "__main__":
    main()
