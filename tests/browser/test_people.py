"""People in a browser: claim the server, invite, sign in and out, deactivate; settings and cards."""

import io
import json
import zipfile

import pytest
from answering_program import answering
from axe import assert_accessible
from conftest import PHONE, eventually, show_again
from test_notifications import PASSWORD, Team

from tests.webhook_payloads import PAYLOADS


@pytest.fixture
def team(server, visit):
    return Team(server, visit)


def fill_in(person, name, password=PASSWORD):
    person.page.get_by_label("Your name", exact=True).fill(name)
    person.page.get_by_label("Password", exact=True).fill(password)


def sign_in(person, handle, password=PASSWORD):
    person.page.get_by_label("Handle", exact=True).fill(handle)
    person.page.get_by_label("Password", exact=True).fill(password)
    person.page.get_by_role("button", name="Sign in").click()


@pytest.mark.fresh
def test_the_owner_claims_the_server_and_invites_a_second_person(visit):
    olga = visit().come_in()
    eventually(lambda: "No messages yet" in olga.find(".room-beginning").inner_text())
    assert not olga.find(".notice").get_by_role("button", name="Hide this hint").count()
    olga.page.get_by_role("link", name="Claim this server").click()
    fill_in(olga, "Olga")
    handle = olga.page.get_by_label("Handle", exact=True)
    handle.fill("me")
    olga.forgive("409")
    olga.page.get_by_role("button", name="Claim this server").click()
    eventually(lambda: handle.get_attribute("aria-invalid") == "true")
    problem = handle.get_attribute("aria-describedby").split()[-1]
    assert "@me is reserved" in olga.find(f"#{problem}").inner_text()
    assert olga.page.evaluate("document.activeElement.id") == "handle"

    handle.fill("olga")
    olga.page.get_by_role("button", name="Claim this server").click()
    eventually(lambda: olga.find(".link input").count())
    link = olga.find(".link input").input_value()
    assert olga.find("img.qr").count() == 1
    assert_accessible(olga.page)
    olga.page.get_by_role("button", name="Go to the Lobby").click()
    olga.come_in()

    ann = visit(at=link)
    eventually(lambda: "Olga invites you" in ann.find("main").inner_text())
    fill_in(ann, "Ann Lee")
    assert ann.page.get_by_label("Handle", exact=True).input_value() == "ann-lee"
    ann.page.get_by_role("button", name="Join").click()
    ann.come_in().write("thank you, @olga!")

    eventually(lambda: olga.sees() == ["thank you, @Olga!"])
    eventually(lambda: "Ann Lee" in olga.find("nav .people").inner_text())

    olga.page.get_by_role("button", name="Invite people").click()
    olga.page.get_by_role("button", name="Create invite link").click()
    eventually(lambda: "works only on this machine" in olga.find("dialog").inner_text())
    assert_accessible(olga.page, "dialog[open]")


@pytest.mark.fresh
def test_an_invite_into_a_room_asks_a_member_to_join_it(team, visit):
    team.ask("olga", "/api/settings", {"name": "Acme"}, "PATCH")
    room = team.ask("olga", "/api/rooms", {"name": "Plans", "kind": "private", "key": "k"})["channel"][5:]
    link = team.ask("olga", "/api/invites", {"role": "member", "room": int(room), "uses": 2})["url"]

    ann = team.visit(at=link, token=team.people["ann"]["token"])
    ann.page.get_by_role("button", name="Join Plans").click()
    bob = visit(at=link)
    fill_in(bob, "Bob")
    bob.page.get_by_role("button", name="Join").click()

    for person in (ann, bob):
        person.come_in()
        person.page.wait_for_url(f"{person.url}/room/{room}")
        eventually(lambda person=person: person.page.title() == "Plans · Acme")


@pytest.mark.fresh
def test_signing_in_leads_to_the_requested_address(team):
    ann = team.at("ann")
    ann.find(".me button").click()
    ann.page.get_by_role("menuitem", name="Sign out").click()
    eventually(lambda: ann.page.get_by_role("heading", name="Sign in").count())

    ann.page.goto(f"{ann.url}/settings/profile")
    sign_in(ann, "ann", "not my password")
    eventually(lambda: ann.find(".error-text", has_text="not right").count() or ann.find(".error-text span").count())
    assert ann.page.get_by_label("Handle", exact=True).input_value() == "ann"
    ann.forgive("401", "403")
    sign_in(ann, "ann")

    eventually(lambda: ann.page.get_by_role("heading", name="Profile").count())


@pytest.mark.fresh
def test_a_revoked_session_and_a_deactivated_person_are_signed_out_at_once(team, visit):
    other = visit(token=team.server.ask("/api/sign-in", {"handle": "ann", "password": PASSWORD})["token"]).come_in()
    olga, ann = team.at("olga", "/settings/people"), team.at("ann", "/settings/sign-ins")
    for person in (ann, other):
        person.forgive("401", "WebSocket")

    ann.page.get_by_role("button", name="Sign out").click()
    eventually(lambda: other.page.get_by_role("heading", name="Sign in").count())
    assert not ann.page.get_by_role("heading", name="Sign in").count()

    olga.find(".roles li", has_text="@ann").get_by_role("button").click()
    olga.page.get_by_role("menuitem", name="Deactivate").click()
    olga.page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    eventually(lambda: ann.page.get_by_role("heading", name="Sign in").count())


@pytest.mark.fresh
def test_profile_changes_appear_for_everyone(team):
    from PIL import Image

    team.say("ann", "how do I look?")
    olga, ann = team.at("olga"), team.at("ann", "/settings/profile")
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(picture, "PNG")

    ann.find("#avatar").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    eventually(lambda: ann.find(".picture .avatar img").count())
    ann.page.get_by_label("Your name").fill("Annabel")
    ann.page.get_by_label("Status").fill("at lunch")
    ann.page.get_by_role("button", name="Save").click()

    eventually(lambda: olga.find(".message .avatar img").count())
    eventually(lambda: "Annabel" in olga.find(".message .by").inner_text())
    olga.find(".message .by button").click()
    card = olga.find("dialog.card")
    eventually(lambda: "at lunch" in card.inner_text() and "local time" in card.inner_text())
    assert_accessible(olga.page, "dialog.card")


def prefer_other_things(person, phone):
    """Choose preferences on one device; they apply on the other at once, and at the first paint."""
    person.go_to("/settings/appearance")
    for label in ("Compact", "24-hour", "Large", "Dark"):
        person.page.get_by_label(label, exact=True).check(force=True)
    for label in ("Reduce motion", "High contrast"):
        person.page.get_by_label(label).check()
    eventually(lambda: "15:30" in person.find(".appearance").inner_text())
    chosen = {"density": "compact", "clock": "24", "text": "large", "theme": "dark", "motion": "reduced",
              "contrast": "high"}
    eventually(lambda: chosen.items() <= phone.page.evaluate("({ ...document.documentElement.dataset })").items())
    person.page.reload()
    assert all(f'data-{name}="{value}"' in person.page.content()[:400] for name, value in chosen.items())
    assert person.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "17px"
    person.page.get_by_label("Deutsch").check(force=True)
    person.page.wait_for_selector("h1:has-text('Einstellungen')")
    assert "24 Stunden" in person.find(".appearance").inner_text()
    assert_accessible(phone.page)


def run_the_server(owner):
    """An owner chooses where new people begin, sees what is stored, and downloads a backup."""
    owner.go_to("/settings/server")
    owner.page.get_by_label("Tea").check()
    owner.go_to("/settings/status")
    eventually(lambda: "1 message" in owner.find(".kinds .database").inner_text())
    button, password = owner.page.get_by_role("button", name="Download now"), owner.page.get_by_label("Your password")
    password.fill("not this one")
    button.click()
    eventually(lambda: "The password is wrong" in owner.find("#password-problem").inner_text())
    owner.forgive("403")
    password.fill(PASSWORD)
    with owner.page.expect_download() as download:
        button.click()
    with zipfile.ZipFile(download.value.path()) as parts:
        assert {"manifest.json", "hubbub.db"} <= set(parts.namelist())
    owner.page.goto(f"{owner.url}/settings/server")
    eventually(lambda: owner.page.get_by_label("Tea").is_checked())


def connect_programs(owner):
    """An owner creates a token and a webhook, which a program uses, sees its requests, and revokes it."""
    page = owner.page
    owner.go_to("/settings/tokens")
    page.locator("#name").fill("cron")
    page.get_by_label("For an assistant").check()
    page.get_by_role("button", name="Create token").click()
    eventually(lambda: page.locator(".once input").count() and len(page.locator(".once input").input_value()) > 20)
    eventually(lambda: page.locator(".server-list", has_text="for an assistant").count())
    owner.go_to("/settings/integrations")
    eventually(lambda: page.locator(".with-token pre").count() == 2)
    slack, assistant = page.locator(".with-token pre").all_inner_texts()
    assert f'base_url="{owner.url}/api/slack/"' in slack
    assert json.loads(assistant)["mcpServers"]["hubbub"]["env"]["HUBBUB_URL"] == f"{owner.url}/"
    page.locator("#hook-name").fill("Kuma")
    page.locator("#hook-channel").select_option(label="#Tea")
    page.get_by_role("button", name="Create webhook").click()
    eventually(lambda: page.locator(".once input").count())
    address = page.locator(".once input").input_value()
    answers = [owner.context.request.post(address, data=body) for body in (PAYLOADS["Uptime Kuma"][0], b"payload={")]
    assert [answer.text() for answer in answers] == ["ok", "invalid_payload"]
    show_again(page)
    page.locator(".hooks .row", has_text="2 requests").click()
    eventually(lambda: page.locator(".requests li").count() == 2 and page.locator(".requests .refused").count() == 1)
    page.locator(".hook-details textarea").fill("**{{ text }}**")
    page.get_by_role("button", name="Preview").click()
    eventually(lambda: page.locator(".preview strong", has_text="Uptime Kuma Alert").count())
    page.get_by_role("button", name="Send a test").click()
    assert_accessible(page)
    owner.go_to("/room/2")
    for query, text, seen in (("", b"Deploy: testing", "testing"), ("&resolve=1", b"Deploy: live", "Resolved")):
        owner.context.request.post(f"{address}?key=1{query}", data=text, headers={"Content-Type": "text/plain"})
        eventually(lambda: seen in page.locator(".message:has(.tone)").last.inner_text())  # noqa: B023
    owner.go_to("/settings/integrations")
    page.locator(".hooks .row").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    eventually(lambda: page.locator(".hooks").count() == 0)
    assert owner.context.request.post(address, data=b"x").status == 404
    owner.go_to("/room/2")
    eventually(lambda: page.locator(".by", has_text="Uptime Kuma").locator(".bot").count())
    assert page.locator(".message .prose", has_text="how messages of Kuma look").count() == 1


def create_bot(owner, program):
    """An owner creates a bot whose program answers mentions and a command, and presses the button that it offers."""
    page = owner.page
    owner.go_to("/settings/integrations")
    page.locator("#bot-name").fill("Robin")
    page.get_by_role("button", name="Create bot").click()
    for trigger, word in (("mention", ""), ("command", "/deploy")):
        page.locator("[id$=-out-trigger]").select_option(value=trigger)
        if word:
            page.get_by_label("Command", exact=True).fill(word)
        page.get_by_label("Address of the program").fill(program)
        page.get_by_role("button", name="Create outgoing webhook").click()
        eventually(lambda: page.locator(".once input").count())
    eventually(lambda: page.locator(".hooks .hooks .row").count() == 2)
    assert "\n        flask.abort(401)\n" in page.locator(".once pre").inner_text()
    assert_accessible(page)
    owner.go_to("/room/1")
    owner.come_in()
    owner.write("@robin deploy")
    offer = page.locator(".message", has_text="Deploy 42?")
    offer.get_by_role("button", name="Approve").click()
    eventually(lambda: page.locator(".message", has_text="Approved by Olga").count())
    assert page.get_by_role("button", name="Approve").count() == 0
    owner.find("#composer").press_sequentially("/depl")
    eventually(lambda: page.get_by_role("option", name="/deploy").count())
    owner.write("/deploy 43")
    note = page.locator(".only-you", has_text="Version 43 is out")
    eventually(lambda: note.count() and "Only you can see this" in note.inner_text())
    assert_accessible(page, ".only-you")
    note.get_by_role("button", name="Close").click()
    eventually(lambda: note.count() == 0)
    owner.go_to("/settings/integrations")
    page.locator(".hooks .row", has_text="Robin").click()
    page.locator(".hooks .hooks .row", has_text="Mentions").click()
    eventually(lambda: page.locator(".requests li").count() == 2)
    address = page.locator("[id^=out-][id$=-url]")
    assert address.input_value() == program
    address.fill(f"{program}moved")
    page.get_by_role("button", name="Save").click()
    eventually(lambda: page.locator(".toast", has_text="Saved").count())
    assert_accessible(page)
    page.get_by_role("button", name="Revoke this bot").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    eventually(lambda: page.locator(".hooks").count() == 0)
    owner.go_to("/settings/audit")
    rows = page.locator(".audit li")
    eventually(lambda: "revoked the bot Robin" in rows.first.inner_text())
    page.locator(".part select").select_option(label="created an outgoing webhook of …")
    eventually(lambda: rows.count() == 2 and "of Robin" in rows.first.inner_text())
    assert_accessible(page)


@pytest.mark.fresh
def test_settings_on_a_phone_go_back_one_page_at_a_time(team):
    olga = team.at("olga")
    team.say("olga", "hello")
    team.ask("olga", "/api/rooms", {"name": "Tea", "kind": "public", "key": "t"})
    run_the_server(olga)
    connect_programs(olga)
    with answering() as program:
        create_bot(olga, program)
    phone = team.at("olga", "/home", **PHONE)

    phone.page.get_by_role("link", name="You").click()
    phone.page.get_by_role("link", name="Appearance").click()
    eventually(lambda: phone.find(".part").count())
    prefer_other_things(olga, phone)
    phone.page.go_back()
    eventually(lambda: phone.find(".parts").count() and not phone.find(".part").count())
    phone.page.go_back()

    eventually(lambda: phone.find("nav.home").count())
