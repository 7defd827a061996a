"""Documents in a browser: editing together, disconnects, versions, and rights."""

import os
import uuid

import pytest
from axe import assert_accessible
from conftest import PHONE, eventually
from test_notifications import Team, come_back, cut_off

from tests import forks

LINES = """() => [...document.querySelector(".editor")?.shadowRoot?.querySelectorAll(".cm-line") ?? []].map(line => {
    const own = line.cloneNode(true)
    own.querySelectorAll(".peer, .cm-placeholder").forEach(part => part.remove())
    return own.textContent
  })"""


@pytest.fixture(scope="module")
def joined(shared):
    """Olga and Ann on the server that stories share; each story has documents of its own."""
    team = Team(shared, None)
    shared.reader = team.people["olga"]["token"]
    return team


@pytest.fixture
def team(request, server, visit):
    if "fresh" in request.keywords:
        return Team(server, visit)
    team = request.getfixturevalue("joined")
    team.visit = visit
    return team


def run_hubbub(*arguments):
    """Run a command of Hubbub to its end."""
    assert forks.start("hubbub", *arguments, environ=os.environ).wait() == 0


def begin(team, title="Plans", room="room:1"):
    document = team.ask("olga", "/api/documents", {"room": room, "title": title, "key": uuid.uuid4().hex})
    return f"/document/{document['id']}"


def opened(team, who, at):
    """Return somebody with the document at this address open, in the browser of the last story."""
    return team.at(who, at, stay=who)


def editor(person):
    return person.find(".editor .cm-content")


def text(person):
    """Return the editor's text, without the name flags of others."""
    return "\n".join(person.page.evaluate(LINES))


def write(person, words):
    editor(person).click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(words)


def standing(person):
    return person.find(".save-state").inner_text()


def test_two_people_edit_a_document_and_see_each_other(team):
    at = begin(team)
    olga, ann = opened(team, "olga", at), opened(team, "ann", at)
    write(olga, "# Monday\n")
    eventually(lambda: text(ann) == "# Monday\n")
    write(ann, "Ann brings tea. ")

    eventually(lambda: text(olga) == text(ann) == "# Monday\nAnn brings tea. ")
    eventually(lambda: olga.find(".editor .peer").all_inner_texts() == ["Ann"])
    flag, line = (olga.find(f".editor {part}").first.bounding_box() for part in (".peer > span", ".cm-line"))
    assert flag["x"] >= line["x"] + line["width"]  # beside the text, and so over none of it
    assert olga.find(".peer > span").evaluate("flag => flag.getAnimations().length") == 1
    eventually(lambda: standing(olga) == standing(ann) == "Saved")
    assert [olga.find(".people-editing button").get_attribute("aria-label")] == ["Ann"]


def test_a_document_is_written_with_tools_and_suggestions_and_read_as_it_looks(team):
    at = begin(team)
    olga, ann = opened(team, "olga", at), opened(team, "ann", at)
    assert olga.find(".document-bar .place").inner_text() == "Lobby"
    write(olga, "tea")
    for tool in ("Task", "Bold"):
        olga.page.get_by_role("button", name=tool, exact=True).click()
    olga.page.keyboard.type("now")
    olga.page.keyboard.press("Control+End")
    olga.page.keyboard.type(", @an")
    eventually(lambda: olga.find(".editor-suggestions li b").all_inner_texts()[:1] == ["Ann"])
    assert_accessible(olga.page)
    olga.page.keyboard.press("Enter")
    olga.page.keyboard.type("\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```js\nlet x\n")
    eventually(lambda: text(olga).startswith("- [ ] tea**now**, @ann \n"))
    eventually(lambda: olga.find(".reading td").all_inner_texts() == ["1", "2"])
    assert olga.find(".reading .code-block button").count() == 1

    ann.page.get_by_text("Read", exact=True).click()
    eventually(lambda: ann.find(".reading .mention").inner_text() == "@Ann" and not editor(ann).count())
    assert_accessible(ann.page)
    ann.find(".reading .task input").check()

    eventually(lambda: text(olga).startswith("- [x] tea") and olga.find(".reading .task input").is_checked())
    eventually(lambda: standing(ann) == "Saved")
    for person in olga, ann:
        person.page.get_by_text("Write", exact=True).click()
    eventually(lambda: not olga.find(".reading").count() and text(olga).startswith("- [x] tea"))
    eventually(lambda: text(ann) == text(olga))


def test_a_disconnected_editor_loses_nothing(team):
    at = begin(team)
    olga, ann = opened(team, "olga", at), opened(team, "ann", at)
    write(olga, "begin\n")
    eventually(lambda: text(ann) == "begin\n")
    cut_off(ann)
    write(ann, "ann was offline\n")
    write(olga, "olga was not\n")
    eventually(lambda: standing(olga) == "Saved" and "kept here" in standing(ann))
    assert "ann was offline" not in text(olga)

    come_back(ann)

    eventually(lambda: standing(ann) == "Saved" and text(ann) == text(olga))
    assert sorted(text(ann).splitlines()) == ["ann was offline", "begin", "olga was not"]


def test_offline_changes_survive_a_reload_and_are_sent_from_any_view(team):
    at = begin(team)
    ann, olga = opened(team, "ann", at), opened(team, "olga", at)
    write(ann, "before ")
    eventually(lambda: standing(ann) == "Saved" and text(olga) == "before ")
    write_without_the_server(team, ann, "and meanwhile")
    ann.page.reload()
    ann.come_in()

    eventually(lambda: text(ann) == text(olga) == "before and meanwhile")
    eventually(lambda: standing(ann) == "Saved")
    assert unsaved(ann) == []

    write_without_the_server(team, ann, ", and again")
    ann.page.goto(f"{ann.url}/people")
    ann.come_in()

    eventually(lambda: text(olga) == "before and meanwhile, and again")
    eventually(lambda: unsaved(ann) == [])


def write_without_the_server(team, person, words):
    """Write while the server does not run; it is back afterwards."""
    person.forgive("ERR_FAILED", "Failed to fetch")  # a module that is loaded on first use
    team.server.kill()
    eventually(lambda: person.find("body[data-state=offline]").count())
    write(person, words)
    eventually(lambda: "kept here" in standing(person))
    team.server.start()


def unsaved(person):
    """Return the names of the changes that the browser keeps."""
    return person.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('unsaved'))")


def test_an_earlier_version_is_viewed_and_restored(team):
    at = begin(team)
    olga = opened(team, "olga", at)
    write(olga, "the good words")
    eventually(lambda: standing(olga) == "Saved")
    seq = team.ask("olga", f"/api/channels/doc:{at.rpartition('/')[2]}/entries")["head"]
    editor(olga).press("Control+a")
    olga.page.keyboard.type("nonsense")
    eventually(lambda: standing(olga) == "Saved" and text(olga) == "nonsense")
    olga.page.get_by_role("button", name="Versions").click()
    eventually(lambda: olga.find(".versions a").count() >= 2)

    olga.go_to(f"{at}/{seq}")
    eventually(lambda: olga.find(".difference ins").all_text_contents() == ["Added: the good words"])
    olga.page.get_by_text("Compared with now").click()
    eventually(lambda: olga.find(".difference ins").all_text_contents() == ["Added: nonsense"])
    olga.page.keyboard.press("F7")
    focused = "document.activeElement.textContent"
    eventually(lambda: olga.page.evaluate(focused) == "Removed: the good wordsAdded: nonsense")
    assert olga.find(".changes-bar p").inner_text() == "Change 1 of 1"
    assert_accessible(olga.page)
    olga.page.get_by_text("Whole text").click()
    eventually(lambda: olga.find(".reading .prose").inner_text() == "the good words")
    olga.page.get_by_role("button", name="Restore this version").click()
    olga.page.get_by_role("button", name="Yes, restore it").click()

    eventually(lambda: editor(olga).count() and text(olga) == "the good words")


def test_a_person_removed_from_the_room_can_no_longer_edit_and_continues_when_back(team):
    her = team.people["ann"]["person"]["id"]
    room = team.ask("olga", "/api/rooms", {"name": "Pond", "kind": "private", "people": [her], "key": "r"})["channel"]
    at = begin(team, room=room)
    olga, ann = opened(team, "olga", at), opened(team, "ann", at)
    write(ann, "mine ")
    eventually(lambda: text(olga) == "mine ")
    ann.forgive("404")
    team.ask("olga", f"/api/rooms/{room[5:]}/members/{her}", {"key": "x"}, "DELETE")
    eventually(lambda: editor(ann).get_attribute("contenteditable") == "false")
    write(olga, "secret ")
    eventually(lambda: standing(olga) == "Saved")
    assert text(ann) == "mine "

    team.ask("olga", f"/api/rooms/{room[5:]}/members", {"people": [her], "key": "y"})

    eventually(lambda: text(ann) == "mine secret " and editor(ann).get_attribute("contenteditable") == "true")
    write(olga, "together")
    eventually(lambda: text(ann) == "mine secret together")


def test_shortcuts_are_off_while_typing_escape_leaves_the_editor_and_each_line_has_its_direction(team):
    at = begin(team)
    ann = opened(team, "ann", at)
    write(ann, "/?ng")

    eventually(lambda: text(ann) == "/?ng" and standing(ann) == "Saved")
    ann.page.keyboard.press("Control+z")
    eventually(lambda: text(ann) == "")
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("Tab")
    assert ann.page.evaluate("!document.activeElement.closest('.editor')")

    write(ann, "hello\nمرحبا بالعالم\n")
    lines = editor(ann).locator(".cm-line")
    eventually(lambda: lines.count() == 3)
    assert [line.evaluate("one => getComputedStyle(one).direction") for line in lines.all()[:2]] == ["ltr", "rtl"]


def test_a_document_is_created_and_renamed(team):
    ann, olga = opened(team, "ann", "/documents"), opened(team, "olga", "/documents")
    ann.page.get_by_role("button", name="New document").click()
    ann.page.get_by_label("Title").fill("Reading list")
    ann.page.get_by_role("button", name="Create document").click()
    eventually(lambda: ann.find("h1", has_text="Reading list").count() and editor(ann).count())

    eventually(lambda: olga.find(".document-row", has_text="Reading list").count())
    ann.page.get_by_role("button", name="More about this document").click()
    ann.page.get_by_role("menuitem", name="Rename").click()
    ann.page.get_by_label("Title").fill("Books")
    ann.page.get_by_role("button", name="Save", exact=True).click()

    eventually(lambda: ann.find("h1", has_text="Books").count())
    eventually(lambda: olga.find(".document-row", has_text="Books").count())


def test_it_works_on_a_phone(team):
    ann = team.at("ann", begin(team, "A rather long title for such a small screen"), **PHONE)
    write(ann, "hello from the garden")

    eventually(lambda: standing(ann) == "Saved")
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_long_paste_is_accepted_or_refused_safely(team):
    at = begin(team)
    ann = opened(team, "ann", at)
    editor(ann).click()
    for length in (90_000, 80_000):
        ann.page.evaluate("""length => {
            const data = new DataTransfer()
            data.setData("text/plain", "漢".repeat(length))
            const content = document.querySelector(".editor").shadowRoot.querySelector(".cm-content")
            content.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
        }""", length)

    eventually(lambda: ann.find(".toast", has_text="smaller parts").count() and standing(ann) == "Saved")
    write(ann, "!")
    eventually(lambda: standing(ann) == "Saved")
    assert ann.context.request.get(f"{ann.url}{at}/text").text() == "漢" * 80_000 + "!"


def test_refused_changes_can_be_copied_or_discarded(team):
    at = begin(team)
    ann, number = opened(team, "ann", at), at.rpartition("/")[2]
    write(ann, "kept. ")
    eventually(lambda: standing(ann) == "Saved")
    cut_off(ann)
    write(ann, "too late")
    team.ask("olga", f"/api/documents/{number}", {"archived": True, "key": "a"}, "PATCH")
    come_back(ann)
    eventually(lambda: standing(ann) == "Not saved" and editor(ann).get_attribute("contenteditable") == "false")
    assert_accessible(ann.page)
    team.ask("olga", f"/api/documents/{number}", {"archived": False, "key": "b"}, "PATCH")

    ann.page.get_by_role("button", name="Discard unsaved changes").click()
    eventually(lambda: ann.page.evaluate("caches.match('/offline').then(Boolean)"))
    cut_off(ann)
    ann.page.get_by_role("button", name="Yes, discard them").click()

    eventually(lambda: ann.find(".empty", has_text="You are offline").count())  # and not the discarded text
    come_back(ann)
    eventually(lambda: editor(ann).count() and text(ann) == "kept. ")
    write(ann, "more")
    eventually(lambda: text(ann) == "kept. more" and standing(ann) == "Saved")


def test_a_document_opened_while_offline_opens_on_return(team):
    begin(team, "Songs")
    ann = opened(team, "ann", begin(team, "Books"))
    eventually(lambda: editor(ann).count())
    ann.page.get_by_role("link", name="Documents").click()
    eventually(lambda: ann.find(".document-row", has_text="Songs").count())
    cut_off(ann)
    ann.find(".document-row", has_text="Songs").click()
    eventually(lambda: ann.find(".empty", has_text="You are offline").count())

    come_back(ann)

    write(ann, "hello")
    eventually(lambda: text(ann) == "hello" and standing(ann) == "Saved")


@pytest.mark.fresh
def test_open_pages_send_back_what_a_restored_server_has_lost(team, tmp_path):
    at = begin(team)
    ann, olga = team.at("ann", at), team.at("olga", at)
    write(ann, "in the backup. ")
    eventually(lambda: standing(ann) == "Saved" and text(olga) == "in the backup. ")
    data = ["--data", str(team.server.data)]
    run_hubbub("backup", str(tmp_path / "all.backup"), *data)
    write(olga, "by olga. ")
    eventually(lambda: text(ann) == "in the backup. by olga. " and standing(olga) == "Saved")
    write(ann, "by ann. ")
    eventually(lambda: text(olga) == "in the backup. by olga. by ann. " and standing(ann) == "Saved")

    team.server.kill()
    run_hubbub("restore", str(tmp_path / "all.backup"), "--replace", *data)
    team.server.start()
    ann.come_in()
    olga.come_in()
    write(ann, "and on.")

    said = "in the backup. by olga. by ann. and on."
    eventually(lambda: text(ann) == text(olga) == said and standing(ann) == standing(olga) == "Saved")
    assert ann.context.request.get(f"{ann.url}{at}/text").text() == said
