"""Messages in a browser: edit, reply, quote, pin, react, mark unread; by pointer and keyboard."""

from conftest import eventually

HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **bold** `code`\n\n" \
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done"
CODE = '```python\ndef one():\n    return "two"  # three\n```'


def row(person, text):
    return person.find(".room .message", has=person.page.get_by_text(text, exact=True)).last


def do(person, message, verb):
    """Hover over a message, or over the one with this text, and choose an action from its menu."""
    shown = row(person, message) if isinstance(message, str) else message
    shown.hover()
    shown.get_by_label("More", exact=True).click()
    person.page.get_by_role("menuitem", name=verb).click()


def answer(person, text):
    person.find("#composer-thread").fill(text)
    person.find("#composer-thread").press("Enter")


def test_a_message_is_edited_in_place_with_history(visit):
    ann, bob = visit().come_in(), visit().come_in()
    ann.find("#composer").press_sequentially("see you at noon")
    eventually(lambda: "is typing" in bob.find(".typing").inner_text())
    ann.find("#composer").press("Enter")
    eventually(lambda: bob.sees() == ann.sees() == ["see you at noon"])

    ann.find("#composer").fill("a draft")
    do(ann, "see you at noon", "Edit")
    ann.find("#composer").fill("otherwise")
    ann.find("#composer").press("Escape")
    assert ann.find("#composer").input_value() == "a draft"
    assert ann.sees() == ["see you at noon"]
    ann.find("#composer").fill("")
    ann.find("#composer").press("ArrowUp")
    assert ann.find("#composer").input_value() == "see you at noon"
    ann.write("see you at one")

    eventually(lambda: ann.sees() == bob.sees() == ["see you at one"])
    bob.find(".edited").last.click()
    eventually(lambda: bob.find(".history li").count() == 2)
    assert "see you at noon" in bob.find(".history li").last.inner_text()
    assert ann.find("#composer").input_value() == ""


def reactions(person, text):
    """Return the first reaction to a message, with its number."""
    return row(person, text).locator(".reaction").first.inner_text().split()[:2]


def test_a_reaction_is_counted_and_removed_by_pressing_it_again_and_found_by_name_also_in_german(visit):
    ann, bob = visit(locale="de").come_in(), visit().come_in()
    ann.write("it works")
    eventually(lambda: bob.sees() == ["it works"])

    row(bob, "it works").hover()
    row(bob, "it works").get_by_label("React with 👍").click()
    thumb = row(ann, "it works").locator(".reaction").first
    eventually(lambda: reactions(ann, "it works") == ["👍", "1"])
    assert thumb.get_attribute("aria-pressed") == "false"
    thumb.click()
    eventually(lambda: thumb.get_attribute("aria-pressed") == "true")
    eventually(lambda: reactions(bob, "it works") == ["👍", "2"])
    for person in (ann, bob):
        row(person, "it works").locator(".reaction").first.click()
    eventually(lambda: row(ann, "it works").locator(".reactions").count() == 0)

    row(ann, "it works").hover()
    row(ann, "it works").locator("[href$='#smile-plus']").first.click()
    for word in ("partying", "Partygesicht"):
        ann.find(".picker input").fill("")
        ann.find(".picker input").fill(word)
        eventually(lambda: ann.find(".emoji-grid button").first.inner_text() == "🥳")
    ann.find(".picker input").press("Enter")
    eventually(lambda: reactions(ann, "it works") == ["🥳", "1"])


def test_a_thread_opens_in_a_panel_and_the_room_shows_its_summary(visit):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("who comes?")
    ann.write("a mistake")
    eventually(lambda: bob.sees() == ["who comes?", "a mistake"])

    row(bob, "who comes?").hover()
    row(bob, "who comes?").get_by_label("Reply in a thread").click()
    answer(bob, "I do")
    summary = row(ann, "who comes?").locator(".thread-summary")
    eventually(lambda: summary.count() == 1 and "1 reply" in summary.inner_text())
    assert "I do" not in ann.sees()
    summary.click()
    eventually(lambda: ann.find(".thread .message").count() == 2)
    ann.find(".also-to-room input").check()
    answer(ann, "me too")

    eventually(lambda: bob.find(".thread .message").last.locator(".prose").inner_text() == "me too")
    eventually(lambda: bob.find(".room .message").last.locator(".prose").inner_text() == "me too")
    assert "who comes?" in bob.find(".replied-to").last.inner_text()
    eventually(lambda: "2 replies" in ann.find(".thread-summary").last.inner_text())

    root = ann.find(".room .message", has=ann.find(".thread-summary")).last
    for message, left in (("a mistake", ["who comes?", "me too"]), (root, ["me too"])):
        do(ann, message, "Delete")
        ann.find("dialog .danger").click()
        eventually(lambda left=left: ann.sees() == bob.sees() == left)
        eventually(lambda: ann.page.evaluate("document.activeElement.matches('.message')"))  # it shows its buttons
    kept = bob.find(".room .message", has_text="This message was deleted").last
    assert "2 replies" in kept.inner_text()


def test_a_quote_links_to_its_message_and_a_pinned_one_is_marked_and_listed_until_unpinned(visit):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("tea or coffee?")
    eventually(lambda: bob.sees() == ["tea or coffee?"])

    do(bob, "tea or coffee?", "Quote")
    bob.write("green tea")
    quote = ann.find(".message a.quote").last
    eventually(lambda: quote.count() and "tea or coffee?" in quote.inner_text())
    quote.click()

    eventually(lambda: "tea or coffee?" in ann.find(".message.flash").inner_text())

    do(ann, "green tea", "Pin to room")
    eventually(lambda: "Pinned" in row(bob, "green tea").inner_text())
    bob.find(".topbar").get_by_label("Pinned messages").first.click()
    eventually(lambda: "green tea" in bob.find(".results").inner_text())
    bob.find(".results").get_by_label("Unpin").first.click()

    eventually(lambda: "Pinned" not in row(ann, "green tea").inner_text())


def test_a_message_is_unread_when_marked_so_until_read_again_and_not_once_it_is_deleted(visit, server):
    server.say("Cleo", "first", "second", "third")
    emil = server.ask("/api/guests", {"name": "Emil"})["token"]
    ann = visit().come_in()
    eventually(lambda: ann.reads_up_to() == server.head())

    do(ann, "second", "Mark unread from here")
    eventually(lambda: ann.find(".message", has=ann.find(".new-divider")).locator(".prose").inner_text() == "second")
    eventually(lambda: ann.reads_up_to() == server.head() - 2)
    ann.page.evaluate("dispatchEvent(new Event('focus'))")
    ann.write("answered")
    eventually(lambda: ann.find(".new-divider").count() == 0)
    eventually(lambda: ann.reads_up_to() == server.head())

    ann.go_to("/search")
    lobby = ann.find("nav li[data-channel='room:1'] .row")
    unread = lambda: "unread" in lobby.get_attribute("class").split()  # noqa: E731
    post = lambda key: server.ask("/api/channels/room:1/entries", {"text": "oops", "key": key}, emil)["seq"]  # noqa: E731
    seqs = [post("o1"), post("o2")]
    eventually(unread)
    for seq in seqs:
        server.ask(f"/api/channels/room:1/messages/{seq}", {"key": f"d{seq}"}, emil, "DELETE")
    eventually(lambda: not unread())
    ann.page.reload()
    eventually(lambda: lobby.count() == 1)
    assert not unread()


def test_the_message_list_works_by_keyboard(visit):
    ann = visit().come_in()
    for text in ("one", "two", "three"):
        ann.write(text)
    eventually(lambda: ann.sees() == ["one", "two", "three"])
    keys = ann.page.keyboard
    row(ann, "three").focus()

    keys.press("k")
    keys.press("+")
    eventually(lambda: row(ann, "two").locator(".reaction").first.get_attribute("aria-pressed") == "true")
    keys.press("ArrowUp")
    keys.press("e")
    eventually(lambda: ann.find("#composer").input_value() == "one")
    keys.press("End")
    keys.type(", two and a half")
    keys.press("Enter")
    eventually(lambda: ann.sees()[0] == "one, two and a half")
    row(ann, "three").focus()
    keys.press("Delete")
    eventually(lambda: ann.page.evaluate("document.activeElement.className") == "primary danger")
    keys.press("Enter")
    eventually(lambda: ann.sees() == ["one, two and a half", "two"])
    row(ann, "two").focus()
    keys.press("Enter")

    eventually(lambda: ann.page.evaluate("document.activeElement.id") == "composer-thread")


def test_autocomplete_keeps_the_focus_in_the_field(visit, server):
    server.say("Margaret Hamilton", "here I am")
    ann = visit().come_in()
    field, keys = ann.find("#composer"), ann.page.keyboard

    field.focus()
    keys.type("thanks @marg")
    eventually(lambda: ann.find(".suggestions [role=option]", has_text="Margaret").first.is_visible())
    selected = ann.find(".suggestions [aria-selected=true]").get_attribute("id")
    assert field.get_attribute("aria-activedescendant") == selected
    keys.press("Enter")
    eventually(lambda: field.input_value().startswith("thanks @margaret-hamilton"))
    keys.type(":tada")
    eventually(lambda: ann.find(".suggestions [role=option]").first.is_visible())
    keys.press("Tab")
    assert field.input_value().endswith("🎉 ")
    keys.press("Enter")

    eventually(lambda: ann.find(".mention").last.inner_text() == "@Margaret Hamilton")


def test_a_message_with_a_mention_is_sent_once_and_waits_in_the_outbox_without_a_connection(visit, server):
    """The mentioned person may have to be looked up first, and people go on typing meanwhile."""
    ann = visit().come_in()
    ann.find("#composer").focus()
    ann.page.evaluate("""() => {
      const field = document.querySelector("#composer")
      const type = text => { field.value += text; field.dispatchEvent(new InputEvent("input", { bubbles: true })) }
      const enter = () => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }))
      return new Promise(done => {
        type("thanks @nobody-here")
        setTimeout(() => { enter(); enter(); type(" and more"); done() }, 50)
      })
    }""")

    eventually(lambda: ann.sees() == ["thanks @nobody-here"])
    assert ann.find("#composer").input_value() == " and more"

    ann.go_offline()
    ann.find("#composer").fill("thanks @nobody-there")
    ann.find("#composer").press("Enter")
    eventually(lambda: ann.sees()[1:] == ["(thanks @nobody-there)"])
    ann.return_online()
    eventually(lambda: ann.sees() == ["thanks @nobody-here", "thanks @nobody-there"])


def test_hostile_markup_stays_text_and_code_is_highlighted(visit, server):
    server.say("Mallory", HOSTILE, CODE)
    ann = visit().come_in()

    eventually(lambda: ann.find(".hljs-keyword").count() > 0)
    assert ann.find(".prose img").count() == ann.find(".prose a").count() == 0
    assert "<img src=x onerror=alert(1)>" in ann.find(".prose").last.page.locator(".messages").inner_text()
    assert ann.find(".prose td").all_inner_texts()[-2:] == ["1", "2"]
    assert ann.find(".prose input[type=checkbox]").last.is_disabled()
