"""The Lobby in a browser: chat, offline, reconnect, names, scrolling back, on a desktop and on a phone."""

import pytest
from conftest import PHONE, eventually

TOP_ROW = """() => {
    const top = document.querySelector(".messages").getBoundingClientRect().top
    const row = [...document.querySelectorAll(".message")].find(row => row.getBoundingClientRect().bottom > top)
    return [row.querySelector(".prose").textContent, Math.round(row.getBoundingClientRect().top)]
}"""

BOXES = "rows => [...document.querySelectorAll(rows)].map(row => row.getBoundingClientRect().toJSON())"


def test_two_new_visitors_chat_within_seconds(visit):
    ann, bob = visit(reduced_motion="no-preference").come_in(), visit().come_in()

    ann.write("hello")
    eventually(lambda: bob.sees() == ["hello"])
    bob.write("hello yourself\nand a second line")

    eventually(lambda: ann.sees() == bob.sees() == ["hello", "hello yourself\nand a second line"])
    assert ann.find("#composer").input_value() == ""


def test_messages_written_offline_are_sent_on_return(visit, server):
    ann, since = visit().come_in(), server.head()
    ann.write("before")
    eventually(lambda: server.texts_after(since) == ["before"])

    ann.go_offline()
    ann.write("from the train")
    ann.write("and one more")
    server.say("Bob", "meanwhile")
    assert ann.sees() == ["before", "(from the train)", "(and one more)"]
    assert ann.find(".waiting").count() == 2
    assert "sent when you are back online. 2 messages are waiting." in ann.find(".line").inner_text()
    ann.return_online()

    said = ["before", "meanwhile", "from the train", "and one more"]
    eventually(lambda: ann.sees() == said and server.texts_after(since) == said)


def test_the_page_reconnects_after_the_server_is_killed_or_shut_down(visit, server):
    ann, since = visit().come_in(), server.head()
    ann.write("one")
    eventually(lambda: ann.sees() == ["one"])

    server.kill()
    ann.write("two")
    eventually(lambda: ann.sees() == ["one", "(two)"])
    server.start()
    eventually(lambda: ann.sees() == server.texts_after(since) == ["one", "two"])

    server.process.terminate()
    assert server.process.wait(10) == 0
    ann.write("three")
    eventually(lambda: ann.sees() == ["one", "two", "(three)"])
    server.start()
    eventually(lambda: ann.sees() == ["one", "two", "three"])
    server.say("Emil", "four")

    eventually(lambda: ann.sees() == ["one", "two", "three", "four"])


@pytest.mark.fresh
def test_messages_are_there_with_the_first_paint(visit, server):
    server.say("Cleo", "one", "two https://a.example/x?y=1, and", "🎉")
    ann = visit().come_in()
    ann.write("three")
    eventually(lambda: ann.sees()[-1:] == ["three"])

    ann.page.route("**/socket.io/**", lambda route: route.abort())
    ann.page.reload()

    eventually(lambda: ann.sees() == ["one", "two https://a.example/x?y=1, and", "🎉", "three"])
    link = ann.find(".prose a")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("https://a.example/x?y=1", "noopener noreferrer")
    assert ann.find(".message.head").count() == 2
    assert ann.find(".day-divider").inner_text() == "Today"
    ann.complaints.clear()


def test_a_new_name_appears_everywhere_at_once_and_the_first_response_has_it_and_the_theme(visit):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("who am I?")
    eventually(lambda: bob.sees() == ["who am I?"])
    before = ann.find(".me .name").inner_text()
    offer = ann.find(".notice button", has_text="Choose a name")
    assert ann.find(".notice a").first.get_attribute("href") == "/join"

    offer.click()
    ann.find("#name").fill("x" * 41)
    ann.find("#name").press("Enter")
    problem = "This name is too long: 40 characters at most."
    eventually(lambda: ann.find("#name-problem").inner_text().strip() == problem)
    assert ann.find("#name").get_attribute("aria-invalid") == "true"
    ann.find("#name").press("Escape")
    assert ann.find(".me .name").inner_text() == before
    ann.call_oneself("Ann Example")

    eventually(lambda: bob.find(".by b").last.inner_text() == "Ann Example")
    eventually(lambda: "Ann Example" in bob.find(".people").inner_text())
    assert bob.find(".message .avatar").last.inner_text() == "AE"
    assert ann.find(".me .name").inner_text() == "Ann Example"
    eventually(lambda: ann.find(".notice button").count() == 0)
    ann.find(".me button.row").click()
    ann.page.get_by_role("menuitem", name="Dark").click()
    ann.page.reload()
    assert ann.page.content().startswith('<!DOCTYPE html><html lang="en" dir="ltr" data-theme="dark">')
    assert ann.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert ann.find(".me .name").inner_text() == "Ann Example"
    eventually(lambda: ann.find(".notice a").all_inner_texts() == ["Claim this server"])
    assert offer.count() == 0


def test_scrolling_back_keeps_its_position_while_messages_arrive(visit, server):
    server.say("Cleo", *(f"message {n}" for n in range(200)))
    ann = visit().come_in()
    box = ann.find(".messages")

    def scroll_up_until(text):
        box.evaluate("box => { box.scrollTop -= 1500 }")
        return text in ann.sees()

    eventually(lambda: scroll_up_until("message 20"))
    ann.page.wait_for_load_state("networkidle")
    before = ann.page.evaluate(TOP_ROW)
    server.say("Dan", "late one", "late two")

    eventually(lambda: ann.find(".jump-to-latest").inner_text().strip() == "2 new messages")
    assert ann.page.evaluate(TOP_ROW) == before
    assert len(ann.sees()) <= 122
    ann.find(".jump-to-latest").click()
    eventually(lambda: ann.sees()[-2:] == ["late one", "late two"])
    assert box.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 2
    eventually(lambda: ann.find(".jump-to-latest").count() == 0)


def test_new_messages_are_marked_on_return_and_read_by_scrolling(visit, server):
    ann = visit().come_in()
    ann.write("good night")
    eventually(lambda: ann.reads_up_to() == server.head())
    ann.page.goto("about:blank")
    server.say("Emil", *(f"line {n}" for n in range(120)))

    ann.page.goto(ann.url)
    ann.come_in()
    assert ann.find(".message", has=ann.find(".new-divider")).locator(".prose").inner_text() == "line 0"
    assert server.head() - 120 <= ann.reads_up_to() < server.head()
    unread = lambda: f"{server.head() - ann.reads_up_to()} new messages"  # noqa: E731
    eventually(lambda: ann.find(".jump-to-latest").inner_text().strip() == unread())
    ann.find(".jump-to-latest").click()
    eventually(lambda: ann.reads_up_to() == server.head())
    ann.page.reload()

    eventually(lambda: ann.find(".message").count() > 20)
    assert ann.find(".new-divider").count() == ann.find(".jump-to-latest").count() == 0


def test_two_tabs_show_each_message_once(visit):
    ann = visit().come_in()
    tab = ann.in_another_tab()

    ann.write("from one")
    eventually(lambda: tab.sees() == ["from one"])
    tab.write("from the other")

    eventually(lambda: ann.sees() == tab.sees() == ["from one", "from the other"])
    assert ann.find(".people small").count() == 1
    assert ann.find(".me .name").inner_text() == tab.find(".me .name").inner_text()


def test_a_tab_in_the_background_counts_mentions_in_its_title_and_receives_events_without_frames(visit, server):
    ann = visit().come_in()
    ann.page.evaluate("document.hasFocus = () => false")

    server.say("Cleo", "one", "two, @room")
    eventually(lambda: ann.page.title() == "(1) Lobby · Hubbub")
    assert ann.find(".message", has=ann.find(".new-divider")).locator(".prose").inner_text() == "one"
    eventually(lambda: ann.find(".room > [aria-live=polite]").inner_text() == "2 new messages")
    ann.page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")

    eventually(lambda: ann.page.title() == "Lobby · Hubbub")

    ann.page.evaluate("window.requestAnimationFrame = () => 0")  # as in a tab that is hidden before its next frame
    server.say("Dan", "three")
    eventually(lambda: ann.sees() == ["one", "two, @room", "three"])


def test_a_phone_shows_everything_without_overflow(visit, server):
    server.say("Cleo", "https://a.example/" + "long/" * 40, "W" * 200)
    ann = visit(**PHONE).come_in()

    assert ann.page.evaluate("document.documentElement.scrollWidth") == 390
    assert ann.find(".messages").evaluate("box => box.scrollWidth <= box.clientWidth")
    composer = ann.find("#composer").bounding_box()
    assert composer["y"] + composer["height"] <= 844
    assert ann.page.evaluate("document.activeElement === document.body")
    ann.find("#composer").fill("one")
    ann.find("#composer").press("Enter")
    assert ann.find("#composer").input_value() == "one\n"
    targets = [target.bounding_box() for target in ann.find(".composer button").all() if target.is_visible()]
    ann.page.get_by_role("button", name="Back").tap()
    eventually(lambda: ann.find("nav.home .people .row").count())
    targets += ann.page.evaluate(BOXES, ".home .row, .tabs a")  # at one moment: who leaves takes their row along
    assert len(targets) > 5
    assert [box for box in targets if box["height"] < 44] == []
    ann.page.get_by_role("link", name="You").tap()
    eventually(lambda: "Online" in ann.find(".you").inner_text())
    ann.page.get_by_role("button", name="Change your name").tap()
    ann.find("#name").fill("Ann")
    ann.find("#name").press("Enter")
    eventually(lambda: ann.find(".you .name").inner_text() == "Ann")


def test_everything_works_by_keyboard(visit):
    ann = visit().come_in()
    assert ann.page.evaluate("document.activeElement.id") == "composer"
    keys = ann.page.keyboard

    def back_to_the_skip_link():
        keys.press("Shift+Tab")
        return ann.find(".skip").evaluate("link => link === document.activeElement")

    eventually(back_to_the_skip_link)
    keys.press("Enter")
    eventually(lambda: ann.page.evaluate("document.activeElement.id") == "main")
    ann.find("#composer").focus()
    keys.type("one")
    keys.press("Shift+Enter")
    keys.type("two")
    keys.press("Enter")
    eventually(lambda: ann.sees() == ["one\ntwo"])
    ann.find(".me button.row").focus()
    keys.press("Enter")
    eventually(lambda: ann.page.evaluate("document.activeElement.role") == "menuitem")
    keys.press("ArrowDown")
    keys.press("Enter")
    eventually(lambda: ann.page.evaluate("document.activeElement.id") == "name")
    keys.type("Ann")
    keys.press("Enter")

    eventually(lambda: ann.find(".me .name").inner_text() == "Ann")


def test_a_visitor_through_a_proxy_sees_how_to_claim_the_server(visit):
    eve = visit(extra_http_headers={"X-Forwarded-For": "203.0.113.9"})

    assert eve.find("h1").inner_text() == "Guests cannot enter from here yet"
    assert eve.url in eve.find("main").inner_text()
    assert eve.find("#composer").count() == 0
