"""A real server and people with real browsers; tests/test_browser.py runs this in a process without gevent."""

import contextlib
import copy
import json
import os
import re
import shutil
import signal
import time
import urllib.request

import pytest

from tests import forks

if "HUBBUB_STORIES" not in os.environ:
    collect_ignore_glob = ["*"]


STORIES_IN_FIREFOX = [
    "test_two_new_visitors_chat_within_seconds",
    "test_messages_written_offline_are_sent_on_return",
    "test_messages_are_there_with_the_first_paint",
    "test_a_message_is_edited_in_place_with_history",
    "test_a_thread_opens_in_a_panel_and_the_room_shows_its_summary",
    "test_autocomplete_keeps_the_focus_in_the_field",
    "test_the_owner_claims_the_server_and_invites_a_second_person",
    "test_a_public_room_is_found_previewed_and_joined_and_the_owner_deletes_a_message_there",
    "test_two_people_edit_a_document_and_see_each_other",
    "test_published_values_update_on_every_page",
]


def pytest_collection_modifyitems(config, items):
    """In Firefox, run the ten most important stories; others are for Chromium's tools, or for its way to paste."""
    if FIREFOX:
        others = [item for item in items if item.originalname not in STORIES_IN_FIREFOX]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def pytest_configure(config):
    config.addinivalue_line("markers", "fresh: a story that needs an empty Lobby")


def find_program(*names):
    return next(filter(None, map(shutil.which, names)), None)


CHROMIUM = find_program("chromium", "chromium-browser", "google-chrome")
HEADLESS = find_program("chromium-headless-shell") or CHROMIUM  # opens a page for less than half of the CPU time
FIREFOX = find_program("firefox-esr", "firefox") if os.environ.get("HUBBUB_BROWSER") == "firefox" else None
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--process-per-site"]  # the last one keeps a process, and what it has compiled, from one page to the next
STILL = {"reduced_motion": "reduce"}  # a story takes four fifths of the time; one in tests/browser/test_lobby.py moves
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
REPORT = """
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`policy: ${violatedDirective} ${blockedURI}`)
    })"""
SEEN = """
    since => [...document.querySelectorAll(".room .message:has(.prose)")].flatMap(row => {
      if (Number(row.dataset.seq) <= since) return []
      const prose = row.querySelector(".prose").cloneNode(true)
      prose.querySelectorAll(".waiting, .edited").forEach(part => part.remove())
      const text = prose.textContent
      return /uploading|sending|queued|sent|failed/.test(row.className) ? `(${text})` : text
    })"""
KEPT = """async store => {
    const [{ name }] = await indexedDB.databases()
    const open = indexedDB.open(name)
    await new Promise(resolve => { open.onsuccess = resolve })
    const asked = open.result.transaction(store).objectStore(store).getAll()
    await new Promise(resolve => { asked.onsuccess = resolve })
    open.result.close()
    return asked.result.map(one => one.payload?.text ?? one)
}"""
CUT = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
                 r"|WebSocket connection to|status of 50[23]|unknown error occurred when fetching the script"
                 r"|can’t establish a connection to the server|connection to ws.* was interrupted")


def eventually(what, seconds=20):
    """Return the first true result of `what`; fail if there is none in time."""
    end, pause = time.monotonic() + seconds, 0.05
    while not (answer := what()):
        assert time.monotonic() < end, f"never came true: {what}"
        time.sleep(pause)  # each look costs the browser some milliseconds
        pause = min(pause * 1.5, 0.2)
    return answer


def cookie_of(url, token):
    """Return the cookie of a browser that is signed in to the server at `url`."""
    with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=30) as answer:
        name = json.load(answer)["components"]["securitySchemes"]["cookie"]["name"]
    return {"name": name, "value": token, "url": url, "httpOnly": True}


class Server:
    """`hubbub serve` on a data folder of its own."""

    def __init__(self, data, **environ):
        self.data, self.environ = data, environ
        self.module = "hubbub"  # the program
        self.reader = ""  # the token of somebody who can read the Lobby; without one, it is a guest's
        self.port = 0
        self.start()

    def start(self):
        """Start it, or start it again at the same address."""
        command = [self.module, "serve", "--port", str(self.port), "--data", str(self.data)]
        environ = {"HUBBUB_LIMITS": "off", "HUBBUB_PUSH_PRIVATE": "1"} | os.environ | self.environ
        self.process = forks.start(*command, environ=environ)
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)[/\w]*", self.process.stdout.readline())):
            assert self.process.poll() is None, "the server did not start"
        self.port = int(found[1])
        self.url = found[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, path, body=None, token="", method=None):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def head(self):
        """Return the seq of the newest message."""
        self.reader = self.reader or self.ask("/api/guests", {})["token"]
        return self.ask(f"/api/channels/room:1/entries?after={2**53 - 1}", token=self.reader)["head"]

    def texts_after(self, since):
        """Return the texts of the messages after a seq."""
        token = self.ask("/api/guests", {})["token"]
        entries = self.ask(f"/api/channels/room:1/entries?after={since}", token=token)["entries"]
        return [entry["data"]["text"] for entry in entries if entry["kind"] == "message"]

    def say(self, name, *texts):
        """Post messages as a new guest of this name, without a browser."""
        token = self.ask("/api/guests", {"name": name})["token"]
        for number, text in enumerate(texts):
            self.ask("/api/channels/room:1/entries", {"text": text, "key": f"{name}{number}"}, token)


LOADED = """() => {
    const soon = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/chat/static/soon.js"))
    return soon && import(soon.name).then(() => true, () => false)
}"""
COVERED = """() => Boolean(history.state?.overlay
    || document.querySelector("dialog[open], .panel, .card, [role=menu]"))"""
LINK = """path => {
    history.pushState(null, "", path)
    dispatchEvent(new PopStateEvent("popstate"))
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
}"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def go_to(page, url, address):
    """Show an address of a server as a link does, in a tenth of a load's time; load it if something stays open."""
    if page.url.startswith(url) and has_closed_all(page):
        follow(page, address)
        return
    if page.url.partition("#")[0] == (url + address).partition("#")[0]:
        page.goto("about:blank")  # otherwise another fragment would not be loaded
    page.goto(url + address)
    page.wait_for_function(LOADED)


def has_closed_all(page):
    """Close menus, panels and dialogs with Escape; return whether none is left."""
    for _ in range(3):
        if not page.evaluate(COVERED):
            return True
        page.keyboard.press("Escape")
        page.evaluate(DRAWN)
    return not page.evaluate(COVERED)


def follow(page, address):
    """Show another address as a link does."""
    page.evaluate(LINK, address)


def show_again(page):
    """Leave the screen and come back by links, so that it shows what is new on the server."""
    address = page.evaluate("location.pathname + location.search")
    follow(page, "/nowhere")
    follow(page, address)


class Person:
    """A person with a browser of their own; `complaints` are the errors and warnings of its console."""

    def __init__(self, browser, url, since, at="", token="", **context):
        self.context = browser.new_context(**{**STILL, **DESKTOP, **context})
        self.context.add_init_script(REPORT)
        if token:
            self.context.add_cookies([cookie_of(url, token)])
        self.at = at
        self.forgiven = []
        self.url = url
        self.since = since
        self.complaints = []
        self.addresses = {}  # what each complaint is about, for who reads a failure
        self.page = self.look()

    def look(self):
        """Open the address in a new tab."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: self.hear(said.text, said.location["url"])
                if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.hear(str(error)))
        page.goto(self.at if "://" in self.at else self.url + self.at)
        return page

    def begin_again(self, since, at):
        """Go to the address of another story by links, so that nothing of the last one is on the screen."""
        self.since = since
        self.complaints.clear()
        self.forgiven = []
        self.go_to("/nowhere")
        self.go_to(at or "/")

    def in_another_tab(self):
        """Return the same person in another tab of the same browser."""
        other = copy.copy(self)
        other.page = self.look()
        return other.come_in()

    def reads_up_to(self):
        """Return how far this person has read, according to the server."""
        page = self.context.request.get(self.url).text()
        windows = json.loads(re.search(r'id="boot">(.*?)</script>', page)[1])["windows"]
        own = next(window for name, window in windows.items() if name.startswith("user:"))
        return own["cursors"].get("room:1", [0])[0]

    def hear(self, complaint, address=""):
        self.complaints.append(complaint)
        self.addresses[complaint] = address

    def forgive(self, *parts):
        """Accept console messages with these texts, because the story provokes them."""
        self.forgiven += parts

    def go_to(self, address):
        go_to(self.page, self.url, address)

    def find(self, selector, **more):
        return self.page.locator(selector, **more)

    def come_in(self):
        eventually(lambda: self.find("body[data-state=online]").count() and self.has_loaded())
        return self

    def has_loaded(self):
        """Return whether the page has what follows its first rows: keys, and the tools of the composer."""
        from playwright.sync_api import Error

        try:
            return self.page.evaluate(LOADED)
        except Error:  # it went on to another page meanwhile
            return False

    def write(self, text):
        self.find("#composer").fill(text)
        self.find("#composer").press("Enter")
        if "@" in text:  # sent, or warned of, once the members are loaded
            eventually(lambda: self.find("#composer").input_value() != text or self.find(".send-warning").count())

    def call_oneself(self, name):
        self.find(".me button.row").click()
        self.page.get_by_role("menuitem", name="Change your name").click()
        self.find("#name").fill(name)
        self.find("#name").press("Enter")

    def sees(self):
        """Return the texts of this story in the list, in order; those not sent yet are in brackets."""
        return self.page.evaluate(SEEN, self.since)

    def keeps(self, store="outbox"):
        """Return the texts that this browser has stored."""
        return self.page.evaluate(KEPT, store)

    def go_offline(self):
        self.context.set_offline(True)
        eventually(lambda: self.find(".line.offline").count())

    def return_online(self):
        self.context.set_offline(False)
        eventually(lambda: self.find(".line.online").count())


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    if FIREFOX:
        mouse = {f"ui.{which}PointerCapabilities": 6 for which in ("primary", "all")}  # fine, and can hover
        options = {"channel": "moz-firefox", "executable_path": FIREFOX, "firefox_user_prefs": mouse}
        with playwright.firefox.launch(**options) as browser:
            yield browser
        return
    with playwright.chromium.launch(executable_path=HEADLESS, args=ARGS) as browser:
        yield browser


@pytest.fixture
def full_browser(playwright):
    """The complete browser: its headless shell lacks notifications, for example."""
    with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as browser:
        yield browser


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("shared"))
    yield server
    server.kill()


@pytest.fixture
def server(request, tmp_path):
    """The server that stories share; one that is marked `fresh` gets an empty server of its own."""
    if "fresh" not in request.keywords:
        yield request.getfixturevalue("shared")
        return
    server = Server(tmp_path)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def staying():
    """The people whose pages stay open for the next story of the file, by name."""
    people = {}
    yield people
    leave(people)


def leave(people):
    """Close the browsers of these people."""
    while people:
        people.popitem()[1].context.close()


@pytest.fixture
def visit(request, browser, server, staying):
    """Return a function that opens the page as another person; consoles may only report a lost connection.

    `visit(stay="ann")` leaves the page open for the next story of the file that asks for "ann", unless this one fails.
    That saves most of a visit. It is for stories in which what this person did before does not matter.
    """
    since, failed = server.head(), request.session.testsfailed
    with contextlib.ExitStack() as leaving:
        people = []

        def visit(program=browser, stay="", at="", **context):
            if stay in staying:
                people.append(staying[stay])
                people[-1].begin_again(since, at)
                return people[-1]
            people.append(Person(program, server.url, since, at, **context))
            if stay:
                staying[stay] = people[-1]
            else:
                leaving.callback(people[-1].context.close)
            return people[-1]

        yield visit
        complaints = [said for person in people for said in person.complaints
                      if not CUT.search(said) and not any(part in said for part in person.forgiven)]
        if complaints or request.session.testsfailed > failed:
            leave(staying)
    assert complaints == [], [person.addresses for person in people]
