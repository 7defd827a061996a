"""Rooms in a browser: create, find, leave, lose; mentions on all devices; by keyboard."""

import re

import pytest
from axe import assert_accessible
from conftest import PHONE, eventually
from test_notifications import Team, number

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


@pytest.fixture
def team(server, visit):
    return Team(server, visit)


def add_room(team, name, kind="public", people=()):
    """Create a room of Olga's by the API; return its channel."""
    room = {"name": name, "kind": kind, "key": name, "people": [team.people[who]["person"]["id"] for who in people]}
    return team.ask("olga", "/api/rooms", room)["channel"]


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
def test_an_invited_person_gets_the_room_and_mentions_on_every_device_until_removed(team):
    olga, desk, phone = team.at("olga"), team.at("ann"), team.at("ann", **PHONE)
    make(olga, "Operations", "Private", "Ann")
    eventually(lambda: desk.find("nav .rooms a", has_text="Operations").count())
    olga.write("@ann, look at this")
    olga.write("and this")

    eventually(lambda: badge(desk, "Operations") == number(desk) == "1")
    eventually(lambda: phone.find(".go-back .badge").inner_text() == "1")
    eventually(lambda: desk.page.title().startswith("(1)"))
    desk.find("nav .rooms a", has_text="Operations").click()
    eventually(lambda: said(desk) == ["@Ann, look at this", "and this"])
    eventually(lambda: badge(desk, "Operations") == number(desk) == "" and not phone.find(".go-back .badge").count())
    eventually(lambda: not desk.page.title().startswith("("))
    desk.write("here I am")
    eventually(lambda: said(olga)[-1:] == ["here I am"])

    olga.page.get_by_role("button", name="About this room:").click()
    eventually(lambda: olga.find(".member", has_text="Ann").count())
    assert_accessible(olga.page, ".panel")
    olga.find(".member", has_text="Ann").get_by_role("button", name="More about").click()
    olga.page.get_by_role("menuitem", name="Remove from room").click()
    eventually(lambda: not desk.find("nav .rooms a", has_text="Operations").count())
    olga.write("they are gone")
    eventually(lambda: said(olga)[-1:] == ["they are gone"])
    assert "they are gone" not in desk.find("body").inner_text()
    desk.forgive("404")


@pytest.mark.fresh
def test_a_public_room_is_found_previewed_and_joined_and_the_owner_deletes_a_message_there(team):
    olga, ann = team.at("olga"), team.at("ann")
    make(ann, "Gardening")
    ann.write("the beans are up")
    ann.write("not nice")

    olga.page.get_by_role("button", name="Browse rooms").click()
    olga.page.get_by_label("Find a room").fill("gard")
    olga.page.get_by_role("link", name="Gardening").click()
    eventually(lambda: said(olga) == ["the beans are up", "not nice"])
    olga.find(".read-only button").click()
    olga.write("so are mine")
    eventually(lambda: said(ann) == ["the beans are up", "not nice", "so are mine"])

    message = olga.find(".room .message", has_text="not nice")
    message.hover()
    message.get_by_label("More", exact=True).click()
    olga.page.get_by_role("menuitem", name="Delete").click()
    olga.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    eventually(lambda: said(ann) == ["the beans are up", "so are mine"])


@pytest.mark.fresh
def test_rooms_work_by_keyboard_and_ctrl_and_enter_send_where_that_is_chosen(team):
    olga, ann = team.at("olga"), team.at("ann")

    olga.page.keyboard.press("Control+k")
    eventually(lambda: olga.find("#palette [role=option]").count())
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
    ann.page.keyboard.press("Shift+Escape")
    eventually(lambda: badge(ann, "Olga") == "" and ann.find(".toast", has_text="Undo").count())
    assert_accessible(ann.page, ".toast")  # the button can be read on the notice, which has the colours of the text

    ann.go_to("/settings/appearance")
    ann.page.get_by_label("Ctrl").check()
    ann.go_to("/")
    ann.find("#composer").press_sequentially("two")
    ann.find("#composer").press("Enter")
    ann.find("#composer").press_sequentially("lines")
    assert said(ann) == []
    ann.find("#composer").press("Control+Enter")
    eventually(lambda: said(ann) == ["two\nlines"])
    ann.find("h1").click()
    ann.page.keyboard.press("?")
    eventually(lambda: "Ctrl\nEnter\nSend" in re.sub(r"\s+", "\n", ann.find(".help").inner_text()))


@pytest.mark.fresh
def test_a_new_room_shows_that_it_is_empty_and_who_is_outside_and_is_drawn_in_the_frame_after_the_click(team):
    olga = team.at("olga")
    olga.write("in the Lobby")
    eventually(lambda: said(olga) == ["in the Lobby"])
    make(olga, "Plans")
    beginning = olga.find(".room-beginning", has_text="Plans")
    assert "No messages yet" in beginning.inner_text() and "Created by Olga" in beginning.inner_text()
    assert "Olga created this room" in olga.find(".messages").inner_text()

    olga.find("#composer").fill("@ann, look")  # pasted: nothing was suggested, so nobody was loaded
    olga.find("#composer").press("Enter")
    eventually(lambda: olga.find(".send-warning").count())
    assert "Ann is not in this room" in olga.find(".send-warning").inner_text()
    assert said(olga) == []
    olga.page.get_by_role("button", name="Invite and send").click()
    eventually(lambda: said(olga) == ["@Ann, look"])
    eventually(lambda: "No messages yet" not in olga.find(".room-beginning").inner_text())

    assert olga.page.evaluate(FRAMES, "/") == ["in the Lobby"] * 8  # both were open before
    assert olga.page.evaluate(FRAMES, "/room/2") == ["@Ann, look"] * 8


@pytest.mark.fresh
def test_a_room_with_many_unread_messages_opens_at_the_first_or_at_its_end_by_preference(team):
    busy, ann = add_room(team, "Busy", "private", ["ann"]), team.at("ann")
    first, *_ = [team.say("olga", f"message {n}", busy) for n in range(70)]
    ann.find("nav .rooms a", has_text="Busy").click()
    eventually(lambda: ann.find(".new-divider").count() and "message 0" in said(ann))
    ann.find(".jump-to-latest").click()
    eventually(lambda: said(ann)[-1] == "message 69")
    eventually(lambda: not ann.find("nav .rooms a.unread", has_text="Busy").count())
    ann.find("nav .rooms a", has_text="Lobby").click()
    team.ask("ann", "/api/me/preferences", {"changes": {"rooms": "newest"}}, "PATCH")
    team.ask("ann", f"/api/channels/{busy}/read", {"seq": first - 1})
    eventually(lambda: ann.find("nav .rooms a.unread", has_text="Busy").count())
    ann.find("nav .rooms a", has_text="Busy").click()

    bar = ann.find(".unread-bar")
    eventually(lambda: bar.count() and "since" in bar.inner_text())
    eventually(lambda: not ann.find("nav .rooms a.unread", has_text="Busy").count())
    assert bar.inner_text().startswith("70 new messages since ")  # also after they count as read
    assert said(ann)[-1] == "message 69"
    ann.page.get_by_role("button", name="Jump", exact=True).click()
    eventually(lambda: ann.find(".new-divider").count() and "message 0" in said(ann))
    assert not bar.count()


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
    ann = team.at("ann", **PHONE)
    ann.page.get_by_role("button", name="Back").click()
    eventually(lambda: ann.find("nav.home").count() and not ann.find("#composer").count())
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
    for name in ("Apples", "Bees", "Cherries"):
        team.say("olga", "hello", add_room(team, name))
    desk, phone = team.at("olga"), team.at("olga", "/home", **PHONE)

    row(desk, "Bees").click(button="right")
    desk.page.get_by_role("menuitem", name="Star").click()
    eventually(lambda: rows(desk, "starred") == rows(phone, "starred") == ["Bees"])
    row(desk, "Cherries").locator("a").focus()
    desk.page.keyboard.press("Shift+F10")
    desk.page.get_by_role("menuitem", name="Move to").click()
    desk.page.get_by_role("menuitem", name="New section").click()
    desk.page.get_by_role("dialog").get_by_label("Name").fill("Orchard")
    assert_accessible(desk.page, "dialog[open]")
    desk.page.keyboard.press("Enter")
    orchard = phone.find("section.rooms", has_text="Orchard").locator("li .label")
    eventually(lambda: orchard.all_inner_texts() == ["Cherries"])
    row(desk, "Apples").drag_to(row(desk, "Bees"), target_position={"x": 40, "y": 4})
    eventually(lambda: rows(phone, "starred") == ["Apples", "Bees"])
    row(desk, "Apples").locator("a").focus()
    desk.page.keyboard.press("Control+Shift+ArrowDown")
    eventually(lambda: rows(phone, "starred") == ["Bees", "Apples"])

    phone.find("ul[data-section=starred] li", has_text="Apples").dispatch_event("contextmenu")
    assert_accessible(phone.page, "[role=menu]")
    phone.page.get_by_role("menuitem", name="Mark as unread").click()
    eventually(lambda: desk.find("a.unread", has_text="Apples").count())
    desk.page.get_by_role("button", name="Show only what is unread").click()
    eventually(lambda: rows(desk, "starred") == ["Apples"] and not rows(desk, "rooms"))
    desk.page.reload()
    eventually(lambda: rows(desk, "starred") == ["Apples"])


@pytest.mark.fresh
def test_what_is_unread_is_caught_up_with_card_by_card_and_a_room_leads_to_its_days_and_people(team):
    garden = add_room(team, "Garden", people=["ann"])
    direct = team.ask("olga", "/api/directs", {"people": [team.people["ann"]["person"]["id"]]})["channel"]
    ann = team.at("ann")
    for text, channel in (("the beans are up", garden), ("@ann, look", garden), ("tea?", direct)):
        team.say("olga", text, channel)
    eventually(lambda: badge(ann, "Olga") == "1" and badge(ann, "Garden") == "1")

    ann.find("nav a", has_text="Catch up").click()
    eventually(lambda: "tea?" in ann.find(".catch-card").inner_text())  # a direct message comes first
    ann.page.keyboard.press("e")
    eventually(lambda: "the beans are up" in ann.find(".catch-card").inner_text())
    ann.page.keyboard.press("ArrowRight")
    eventually(lambda: ann.find("h2", has_text="That's everything").count())
    eventually(lambda: badge(ann, "Olga") == "" and badge(ann, "Garden") == "1")

    ann.find("nav .rooms a", has_text="Garden").click()
    ann.find(".message .face").last.click()
    eventually(lambda: is_open(ann, "dialog.card") and "@olga" in ann.find("dialog.card").inner_text())
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
