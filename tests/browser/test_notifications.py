"""Notifications in a browser: the inbox, its count on every device, levels, and the service worker."""

import json

import pytest
from conftest import PHONE, eventually

PASSWORD = "nine blue herons wading"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1"


class Team:
    """Olga, the owner, and Ann; each can open any number of browsers."""

    def __init__(self, server, visit):
        self.server, self.visit = server, visit
        self.people = {"olga": server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})}
        secret = self.people["olga"]["invite"]["url"].partition("#")[2]
        self.people["ann"] = server.ask("/api/join", {"secret": secret, "name": "Ann", "handle": "ann",
                                                      "password": PASSWORD})
        self.said = 0

    def at(self, who, address="", **more):
        return self.visit(token=self.people[who]["token"], at=address, **more).come_in()

    def ask(self, who, path, body=None, method=None):
        return self.server.ask(path, body, self.people[who]["token"], method)

    def say(self, who, text, channel="room:1", **more):
        self.said += 1
        said = {"text": text, "key": f"said{self.said}", **more}
        return self.ask(who, f"/api/channels/{channel}/entries", said)["seq"]


@pytest.fixture
def team(server, visit):
    return Team(server, visit)


def cut_off(person):
    person.context.set_offline(True)
    eventually(lambda: person.find("body[data-state=offline]").count())


def come_back(person):
    person.context.set_offline(False)
    person.come_in()


def number(person):
    return "".join(person.find(".nav a", has_text="Inbox").locator(".badge").all_inner_texts())


def rows(person, waiting=False):
    return person.find(f".last-line{'.unread' if waiting else ''} .reason").all_inner_texts()


def names(person):
    """Return the conversations in the inbox, those with unread notifications marked with their number."""
    return person.page.evaluate("""() => [...document.querySelectorAll(".notification")].map(row => {
        const number = row.querySelector(".badge")?.textContent ?? (row.matches(".unread") ? "1" : "")
        return `${row.querySelector(".what > span").textContent} ${number}`.trim()
    })""")


@pytest.mark.fresh
def test_notifications_link_to_their_origin_and_a_message_comes_back_as_a_reminder(team):
    root = team.say("ann", "who brings cake?")
    seq = team.say("olga", "look here, **@ann**")
    team.say("olga", "I do", thread=root)
    ann = team.at("ann", "/inbox")
    eventually(lambda: rows(ann, waiting=True) == ["Olga replied in Lobby", "Olga mentioned you in Lobby"])
    assert ann.find(".notification .excerpt").all_inner_texts() == ["I do", "look here, @ann"]

    ann.find(".notification a", has_text="mentioned").click()
    eventually(lambda: ann.page.url.endswith(f"/room/1/{seq}"))
    eventually(lambda: number(ann) == "1")
    ann.page.go_back()
    ann.find(".notification a", has_text="replied").click()

    eventually(lambda: ann.find(".panel .message", has_text="I do").count())
    eventually(lambda: number(ann) == "")

    message = ann.find(".room .message", has_text="look here")
    message.hover()
    message.get_by_label("More", exact=True).click()
    ann.page.get_by_role("menuitem", name="Remind me").click()
    ann.page.get_by_role("button", name="Choose a date and time").click()
    ann.page.get_by_label("Date and time").fill("2099-01-01T10:00")
    assert not ann.page.get_by_label("Date and time").evaluate("field => field.checkValidity()")
    ann.page.get_by_role("button", name="In 20 minutes").click()
    ann.page.get_by_role("button", name="Show", exact=True).click()
    eventually(lambda: "Reminder: Olga in Lobby" in rows(ann) and number(ann) == "")


@pytest.mark.fresh
def test_the_inbox_is_worked_off_by_conversation_on_two_devices(team):
    root = team.say("ann", "who brings cake?")
    for n in range(3):
        team.ask("olga", "/api/notify", {"person": "ann", "text": f"Backup {n} done", "key": f"b{n}"})
    team.say("olga", "I do", thread=root)
    for text in ("tea, @ann?", "now, @ann?"):
        team.say("olga", text)
    desk, phone = team.at("ann", "/inbox"), team.at("ann", "/inbox", **PHONE)
    everything = ["Lobby 2", "Thread in Lobby 1", "Olga 3"]
    eventually(lambda: names(desk) == names(phone) == everything and number(desk) == "6")

    desk.page.keyboard.press("j")
    desk.page.keyboard.press("e")
    eventually(lambda: names(desk) == names(phone) == ["Lobby", *everything[1:]] and number(desk) == "4")
    desk.page.keyboard.press("z")
    eventually(lambda: names(desk) == names(phone) == everything and number(desk) == "6")

    phone.find(".notification", has_text="Backup").get_by_role("button", name="More actions").click()
    phone.page.get_by_role("menuitem", name="Snooze").click()
    phone.page.get_by_role("button", name="Tomorrow").click()
    eventually(lambda: names(desk) == names(phone) == everything[:2] and number(desk) == "3")
    phone.page.get_by_role("radio", name="Snoozed").check(force=True)
    eventually(lambda: names(phone) == ["Olga 3"] and "9:00" in phone.find(".notification .until").inner_text())
    phone.page.reload()
    phone.come_in()
    eventually(lambda: names(phone) == ["Olga 3"])
    phone.find(".notification").get_by_role("button", name="More actions").click()
    phone.page.get_by_role("menuitem", name="Snooze").click()
    phone.page.get_by_role("button", name="Show it now").click()
    eventually(lambda: names(desk) == everything and phone.find("h2", has_text="Nothing is snoozed").count())

    desk.page.keyboard.press("r")
    desk.find(".reply-here textarea").fill("I bring")
    desk.page.keyboard.press("Escape")
    eventually(lambda: not desk.find(".reply-here").count())
    desk.page.keyboard.press("r")
    eventually(lambda: desk.find(".reply-here textarea").input_value() == "I bring")
    desk.find(".reply-here textarea").press_sequentially(" both")
    area = desk.find(".reply-here textarea").element_handle()
    team.ask("olga", "/api/notify", {"person": "ann", "text": "Backup 3 done", "key": "b3"})
    eventually(lambda: names(desk)[0] == "Olga 4")
    assert area.evaluate("area => area === document.activeElement")
    desk.page.keyboard.press("Enter")
    eventually(lambda: names(desk) == ["Olga 4", "Lobby 2", "Thread in Lobby"] and number(desk) == "6")
    answers = team.ask("ann", f"/api/channels/room:1/threads/{root}")["items"]
    assert [item["text"] for item in answers] == ["I do", "I bring both"]

    desk.page.get_by_role("button", name="Mark all as read").click()
    eventually(lambda: number(desk) == "" and names(desk) == ["Olga", "Lobby", "Thread in Lobby"])
    desk.page.get_by_role("button", name="Undo").last.click()
    eventually(lambda: number(desk) == "6")
    desk.page.get_by_role("radio", name="Unread").check(force=True)
    desk.find(".notification [data-act=done]").first.press("Enter")
    desk.find("[data-conversation='room:1'] > .row:focus").wait_for()
    desk.page.get_by_role("button", name="Mark all as read").click()
    eventually(lambda: desk.find("h2", has_text="You are all caught up").count())


@pytest.mark.fresh
def test_what_arrives_while_the_inbox_is_fetched_is_fetched_too(team):
    ann = team.at("ann", "/inbox", service_workers="block")
    ann.forgive("Service Worker registration blocked")
    eventually(lambda: ann.find("h2", has_text="No notifications yet").count())
    held = []
    ann.page.route("**/api/inbox**", lambda route: held.append((route, route.fetch())), times=1)

    team.say("olga", "tea, @ann?")
    eventually(lambda: ann.find("main").count() and held)
    team.say("olga", "now, @ann?")
    eventually(lambda: number(ann) == "2")
    [(route, response)] = held
    route.fulfill(response=response)

    eventually(lambda: names(ann) == ["Lobby 2"])


@pytest.mark.fresh
def test_a_room_notifies_at_the_chosen_level_and_each_row_says_why_and_changes_that(team):
    ann = team.at("ann", "/room/1")
    bell = ann.page.get_by_role("button", name="Notifications of this room")
    bell.click()
    ann.page.get_by_role("menuitemcheckbox", name="Nothing").click()
    eventually(lambda: bell.locator("use[href$='#bell-off']").count())
    ann.go_to("/people")
    ann.come_in()
    secret = team.ask("olga", "/api/invites", {"role": "member"})["url"].partition("#")[2]
    bob = {"secret": secret, "name": "Bob", "handle": "bob", "password": PASSWORD}
    team.people["bob"] = team.server.ask("/api/join", bob)
    team.say("olga", "hello @ann and @bob")
    eventually(lambda: team.ask("bob", "/api/inbox")["groups"])  # by now Ann would be notified, too
    team.ask("ann", "/api/channels/room:1/level", {"level": "everything"}, "PUT")
    team.say("olga", "anybody?")

    eventually(lambda: number(ann) == "1")
    ann.find(".nav a", has_text="Inbox").click()
    eventually(lambda: rows(ann) == ["Olga wrote in Lobby"])
    ann.page.get_by_role("button", name="because you want every message of this room").click()
    ann.page.get_by_role("menuitem", name="Only mentions in Lobby").click()
    ann.page.get_by_role("button", name="Undo").wait_for()
    ann.page.get_by_role("button", name="because you want every message of this room").click()
    ann.page.get_by_role("menuitem", name="All rules").click()
    room = ann.page.get_by_label("Notifications of Lobby")
    eventually(lambda: room.input_value() == "mentions")

    ann.page.get_by_label("Word or phrase").fill("deploy")
    ann.page.get_by_role("button", name="Add rule").click()
    ann.page.get_by_role("button", name="Remove deploy").click()
    ann.find(".toast", has_text="Rule removed.").get_by_role("button", name="Undo").click()
    ann.page.get_by_role("button", name="Remove deploy").wait_for()
    room.select_option("hidden")
    eventually(lambda: not ann.find(".sidebar a[href='/room/1']").count())
    team.say("olga", "the deploy is done")
    ann.find(".nav a", has_text="Inbox").click()
    ann.page.get_by_role("button", name="because of your keyword deploy").wait_for()


RING = """() => {
    localStorage.setItem("ring", "yes")
    window.rung = []
    window.Notification = class {
      static permission = "granted"
      constructor(title, { body, tag }) { window.rung.push([title, body, tag]) }
    }
    const shown = (title, options) => { new Notification(title, options) } // the worker is registered in the meantime
    if (window.ServiceWorkerRegistration) ServiceWorkerRegistration.prototype.showNotification = shown
  }"""


@pytest.mark.fresh
def test_a_device_notifies_only_while_not_in_use(team):
    ann = team.at("ann", "/people")
    ann.forgive("does not support the Push API")  # if notifications are on before what shows them is loaded
    ann.page.evaluate(RING)
    ann.page.evaluate("document.hasFocus = () => true")
    team.say("olga", "one, @ann")
    eventually(lambda: number(ann) == "1")

    ann.page.evaluate("document.hasFocus = () => false")
    team.say("olga", "two, @ann")
    eventually(lambda: number(ann) == "2")

    rung = eventually(lambda: ann.page.evaluate("window.rung"))
    assert rung == [["Olga mentioned you in Lobby", "two, @ann", "room:1"]]


@pytest.mark.fresh
def test_the_service_worker_shows_push_messages_and_opens_their_target(full_browser, team):
    ann = team.at("ann", "/settings/notifications", program=full_browser)
    ann.forgive("push service", "Registration failed", "Push API in incognito mode")  # from Chromium itself
    ann.context.grant_permissions(["notifications"], origin=ann.url)
    ann.page.get_by_label("Notify me on this device").click()
    ready = "navigator.serviceWorker.getRegistration('/').then(found => Boolean(found?.active))"
    eventually(lambda: ann.page.evaluate(ready))
    ann.page.get_by_role("button", name="Test notifications").click()
    eventually(lambda: ann.page.get_by_text("Your browser has no push service").count())
    assert ann.find(".push-check li").first.inner_text() == "Allowed by the browser"
    devtools, found = ann.context.new_cdp_session(ann.page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    devtools.send("ServiceWorker.enable")
    eventually(lambda: ann.page.evaluate("1") and found)

    def deliver(**payload):
        devtools.send("ServiceWorker.deliverPushMessage", {
            "origin": ann.url, "registrationId": found[0]["registrationId"], "data": json.dumps(payload)})

    def unread():
        return team.ask("ann", "/api/inbox/read", {"seqs": []})["unread"]

    team.say("olga", "tea, @ann?")
    eventually(lambda: unread() == 1)
    message = {"title": "Olga mentioned you", "body": "tea?", "url": "/room/1/1", "tag": "push:1", "priority": 5,
               "seq": 1, "person": team.people["ann"]["person"]["id"], "actions": [["reply", "Reply"]]}
    worker = ann.context.service_workers[0]
    worker.evaluate("""() => { // Chromium forgets a notification if one asks for all while it is being shown
        self.done = []
        const show = registration.showNotification.bind(registration)
        registration.showNotification = (title, options) => show(title, options).then(() => { done.push(options.tag) })
    }""")
    deliver(**message)
    eventually(lambda: worker.evaluate("done") == ["push:1"])
    shown = """navigator.serviceWorker.getRegistration("/").then(found => found.getNotifications())
        .then(all => all.filter(({ tag }) => tag.startsWith("push:"))) // the page may show one, too
        .then(all => all.map(({ title, body, tag, data, requireInteraction }) =>
          [title, body, tag, data.url, requireInteraction]))"""
    assert ann.page.evaluate(shown) == [["Olga mentioned you", "tea?", "push:1", "/room/1/1", True]]
    worker.evaluate("""async () => {
        const [notification] = await registration.getNotifications({ tag: "push:1" })
        dispatchEvent(new NotificationEvent("notificationclick", { notification, action: "reply", reply: "Tea!" }))
    }""")
    eventually(lambda: unread() == 0)
    assert "Tea!" in str(team.ask("olga", "/api/channels/room:1/entries?after=0"))
    assert ann.page.evaluate(shown) == []
    deliver(**message | {"tag": "push:2", "seq": 2})
    eventually(lambda: worker.evaluate("done") == ["push:1", "push:2"])
    assert ann.page.evaluate(shown)
    deliver(withdraw=["push:2"], unread=0)
    eventually(lambda: ann.page.evaluate(shown) == [])


@pytest.mark.fresh
def test_it_works_on_a_phone(team):
    team.say("olga", "tea, @ann? " + "and a long story " * 20)
    ann = team.at("ann", "/settings/notifications", **PHONE, user_agent=IPHONE)
    ann.page.get_by_role("link", name="How to install it").click()
    assert "Add to Home Screen" in ann.find(".steps").inner_text()
    ann.go_to("/inbox")

    eventually(lambda: rows(ann, waiting=True) == ["Olga mentioned you in Lobby"])
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ann.find(".notification a").click()
    eventually(lambda: ann.page.url.partition("/room/1/")[1])


def test_an_urgent_message_is_acknowledged_in_the_inbox_and_its_room_says_by_whom(team):
    room, desk = team.at("olga"), team.at("ann", "/inbox")
    group = team.ask("olga", "/api/groups", {"handle": "ops", "name": "Operations"})["id"]
    crew = [{"who": [team.people["ann"]["person"]["id"]], "minutes": 5}]
    team.ask("olga", f"/api/on-call/{group}", {"plan": {"steps": crew}}, "PUT")
    room.page.locator("textarea").first.fill("/urgent @ops the mast is down")
    room.page.keyboard.press("Enter")

    eventually(lambda: desk.find(".notification .urgent-log").count())
    assert "asked, no answer yet" in desk.find(".urgent-log").inner_text()
    desk.find("[data-act=acknowledge]").click()
    eventually(lambda: "You acknowledged" in desk.find(".notification .urgent-state").inner_text())

    eventually(lambda: "Ann acknowledged" in room.find(".message .urgent-state").inner_text())
    assert room.find(".urgent-part button").count() == 0
    desk.go_to("/settings/on-call")
    eventually(lambda: "Ann" in desk.find(".oncall-now").inner_text())
