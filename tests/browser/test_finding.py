"""The palette and the search: everything in one list, filters that complete themselves, all of it by keyboard."""

from conftest import eventually


def test_the_palette_finds_all_kinds_by_keyboard_and_remembers_what_was_used(visit, server):
    token = server.ask("/api/guests", {"name": "Priya"})["token"]
    server.ask("/api/documents", {"room": "room:1", "title": "Zebra plan", "key": "zebra"}, token)
    server.ask("/api/channels/room:1/entries", {"text": "the zebra crossed", "key": "zebra"}, token)
    ann = visit().come_in()
    keys, rows = ann.page.keyboard, ann.find("#palette [role=option]")
    first = lambda: rows.first.inner_text().split("\n") if rows.count() else []  # noqa: E731

    def open_palette(words):
        keys.press("Control+k")
        eventually(lambda: ann.find("dialog.palette input:focus").count())
        keys.type(words)

    open_palette("zebra")
    eventually(lambda: [row.split("\n")[-1] for row in rows.all_inner_texts()][:2] == ["Document", "Lobby"])
    assert "the zebra crossed Priya" in rows.nth(1).inner_text()
    keys.press("ArrowDown")
    keys.press("Enter")
    eventually(lambda: "the zebra crossed" in ann.find(".message.flash").inner_text())
    open_palette("appear")
    eventually(lambda: first() == ["Appearance and keyboard", "Settings"])
    keys.press("Enter")
    eventually(lambda: ann.page.url.endswith("/settings/appearance"))
    open_palette(">inbox")
    eventually(lambda: first()[:1] == ["Inbox"] and rows.count() == 1)
    keys.press("Enter")
    eventually(lambda: ann.page.url.endswith("/inbox"))

    open_palette("")
    eventually(lambda: first()[:1] == ["Inbox"])
    keys.press("Escape")
