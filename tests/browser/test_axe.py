"""Screens that `test_fits` does not go to pass axe, on a desktop, at 200 % there, and on a phone, in both themes.

That walk asks axe about the others, in a workspace with more in it; here is a message with all that one can have.
"""

import pytest
from axe import assert_accessible, assert_accessible_when_zoomed
from conftest import DESKTOP, PHONE, STILL, Server, cookie_of, eventually, go_to

PASSWORD = "correct horse battery"
CODE = """Look:

```python
print('hello')
```

| a | b |
|---|---|
| 1 | 2 |

- [x] done
- [ ] to do

> said

*so*, and `this`
"""


class Place:
    """A server with an owner and Ann; a room with all that a message can be, and Ann's unread and mentions."""

    def __init__(self, folder):
        self.server = Server(folder)
        self.olga = self.join("Olga", handle="olga")
        self.ann = self.join("Ann", handle="ann", secret=self.invite("member"))
        self.room = self.say(self.olga, "/api/rooms", name="Tea", kind="private", topic="What is brewed",
                             people=[self.ann["person"]["id"]])["channel"]
        self.say(self.olga, "/api/rooms", name="Open to all", kind="public", topic="Join")
        root = self.post(CODE)
        self.post("@ann, did you see https://a.example/x?", thread=root)
        for person in (self.olga, self.ann):
            self.act("PUT", f"messages/{root}/reactions/%F0%9F%8E%89", person)
        self.post("🎉")
        self.act("PUT", f"messages/{root}/pin")
        self.act("PATCH", f"messages/{self.post('a first try')}", text="a second one")
        self.post("for @ann and the whole @room", quote=root)
        self.root = root
        self.server.ask("/api/market", {}, self.olga["token"])
        self.say(self.olga, "/api/documents", room=self.room, title="Plans")
        told = {"person": "ann", "text": "the backup is done", "url": "https://a.example/", "key": "backup"}
        self.server.ask("/api/notify", told, self.olga["token"])
        self.server.ask("/api/alerts", {"symbol": "ACME", "level": 1, "direction": "below"}, self.ann["token"])

    def join(self, name, **more):
        return self.server.ask("/api/join", {"name": name, "password": PASSWORD, **more})

    def invite(self, role):
        return self.server.ask("/api/invites", {"role": role}, self.olga["token"])["url"].partition("#")[2]

    def say(self, person, path, **body):
        self.keys = getattr(self, "keys", 0) + 1
        return self.server.ask(path, {**body, "key": str(self.keys)}, person["token"])

    def post(self, text, **more):
        return self.say(self.olga, f"/api/channels/{self.room}/entries", text=text, **more)["seq"]

    def act(self, method, path, person=None, **body):
        self.keys += 1
        said = {**body, "key": str(self.keys)}
        self.server.ask(f"/api/channels/{self.room}/{path}", said, (person or self.olga)["token"], method)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("axe"))
    yield place
    place.server.kill()


SIZES = {"desk": DESKTOP, "phone": PHONE}
READY = """() => !document.querySelector("[aria-busy=true]") && document.fonts.status === "loaded"
    && document.querySelector("main")"""


@pytest.fixture(scope="module", params=SIZES)
def pages(request, place, browser):
    """Return a page of each person, on a screen of this size."""
    contexts = {who: browser.new_context(**STILL, **SIZES[request.param]) for who in ("", "ann", "olga")}
    for who in ("ann", "olga"):
        contexts[who].add_cookies([cookie_of(place.server.url, getattr(place, who)["token"])])
    yield {who: context.new_page() for who, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture
def open_as(place, pages):
    """`open_as("ann", "/rooms")` returns her page at that address."""

    def open_as(who, address):
        page, path = pages[who], address.replace("ROOM", place.room.removeprefix("room:"))
        page.set_default_timeout(20_000)
        go_to(page, place.server.url, path)
        page.wait_for_function(READY)
        assert page.evaluate("location.pathname + location.search + location.hash") == path
        return page

    return open_as


SCREENS = {
    "the sign-in": ("", "/sign-in"),
    "a link that is void": ("", "/join#nonsense"),
    "a room": ("ann", "/room/ROOM"),
    "a permalink": ("ann", "/room/ROOM/2"),
    "a room that is not there": ("ann", "/room/999"),
    "a page that is not there": ("ann", "/nowhere"),
    "a page that is refused": ("", "/files/0/x"),
    "the search": ("ann", "/search?q=second"),
    "settings": ("ann", "/settings"),
    **{f"settings: {part}": ("olga", f"/settings/{part}") for part in (
        "device", "password", "sign-ins", "invites", "people")},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen(open_as, screen):
    page = open_as(*SCREENS[screen])

    assert page.locator("h1").first.inner_text()
    assert_accessible(page)
    if page.viewport_size == DESKTOP["viewport"]:
        assert_accessible_when_zoomed(page)


def test_an_invite(open_as, place):
    page = open_as("", f"/join#{place.invite('member')}")
    eventually(lambda: page.locator("form input").count() >= 3)

    assert_accessible(page)


def test_the_help(open_as):
    page = open_as("ann", "/rooms")
    page.locator("body").press("?")
    page.wait_for_selector("dialog[open]")

    assert_accessible(page)
