"""A server below a path prefix: every link, file, request and cookie of the page has it."""

import pytest
from conftest import Person, Server, eventually
from test_people import fill_in

OUTSIDE = """() => [...document.querySelectorAll("[href], [src]")]
    .map(one => one.href?.baseVal ?? one.href ?? one.src)
    .filter(address => !/^\\/chat(\\/|$)/.test(new URL(address, location).pathname))"""


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path, HUBBUB_PREFIX="/chat")
    yield server
    server.kill()


def test_everything_works_below_a_prefix(browser, server):
    olga = Person(browser, server.url, 0)
    requests = []
    olga.page.on("request", lambda request: requests.append(request.url))
    olga.come_in().page.get_by_role("link", name="Claim this server").click()
    fill_in(olga, "Olga")
    olga.page.get_by_role("button", name="Claim this server").click()
    olga.page.get_by_role("button", name="Go to the Lobby").click()
    olga.come_in().write("hello below a path")
    eventually(lambda: olga.sees()[-1:] == ["hello below a path"])

    for name in ("Inbox", "Feeds", "Documents", "People", "Lobby"):
        olga.find("nav.sidebar").get_by_role("link", name=name).first.click()
        assert "/chat/" in olga.page.url and olga.page.evaluate(OUTSIDE) == []
    olga.find("input[type=file]").first.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"})
    eventually(lambda: olga.find(".file-chip.ready").count())
    olga.page.goto(f"{server.url}/settings/notifications")
    olga.come_in()
    scope = olga.page.evaluate("""async () => {
        const push = await import(`${document.body.dataset.assets}/notifications/static/push.js`)
        await push.subscribe()
        return (await navigator.serviceWorker.getRegistrations())[0].scope
    }""")
    link = olga.page.evaluate("""async () => (await import(
        `${document.body.dataset.assets}/chat/static/actions.js`)).linkTo("room:1", 1)""")

    assert scope == f"{server.url}/" and link == f"{server.url}/room/1/1"
    assert [cookie["path"] for cookie in olga.context.cookies()] == ["/chat", "/chat"]
    assert [request for request in requests if not request.startswith((server.url, "data:", "blob:"))] == []
    assert [said for said in olga.complaints if "incognito" not in said] == []
    olga.context.close()
