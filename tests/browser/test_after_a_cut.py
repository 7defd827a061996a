"""After a disconnect: refused messages, a server restored to an earlier state, another person signed in."""

import shutil

import pytest
from axe import assert_accessible
from conftest import PHONE, cookie_of, eventually

PASSWORD = "nine blue herons wading"


class Team:
    """Olga, the owner, and Ann, who is in a private room of hers, in each story another one."""

    def __init__(self, server):
        self.server = server
        self.keys = 0
        self.olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
        secret = self.olga["invite"]["url"].partition("#")[2]
        self.ann = server.ask("/api/join", {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD})
        self.id = self.ann["person"]["id"]
        server.reader = self.olga["token"]

    def begin(self, visit):
        self.visit = visit
        made = self.act("POST", "/api/rooms", name="Tea", kind="private", people=[self.id])
        self.room = f"/api/rooms/{made['channel'].removeprefix('room:')}"
        self.at = f"/room/{made['channel'].removeprefix('room:')}"

    def act(self, method, path, **body):
        self.keys += 1
        return self.server.ask(path, {**body, "key": str(self.keys)}, self.olga["token"], method)

    def open(self, stay="ann", **more):
        """Open Ann's page in the room, by default in the browser of the last story."""
        return self.visit(token=self.ann["token"], at=self.at, stay=stay, **more).come_in()


@pytest.fixture(scope="module")
def joined(shared):
    return Team(shared)


@pytest.fixture
def team(request, server, visit):
    team = Team(server) if "fresh" in request.keywords else request.getfixturevalue("joined")
    team.begin(visit)
    return team


def tab_to(person, words):
    """Press Tab until the button with these words has the focus."""
    for _ in range(60):
        person.page.keyboard.press("Shift+Tab")
        if person.page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    raise AssertionError(f"no way to {words} by keys")


def queued(person, *texts):
    """Write while offline, and wait until the browser has stored it."""
    person.go_offline()
    for text in texts:
        person.find("#composer").fill(text)
        person.find(".composer .primary").click()
    eventually(lambda: sorted(person.keeps()) == sorted(texts))


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_a_message_refused_by_an_archived_room_is_retried_or_discarded_by_keyboard(team, device):
    ann = team.open(stay="" if device else "ann", **device)
    queued(ann, "one", "two")
    assert ann.page.evaluate("document.querySelector('.frame').scrollWidth - innerWidth") == 0
    assert_accessible(ann.page)
    team.act("PATCH", team.room, archived=True)

    ann.context.set_offline(False)
    eventually(lambda: ann.find(".failure").count() == 2)
    eventually(lambda: ann.find(".read-only").count())
    assert_accessible(ann.page)
    assert ann.find(".failure button").all_inner_texts() == ["Retry", "Copy", "Discard"] * 2  # no field, no Edit
    team.act("PATCH", team.room, archived=False)
    eventually(lambda: ann.find("#composer").count())
    ann.find("#composer").focus()
    tab_to(ann, "Discard")
    ann.page.keyboard.press("Enter")
    eventually(lambda: ann.sees() == ["(one)"])
    if not device:
        eventually(lambda: ann.page.evaluate("document.activeElement.id") == "composer")
    ann.find("#composer").focus()
    tab_to(ann, "Retry")
    ann.page.keyboard.press("Enter")

    eventually(lambda: ann.sees() == ["one"])
    eventually(lambda: ann.keeps() == [])


def test_a_message_to_a_room_one_was_removed_from_is_offered_for_copying(team):
    ann = team.open()
    ann.forgive("status of 404")
    queued(ann, "my last words")
    team.act("DELETE", f"{team.room}/members/{team.id}")

    ann.context.set_offline(False)
    eventually(lambda: ann.find(".notice q").count() and ann.find(".notice q").inner_text() == "my last words")
    ann.page.reload()
    eventually(lambda: ann.find(".notice q").count() == 1)
    assert_accessible(ann.page)
    ann.find(".notice button", has_text="Discard").click()

    eventually(lambda: not ann.find(".notice q").count())
    assert ann.keeps() == []


@pytest.mark.fresh
def test_messages_keep_their_order_over_a_stopped_server_and_a_reload(visit, server):
    ann = visit().come_in()
    ann.write("one")
    eventually(lambda: ann.sees() == ["one"])
    server.kill()
    eventually(lambda: ann.find(".line.offline").count())
    for text in ("two", "three", "four"):
        ann.write(text)
    eventually(lambda: len(ann.keeps()) == 3)
    assert "3 messages are waiting" in ann.find(".line").inner_text()

    server.start()
    ann.page.reload()

    eventually(lambda: ann.sees() == ["one", "two", "three", "four"])
    eventually(lambda: ann.keeps() == [])
    bob = visit().come_in()
    eventually(lambda: bob.sees() == ["one", "two", "three", "four"])


@pytest.mark.fresh
def test_pages_follow_a_server_restored_to_an_earlier_state(team, tmp_path_factory):
    ann, backup = team.open(stay=""), tmp_path_factory.mktemp("backup")
    ann.write("one")
    eventually(lambda: ann.sees() == ["one"])
    team.server.kill()
    shutil.copytree(team.server.data, backup, dirs_exist_ok=True)
    team.server.start()
    for text in ("two", "three", "four"):
        team.act("POST", f"/api/channels/room:{team.at.rpartition('/')[2]}/entries", text=text)
    eventually(lambda: ann.sees() == ["one", "two", "three", "four"])
    ann.find("#composer").press_sequentially("half a thought")
    ann.page.evaluate("dispatchEvent(new Event('blur'))")
    drafts = lambda: [one["text"] for one in team.server.ask(f"/api/channels/user:{team.id}/window",  # noqa: E731
                                                              token=team.ann["token"])["drafts"]]
    eventually(lambda: drafts() == ["half a thought"])
    bell = lambda: ann.find(".topbar use[href*='#bell']").get_attribute("href").partition("#")[2]  # noqa: E731
    channel = f"/api/channels/room:{team.at.rpartition('/')[2]}"
    team.server.ask(f"{channel}/level", {"level": "nothing"}, team.ann["token"], "PUT")
    eventually(lambda: bell() == "bell-off")

    team.server.kill()
    shutil.rmtree(team.server.data)
    shutil.copytree(backup, team.server.data)
    team.server.start()

    eventually(lambda: ann.sees() == ["one"])
    eventually(lambda: drafts() == ["half a thought"])
    assert bell() == "bell"
    assert ann.find("#composer").input_value() == "half a thought"
    ann.write("and on")
    eventually(lambda: ann.sees() == ["one", "and on"])
    team.act("POST", f"/api/channels/room:{team.at.rpartition('/')[2]}/entries", text="indeed")
    eventually(lambda: ann.sees() == ["one", "and on", "indeed"])


def test_unsent_messages_are_never_sent_as_another_person(team):
    ann = team.open(stay="")  # another person leaves data in this browser
    queued(ann, "Ann's own words")
    cookie = cookie_of(team.server.url, team.olga["token"])
    ann.context.add_cookies([cookie])

    ann.context.set_offline(False)
    ann.forgive("status of 4")

    eventually(lambda: ann.find(".me .name").count() and ann.find(".me .name").inner_text() == "Olga")
    eventually(lambda: ann.find("body[data-state=online]").count())
    assert ann.sees() == []
    ann.context.add_cookies([{**cookie, "value": team.ann["token"]}])
    ann.page.reload()
    eventually(lambda: ann.sees() == ["Ann's own words"])


def test_a_view_that_failed_to_load_says_so_and_is_tried_again_once_online(team):
    ann = team.open(stay="", service_workers="block")  # it would load the part past the route below
    ann.forgive("ERR_FAILED", "Failed to fetch dynamically imported module", "Service Worker registration blocked")
    ann.go_offline()

    ann.find("nav a", has_text="People").click()
    eventually(lambda: ann.find("[role=status]", has_text="could not be loaded").count())
    assert_accessible(ann.page)
    refused = []
    ann.page.route("**/people-view*", lambda route: (refused.append(route), route.abort()), times=1)
    ann.context.set_offline(False)

    eventually(lambda: ann.find("main", has_text="Olga").count())
    assert refused


@pytest.mark.fresh
def test_signing_out_warns_about_unsent_messages_and_deletes_local_data(team):
    ann = team.open(stay="")
    ann.page.evaluate("""() => {
        const field = document.querySelector("#composer")
        field.value = "too long ".repeat(2000)
        field.dispatchEvent(new Event("input", { bubbles: true }))
    }""")
    ann.find(".composer .primary").click()
    eventually(lambda: ann.find(".failure").count() == 1 and len(ann.keeps()) == 1)
    ann.page.evaluate("""() => { // an edit of a document that could not be saved
        const { me } = JSON.parse(document.querySelector("#boot").textContent)
        localStorage.setItem(`unsaved:${me.id}${document.body.dataset.prefix ?? ""}:1:page`, "too long to save")
    }""")

    ann.find(".me button.row").click()
    ann.page.get_by_role("menuitem", name="Sign out").click()
    eventually(lambda: ann.find(".toast", has_text="1 message is not sent").count())
    assert len(ann.keeps()) == 1
    ann.page.get_by_role("button", name="Sign out and discard").click()

    ann.page.wait_for_url("**/sign-in")
    eventually(lambda: ann.page.evaluate("async () => (await indexedDB.databases()).length") == 0)
    assert "too long" not in ann.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
