"""What was read stays in the browser: the page opens without a server, and catches up once it is back."""

import re

import pytest
from axe import assert_accessible
from conftest import COVERED, eventually
from test_documents import begin, text, write
from test_feeds import tick
from test_notifications import Team, number, rows

KEPT = """async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name)
    const all = await Promise.all(names.map(async name => {
        const open = indexedDB.open(name)
        await new Promise(resolve => { open.onsuccess = resolve })
        const stores = [...open.result.objectStoreNames].filter(name => name === "kept")
        const store = stores.length ? open.result.transaction("kept").objectStore("kept") : null
        const [names, values] = [store?.getAllKeys(), store?.getAll()]
        if (store) await new Promise(resolve => { values.onsuccess = resolve })
        open.result.close()
        return names?.result.filter((_, index) => JSON.stringify(values.result[index].value) !== "{}") ?? []
    }))
    return all.flat()
}"""


@pytest.fixture
def team(server, visit):
    return Team(server, visit)


def keeps(person, *names):
    """Return whether this browser has kept all of these, and the page without data."""
    has_shell = person.page.evaluate("caches.match('/offline').then(Boolean)")
    return has_shell and set(names) <= set(person.page.evaluate(KEPT))


def stop(server):
    server.process.terminate()
    assert server.process.wait(20) == 0


def load(person, address):
    """Load the page at an address, as the browser does when it starts."""
    person.page.goto(person.url + address)


def notice(person):
    return person.find(".notice.kept")


def change_inbox_and_room(person):
    """Mark a conversation as read, mute the Lobby and save a message; all of it is still there after a reload."""
    person.go_to("/inbox")
    eventually(lambda: len(rows(person)) == 3)
    unread = len(rows(person, waiting=True))
    person.find(".notification", has_text="Backup 0").hover()
    person.find(".notification", has_text="Backup 0").get_by_role("button", name="Done", exact=True).click()
    eventually(lambda: number(person) == str(unread - 2) and len(rows(person, waiting=True)) == unread - 2)
    person.go_to("/")
    bell = person.page.get_by_role("button", name="Notifications of this room")
    bell.click()
    person.page.get_by_role("menuitemcheckbox", name="Nothing").click()
    message = person.find(".room .message", has_text="tea, @Ann?")
    message.hover()
    message.get_by_label("More", exact=True).click()
    person.page.get_by_role("menuitem", name="Save for later").click()
    eventually(lambda: not person.page.evaluate(COVERED))  # the menu goes back in the history, which would end a load
    load(person, "/inbox")
    eventually(lambda: number(person) == str(unread - 2) and len(rows(person, waiting=True)) == unread - 2)
    load(person, "/")
    eventually(lambda: bell.locator("use[href$='#bell-off']").count())


def inbox_and_room(team):
    """Return how many notifications are unread, the level of the Lobby, and how many messages are saved."""
    state = team.ask("ann", f"/api/channels/user:{team.people['ann']['person']['id']}/window")
    unread = team.ask("ann", f"/api/channels/inbox:{team.people['ann']['person']['id']}/window")["unread"]
    return unread, state["levels"].get("room:1"), len(state["saved"])


@pytest.mark.fresh
def test_what_was_read_opens_without_the_server_and_catches_up(team, server):
    ann_id = team.people["ann"]["person"]["id"]
    private = {"name": "Secret", "kind": "private", "key": "s", "people": [ann_id]}
    room = team.ask("olga", "/api/rooms", private)["channel"]
    team.say("olga", "between us", room)
    for words in ("tea, @Ann?", "a slip of the tongue"):
        last = team.say("olga", words)
    tick(team, 184.22)
    for n in range(2):
        team.ask("olga", "/api/notify", {"person": "ann", "text": f"Backup {n} done", "key": f"b{n}"})
    at, secret = begin(team), f"/room/{room[5:]}"
    ann = team.at("ann", at)
    ann.forgive("ERR_FAILED", "Failed to fetch")
    write(ann, "Ann brings tea. ")
    eventually(lambda: keeps(ann, "document:1"))
    for address, seen, kept in (("/feeds", "184.22", "part:quotes"), (secret, "between us", f"channel:{room}"),
                                ("/", "a slip of the tongue", "channel:room:1")):
        ann.go_to(address)
        eventually(lambda seen=seen: ann.page.get_by_text(seen).count())
        eventually(lambda kept=kept: keeps(ann, kept, f"channel:inbox:{ann_id}"))
    ann.page.goto("about:blank")
    team.ask("olga", f"/api/channels/room:1/messages/{last}", {"key": "d"}, method="DELETE")
    team.ask("olga", f"/api/rooms/{room[5:]}/members/{ann_id}", {"key": "r"}, method="DELETE")
    stop(server)

    load(ann, "/")
    eventually(lambda: ann.sees() == ["tea, @Ann?", "a slip of the tongue"])
    eventually(lambda: notice(ann).inner_text().strip().startswith("You are offline. This is how things were at "))
    assert_accessible(ann.page)
    ann.write("from the train")
    load(ann, secret)
    eventually(lambda: ann.sees() == ["between us"])
    change_inbox_and_room(ann)
    load(ann, "/feeds")
    eventually(lambda: ann.find(".quote-row .value").inner_text() == "184.22" and ann.find(".kept-since").count())
    load(ann, at)
    eventually(lambda: text(ann) == "Ann brings tea. ")
    write(ann, "And cake. ")
    ann.find(".sidebar a", has_text="Lobby").first.click()
    eventually(lambda: ann.sees() == ["tea, @Ann?", "a slip of the tongue", "(from the train)"])
    server.start()

    eventually(lambda: ann.sees() == ["tea, @Ann?", "from the train"] and not notice(ann).count())
    eventually(lambda: ann.context.request.get(f"{ann.url}{at}/text").text() == "Ann brings tea. And cake. ")
    eventually(lambda: inbox_and_room(team) == (0, "nothing", 1))
    eventually(lambda: f"channel:{room}" not in ann.page.evaluate(KEPT) and ann.keeps() == [])
    load(ann, "/settings/device")
    eventually(lambda: re.search("Kept: [23] rooms and lists, 1 document, ", ann.find(".settings").inner_text()))
    ann.page.get_by_role("button", name="Delete kept data").click()
    eventually(lambda: "part:me" in ann.page.evaluate(KEPT) and "document:1" not in ann.page.evaluate(KEPT))
    ann.page.get_by_label("Keep what I read").uncheck()
    eventually(lambda: ann.page.evaluate(KEPT) == [])
    ann.page.get_by_label("Keep what I read").check()
    eventually(lambda: "part:me" in ann.page.evaluate(KEPT))
    session = ann.context.cookies()
    ann.context.clear_cookies()  # the sign-in ended, and somebody else may be at the browser
    load(ann, "/sign-in")
    eventually(lambda: ann.page.evaluate(KEPT) == [])
    ann.context.add_cookies(session)
    load(ann, "/")
    eventually(lambda: "part:me" in ann.page.evaluate(KEPT))
    ann.find(".me button.row").click()
    ann.page.get_by_role("menuitem", name="Sign out").click()
    ann.page.wait_for_url("**/sign-in")
    eventually(lambda: ann.page.evaluate(KEPT) == [])
    stop(server)
    load(ann, "/")
    assert ann.find("h1").inner_text() == "You are offline"
    assert_accessible(ann.page)
