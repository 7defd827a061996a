"""The message field: formatting, suggestions, pasted texts and long ones, and messages that wait to be undone."""

from conftest import eventually

PASTE = """([html, text]) => {
  const data = new DataTransfer(), field = document.querySelector("#composer")
  if (html) data.setData("text/html", html)
  data.setData("text/plain", text)
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, text)
}"""

PLAIN = """() => document.querySelector("#composer").dispatchEvent(new KeyboardEvent("keydown",
  { key: "V", ctrlKey: true, shiftKey: true, bubbles: true }))"""


def test_a_message_waits_to_be_undone_also_over_a_reload_and_is_sent_once(visit, server):
    ann, before = visit().come_in(), server.head()
    ann.page.evaluate("""() => fetch("/api/me/preferences", { method: "PATCH", body: '{"changes": {"undo": "on"}}',
      headers: { "Content-Type": "application/json" } })""")
    eventually(lambda: ann.page.evaluate("document.documentElement.dataset.undo") == "on")

    ann.write("too early")
    eventually(lambda: ann.find(".send-undo").count() == 1 and ann.keeps() == ["too early"])
    ann.page.keyboard.press("Control+z")
    eventually(lambda: ann.find("#composer").input_value() == "too early" and ann.keeps() == [])
    ann.write("better")
    eventually(lambda: ann.keeps() == ["better"])
    ann.page.reload()
    eventually(lambda: "Sends in" in ann.find(".send-undo").inner_text())
    eventually(lambda: server.texts_after(before) == ["better"] and ann.keeps() == [])
    ann.find("#composer").fill("now")
    ann.find("#composer").press("Enter")
    ann.find(".send-undo button", has_text="Send now").click()

    eventually(lambda: server.texts_after(before) == ann.sees() == ["better", "now"])


def test_a_message_is_formatted_pasted_completed_and_previewed(visit, server):
    token = server.ask("/api/guests", {"name": "Priya"})["token"]
    server.ask("/api/documents", {"room": "room:1", "title": "Launch plan", "key": "plan"}, token)
    ann = visit().come_in()
    field, keys, options = ann.find("#composer"), ann.page.keyboard, ann.find(".suggestions [role=option]")
    tool = lambda name: ann.page.get_by_role("toolbar").get_by_label(name)  # noqa: E731
    field.focus()

    for line in ("```", "let a = 1", "```"):
        keys.type(line)
        keys.press("Enter")
    eventually(lambda: ann.sees() and "let a = 1" in ann.find(".code-block pre").last.inner_text())
    keys.type("good")
    keys.press("Control+a")
    tool("Bold").click()
    assert field.input_value() == "**good**"
    for shown in ("good", "**good**"):
        keys.press("Control+b")
        assert field.input_value() == shown
    tool("List").click()
    tool("Preview").click()
    eventually(lambda: ann.find(".preview li strong").inner_text() == "good")
    tool("Preview").click()
    field.fill("")
    ann.page.evaluate(PASTE, ["<p>a <b>bold</b> <a href='https://a.org/'>link</a></p>", "a bold link"])
    eventually(lambda: field.input_value() == "a **bold** [link](https://a.org/)")
    ann.page.evaluate(PLAIN)
    ann.page.evaluate(PASTE, ["<p>a <b>bold</b></p>", ", plain"])
    eventually(lambda: field.input_value().endswith(", plain"))

    field.fill("")
    keys.type("see [[launch pl")
    eventually(lambda: options.all_inner_texts() == ["Launch plan"])
    keys.press("Enter")
    assert field.input_value().startswith(f"see [Launch plan]({ann.url}/document/")
    keys.press("Enter")
    ann.find(".message .prose a", has_text="Launch plan").click()
    eventually(lambda: ann.find("h1", has_text="Launch plan").count())
    ann.page.go_back()
    eventually(lambda: field.count())
    field.focus()
    keys.type("```pyth")
    eventually(lambda: "python" in options.first.inner_text())
    keys.press("Enter")
    assert field.input_value() == "```python\n"
    field.fill("")
    keys.type("/me")
    eventually(lambda: "what you are doing" in options.first.inner_text())
    keys.type(" x")
    eventually(lambda: ann.find(".command-hint").inner_text().split("\n")[0] == "/me what you are doing")

    field.fill("here")
    keys.press("Control+a")
    keys.press("Control+Shift+l")
    eventually(lambda: field.input_value() == "[here](https://)")
    keys.type("a.org")
    eventually(lambda: field.input_value() == "[here](a.org)")
    field.fill("")
    tool("Enter sends").click()
    keys.type("one")
    keys.press("Enter")
    keys.type("two")
    keys.press("Control+Enter")
    eventually(lambda: ann.sees()[2:] == ["one\ntwo"])
    tool("Enter starts a new line").click()
    keys.type("look: ")
    ann.page.evaluate(PASTE, ["", "word " * 2000])
    eventually(lambda: "10,006 characters" in ann.find(".long-text").inner_text())
    ann.find(".long-text button", has_text="Send as a file").click()
    eventually(lambda: ann.find(".chips").count() == 1)
    assert field.input_value() == "look:"

    field.fill("")
    keys.press("Control+Shift+Backslash")
    eventually(lambda: ann.find(".picker").count() == 1)
    keys.press("Escape")
    field.focus()
    keys.press("Shift+ArrowUp")
    eventually(lambda: ann.find("#composer-thread:focus").count() == 1)
