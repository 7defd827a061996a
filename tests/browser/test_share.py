"""What other apps share comes into a room's field, and files that were chosen there stay until they are sent."""

import pytest
from axe import assert_accessible
from conftest import eventually
from test_notifications import Team

SHARE = """([text, name, words]) => {
    const form = document.createElement("form"), files = new DataTransfer()
    Object.assign(form, { method: "post", enctype: "multipart/form-data", action: "/share" })
    files.items.add(new File([words], name, { type: "text/plain" }))
    for (const [name, type, value] of [["title", "text", "A page"], ["text", "text", text], ["files", "file", null]]) {
      const field = Object.assign(document.createElement("input"), { name, type })
      if (value === null) field.files = files.files
      else field.value = value
      form.append(field)
    }
    document.body.append(form)
    form.submit()
}"""  # as a phone does when its owner chooses Hubbub in the sheet of another app


@pytest.mark.fresh
def test_what_another_app_shares_is_chosen_a_room_for_and_stays_over_a_reload(server, visit):
    team = Team(server, visit)
    ann = team.at("ann", "/inbox")
    eventually(lambda: ann.page.evaluate("Boolean(navigator.serviceWorker.controller)"))

    ann.page.evaluate(SHARE, ["https://example.org/tea", "recipe.txt", "two leaves"])
    ann.page.get_by_role("button", name="Lobby").wait_for()
    assert ann.find(".shared-preview p").all_inner_texts() == ["A page\nhttps://example.org/tea", " recipe.txt"]
    assert_accessible(ann.page)
    ann.page.get_by_role("button", name="Lobby").click()
    eventually(lambda: ann.find(".file-chip.ready").count() == 1 and ann.keeps("chosen"))
    ann.page.reload()
    ann.come_in()
    eventually(lambda: ann.find(".file-chip.ready").count() == 1)
    assert ann.find("#composer").input_value() == "A page\nhttps://example.org/tea"
    ann.find(".composer button.primary").click()

    eventually(lambda: ann.find(".message .file-link").count() == 1 and ann.keeps("chosen") == [])
    ann.go_to("/share")
    eventually(lambda: ann.find("main h2").all_inner_texts() == ["Nothing to share"])
