"""Rooms in a browser: create, find, leave, lose; mentions on all devices; by keyboard."""

import re

import pytest
from axe import assert_accessible
from conftest import PHONE, eventually

CHOOSE = """changes => fetch("/api/me/preferences", { method: "PATCH", body: JSON.stringify({ changes }),
    headers: { "Content-Type": "application/json" } })"""
FRAMES = """address => new Promise(resolve => {
    const frames = []
    function look() {
      frames.push([...document.querySelectorAll(".room .message .prose")].at(-1)?.textContent ?? "")
      if (frames.length < 8) requestAnimationFrame(look)
      else resolve(frames)
    }
    document.querySelector(`nav .rooms a[href="${address}"]`).click()
    requestAnimationFrame(look)
})"""
PASSWORD = "nine blue herons wading"


@pytest.fixture
def team(server, visit):
    """Olga, the owner, and Ann; each as a function that opens another browser of theirs."""
    olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
    secret = olga["invite"]["url"].partition("#")[2]
    ann = server.ask("/api/join", {"secret": secret, "name": "Ann", "handle": "ann", "password": PASSWORD})
    return {"token": olga["token"], "olga": lambda **more: visit(token=olga["token"], **more).come_in(),
            "ann": lambda **more: visit(token=ann["token"], **more).come_in()}


def said(person):
    """Return the messages of the open room, without lines like "Olga joined"."""
    return person.find(".room .message .prose").all_inner_texts()


def badge(person, name):
    """Return the number next to a room in the sidebar; "" for none."""
    return "".join(person.find("nav .rooms a", has_text=name).locator(".badge").all_inner_texts())


def make(person, name, kind="Public", invited=""):
    person.page.get_by_role("button", name="New room").click()
    person.page.get_by_role("dialog").get_by_label("Name", exact=True).fill(name)
    person.page.get_by_role("dialog").get_by_text(kind, exact=True).click()
    if invited:
        person.find("#room-people").fill(invited)
        eventually(lambda: person.find("#room-people-list [role=option]", has_text=invited).count())
        person.find("#room-people").press("Enter")
    person.page.get_by_role("button", name="Create room").click()
    eventually(lambda: person.find("h1", has_text=name).count())


@pytest.mark.fresh
def test_an_invited_person_gets_the_room_and_mentions_on_every_device(team):
    olga, desk, phone = team["olga"](), team["ann"](), team["ann"](**PHONE)
    make(olga, "Operations", "Private", "Ann")

    eventually(lambda: desk.find("nav .rooms a", has_text="Operations").count())
    olga.write("@ann, look at this")
    olga.write("and this")

    eventually(lambda: badge(desk, "Operations") == "1")
    eventually(lambda: phone.find(".go-back .badge").inner_text() == "1")
    eventually(lambda: desk.page.title().startswith("(1)"))
    desk.find("nav .rooms a", has_text="Operations").click()
    eventually(lambda: said(desk) == ["@Ann, look at this", "and this"])
    eventually(lambda: badge(desk, "Operations") == "" and not phone.find(".go-back .badge").count())


@pytest.mark.fresh
def test_a_public_room_is_found_previewed_and_joined(team):
    olga, ann = team["olga"](), team["ann"]()
    make(olga, "Gardening")
    olga.write("the beans are up")

    ann.page.get_by_role("button", name="Browse rooms").click()
    ann.page.get_by_label("Find a room").fill("gard")
    assert_accessible(ann.page)
    ann.page.get_by_role("link", name="Gardening").click()
    eventually(lambda: said(ann) == ["the beans are up"])
    ann.find(".read-only button").click()
    ann.write("so are mine")

    eventually(lambda: said(olga) == ["the beans are up", "so are mine"])


@pytest.mark.fresh
def test_a_removed_member_is_told_and_receives_nothing_more(team):
    olga, ann = team["olga"](), team["ann"]()
    make(olga, "Secrets", "Private", "Ann")
    ann.find("nav .rooms a", has_text="Secrets").click()
    ann.write("here I am")
    eventually(lambda: said(olga) == ["here I am"])

    olga.page.get_by_role("button", name="About this room:").click()
    eventually(lambda: olga.find(".member", has_text="Ann").count())
    assert_accessible(olga.page)
    olga.find(".member", has_text="Ann").get_by_role("button", name="More about").click()
    olga.page.get_by_role("menuitem", name="Remove from room").click()

    eventually(lambda: not ann.find("nav .rooms a", has_text="Secrets").count())
    olga.write("they are gone")
    eventually(lambda: said(olga) == ["here I am", "they are gone"])
    assert "they are gone" not in ann.find("body").inner_text()
    ann.forgive("404")


@pytest.mark.fresh
def test_rooms_work_by_keyboard(team):
    olga, ann = team["olga"](), team["ann"]()

    olga.page.keyboard.press("Control+k")
    eventually(lambda: olga.find("#palette [role=option]").count())
    assert_accessible(olga.page)
    olga.page.keyboard.type("new direct")
    olga.page.keyboard.press("Enter")
    eventually(lambda: olga.find("#direct-people:focus").count())
    olga.page.keyboard.type("Ann")
    eventually(lambda: olga.find("#direct-people-list [role=option]", has_text="Ann").count())
    olga.page.keyboard.press("Enter")
    olga.page.keyboard.press("Tab")
    olga.page.get_by_role("button", name="Open", exact=True).press("Enter")
    eventually(lambda: olga.find("#composer:focus").count() and olga.find("h1", has_text="Ann").count())
    olga.page.keyboard.type("only for you")
    olga.page.keyboard.press("Enter")
    eventually(lambda: badge(ann, "Olga") == "1")
    olga.page.keyboard.press("Alt+ArrowUp")
    eventually(lambda: olga.find("h1", has_text="Lobby").count())
    olga.page.keyboard.press("Escape")
    olga.find("h1").click()
    olga.page.keyboard.press("?")
    eventually(lambda: olga.page.get_by_role("dialog", name="Keyboard shortcuts").count())
    assert_accessible(olga.page)
    olga.page.keyboard.press("Escape")
    ann.page.keyboard.press("Shift+Escape")

    eventually(lambda: badge(ann, "Olga") == "" and ann.find(".toast", has_text="Undo").count())
    assert_accessible(ann.page)  # the button can be read on the notice, which has the colours of the text


@pytest.mark.fresh
def test_a_new_room_shows_that_it_is_empty_and_who_is_outside_before_the_members_are_known(team):
    olga = team["olga"]()
    make(olga, "Plans")
    assert "No messages yet" in olga.find(".room-beginning", has_text="Plans").inner_text()
    assert "Olga created this room" in olga.find(".messages").inner_text()

    olga.find("#composer").fill("@ann, look")  # pasted: nothing was suggested, so nobody was loaded
    olga.find("#composer").press("Enter")

    eventually(lambda: olga.find(".send-warning").count())
    assert "Ann is not in this room" in olga.find(".send-warning").inner_text()
    assert said(olga) == []
    olga.page.get_by_role("button", name="Invite and send").click()
    eventually(lambda: said(olga) == ["@Ann, look"])
    eventually(lambda: "No messages yet" not in olga.find(".room-beginning").inner_text())


@pytest.mark.fresh
def test_a_room_with_many_unread_messages_opens_at_the_first_or_at_its_end_by_preference(team, server):
    olga, ann = team["olga"](), team["ann"]()
    make(olga, "Busy", "Private", "Ann")
    eventually(lambda: ann.find("nav .rooms a", has_text="Busy").count())
    for n in range(70):
        server.ask("/api/channels/room:2/entries", {"text": f"message {n}", "key": f"busy{n}"}, team["token"])
    ann.find("nav .rooms a", has_text="Busy").click()
    eventually(lambda: ann.find(".new-divider").count() and "message 0" in said(ann))
    ann.find(".jump-to-latest").click()
    eventually(lambda: said(ann)[-1] == "message 69")
    ann.page.evaluate(CHOOSE, {"rooms": "newest"})
    ann.find("nav .rooms a", has_text="Lobby").click()
    for n in range(70):
        server.ask("/api/channels/room:2/entries", {"text": f"message {n}", "key": f"again{n}"}, team["token"])
    ann.find("nav .rooms a", has_text="Busy").click()

    bar = ann.find(".unread-bar")
    eventually(lambda: bar.count() and "since" in bar.inner_text())
    eventually(lambda: not ann.find("nav .rooms a.unread", has_text="Busy").count())
    assert bar.inner_text().startswith("70 new messages since ")  # also after they count as read
    assert said(ann)[-1] == "message 69"
    ann.page.get_by_role("button", name="Jump", exact=True).click()
    eventually(lambda: ann.find(".new-divider").count() and "message 0" in said(ann))
    assert not bar.count()


@pytest.mark.fresh
def test_a_room_that_was_open_before_is_drawn_in_the_frame_that_follows_the_click(team):
    olga = team["olga"]()
    olga.write("in the Lobby")
    make(olga, "Operations")
    olga.write("in Operations")
    eventually(lambda: said(olga) == ["in Operations"])

    assert olga.page.evaluate(FRAMES, "/") == ["in the Lobby"] * 8
    assert olga.page.evaluate(FRAMES, "/room/2") == ["in Operations"] * 8


@pytest.mark.fresh
def test_the_owner_deletes_a_message_in_a_room_of_another(team):
    olga, ann = team["olga"](), team["ann"]()
    make(ann, "Garden")
    ann.write("not nice")
    olga.go_to("/room/2")
    row = olga.find(".room .message", has_text="not nice")
    row.hover()
    row.get_by_label("More", exact=True).click()
    olga.page.get_by_role("menuitem", name="Delete").click()
    olga.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    eventually(lambda: said(ann) == [])


@pytest.mark.fresh
def test_preferences_reach_every_open_tab(team):
    ann = team["ann"]()
    settings = ann.in_another_tab()
    settings.go_to("/settings/appearance")
    settings.page.get_by_text("Dark", exact=True).click()
    settings.page.get_by_label("Ctrl").check()

    eventually(lambda: ann.page.evaluate("document.documentElement.dataset.theme") == "dark")
    ann.find("#composer").press_sequentially("two")
    ann.find("#composer").press("Enter")
    ann.find("#composer").press_sequentially("lines")
    assert said(ann) == []
    ann.find("#composer").press("Control+Enter")
    eventually(lambda: said(ann) == ["two\nlines"])
    ann.find("h1").click()
    ann.page.keyboard.press("?")
    eventually(lambda: "Ctrl\nEnter\nSend" in re.sub(r"\s+", "\n", ann.find(".help").inner_text()))


def is_open(person, selector):
    """Return whether an overlay is shown, and Back would close it."""
    return person.find(selector).count() and person.page.evaluate("Boolean(history.state?.overlay)")


def goes_back(person, selector):
    """Press Back, and check that it closes only the overlay."""
    address = person.page.url
    eventually(lambda: is_open(person, selector))
    person.page.go_back()
    eventually(lambda: not person.find(selector).count())
    assert person.page.url == address


@pytest.mark.fresh
def test_back_goes_one_step_on_a_phone_and_closes_an_overlay_first_without_an_entry_left_behind(team):
    ann = team["ann"](**PHONE)
    ann.write("a message")
    ann.page.get_by_role("button", name="Back").click()
    eventually(lambda: ann.find("nav.home").count() and not ann.find("#composer").count())
    assert_accessible(ann.page)
    ann.find("nav.home a", has_text="Lobby").click()
    eventually(lambda: ann.find("#composer").count() and not ann.find("nav.home").count())
    ann.page.get_by_role("button", name="More about this room").click()
    ann.page.get_by_role("menuitem", name="About this room").click()
    eventually(lambda: ann.find(".panel").count() and not ann.find("#composer").count())
    ann.page.go_back()

    eventually(lambda: ann.find("#composer").count() and not ann.find(".panel").count())

    ann.page.get_by_role("button", name="More about this room").tap()
    goes_back(ann, "[role=menu]")
    ann.find(".emoji-button").tap()
    goes_back(ann, ".picker")
    ann.page.get_by_role("button", name="Back").tap()
    ann.page.get_by_role("link", name="You").tap()
    ann.page.get_by_role("button", name="View profile").tap()
    goes_back(ann, "dialog.card")
    ann.page.get_by_role("link", name="Inbox").tap()
    eventually(lambda: ann.find("h1", has_text="Inbox").count())
    ann.page.get_by_role("link", name="Rooms").tap()
    ann.page.keyboard.press("Control+k")
    eventually(lambda: is_open(ann, "dialog.palette"))
    ann.page.keyboard.press("Escape")
    eventually(lambda: not ann.find("dialog.palette").count() and not ann.page.evaluate("history.state.overlay"))
    ann.page.get_by_role("button", name="New room").click()
    ann.page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Plans")
    ann.page.get_by_role("button", name="Create room").click()
    eventually(lambda: ann.find("h1", has_text="Plans").count())

    ann.page.go_back()
    eventually(lambda: ann.find("nav.home").count())
    ann.page.go_back()
    eventually(lambda: ann.find("h1", has_text="Inbox").count())


def rows(person, section):
    """Return the names in a section of the sidebar, in order."""
    return person.find(f"ul[data-section={section}] li[data-channel] .label").all_inner_texts()


def row(person, name):
    return person.find("li[data-channel]", has_text=name)


@pytest.mark.fresh
def test_the_sidebar_is_arranged_by_menu_pointer_and_key_on_all_devices(team):
    desk, phone = team["olga"](), team["olga"](**PHONE)
    for name in ("Apples", "Bees", "Cherries"):
        make(desk, name)
        desk.write("hello")
    phone.find(".go-back").click()

    row(desk, "Bees").click(button="right")
    desk.page.get_by_role("menuitem", name="Star").click()
    eventually(lambda: rows(desk, "starred") == rows(phone, "starred") == ["Bees"])
    row(desk, "Cherries").locator("a").focus()
    desk.page.keyboard.press("Shift+F10")
    desk.page.get_by_role("menuitem", name="Move to").click()
    desk.page.get_by_role("menuitem", name="New section").click()
    desk.page.get_by_role("dialog").get_by_label("Name").fill("Orchard")
    assert_accessible(desk.page)
    desk.page.keyboard.press("Enter")
    orchard = phone.find("section.rooms", has_text="Orchard").locator("li .label")
    eventually(lambda: orchard.all_inner_texts() == ["Cherries"])
    row(desk, "Apples").drag_to(row(desk, "Bees"), target_position={"x": 40, "y": 4})
    eventually(lambda: rows(phone, "starred") == ["Apples", "Bees"])
    row(desk, "Apples").locator("a").focus()
    desk.page.keyboard.press("Control+Shift+ArrowDown")
    eventually(lambda: rows(phone, "starred") == ["Bees", "Apples"])

    phone.find("ul[data-section=starred] li", has_text="Apples").dispatch_event("contextmenu")
    assert_accessible(phone.page)
    phone.page.get_by_role("menuitem", name="Mark as unread").click()
    eventually(lambda: desk.find("a.unread", has_text="Apples").count())
    desk.page.get_by_role("button", name="Show only what is unread").click()
    eventually(lambda: rows(desk, "starred") == ["Apples"] and not rows(desk, "rooms"))
    desk.page.reload()
    eventually(lambda: rows(desk, "starred") == ["Apples"])


@pytest.mark.fresh
def test_what_is_unread_is_caught_up_with_card_by_card_and_a_room_leads_to_its_days_and_people(team):
    olga, ann = team["olga"](), team["ann"]()
    make(olga, "Garden", invited="Ann")
    assert "Created by Olga" in olga.find(".room-beginning").inner_text()
    for text in ("the beans are up", "@ann, look"):
        olga.write(text)
    olga.page.get_by_role("button", name="New direct message").click()
    olga.find("#direct-people").fill("Ann")
    eventually(lambda: olga.find("#direct-people-list [role=option]", has_text="Ann").count())
    olga.find("#direct-people").press("Enter")
    olga.page.get_by_role("dialog").locator(".primary").press("Enter")
    eventually(lambda: olga.find("h1", has_text="Ann").count())
    olga.write("tea?")
    eventually(lambda: badge(ann, "Olga") == "1" and badge(ann, "Garden") == "1")

    ann.find("nav a", has_text="Catch up").click()
    eventually(lambda: "tea?" in ann.find(".catch-card").inner_text())  # a direct message comes first
    assert_accessible(ann.page)
    ann.page.keyboard.press("e")
    eventually(lambda: "the beans are up" in ann.find(".catch-card").inner_text())
    ann.page.keyboard.press("ArrowRight")
    eventually(lambda: ann.find("h2", has_text="That's everything").count())
    eventually(lambda: badge(ann, "Olga") == "" and badge(ann, "Garden") == "1")

    ann.find("nav .rooms a", has_text="Garden").click()
    ann.find(".message .face").last.click()
    eventually(lambda: "local time" in ann.find("dialog.card").inner_text())
    assert_accessible(ann.page)
    ann.page.keyboard.press("Escape")
    ann.find(".message .prose").last.hover()
    ann.page.get_by_role("button", name="Reply in a thread").click()
    for n in range(4):
        ann.find("#composer-thread").fill(f"reply {n}" + "\n\nand more" * 6)
        ann.find("#composer-thread").press("Enter")
    eventually(lambda: ann.find(".thread .message").count() == 5)
    root = ann.find(".thread .root").bounding_box()
    assert root["y"] >= ann.find(".thread .messages").bounding_box()["y"] - 1  # in sight although the end is shown
    ann.page.set_viewport_size({"width": 1280, "height": 420})
    eventually(lambda: ann.find(".day-in-view .day").count())
    ann.find(".day-in-view .day").click()
    ann.page.get_by_role("menuitem", name="The beginning").click()
    eventually(lambda: ann.page.evaluate("location.pathname").endswith("/1"))
