"""Files in a browser: picked, dropped, pasted; pictures and the lightbox; removed, interrupted."""

import io
import wave

import pytest
from axe import assert_accessible
from conftest import eventually
from PIL import Image

DROP = """async ([selector, name, type, text]) => {
  const data = new DataTransfer()
  data.items.add(new File([text], name, { type }))
  const target = document.querySelector(selector)
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }))
  }
}"""
PASTE = """([selector, name, type, text]) => {
  const data = new DataTransfer()
  data.items.add(new File([text], name, { type }))
  document.querySelector(selector).dispatchEvent(
    new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }))
}"""


@pytest.fixture
def ann(visit):
    return visit(stay="ann").come_in()


@pytest.fixture
def bob(visit):
    return visit(stay="bob").come_in()


def picture(width=900, height=600):
    file = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(file, "JPEG", quality=95)
    return {"name": "beach.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def sound():
    file = io.BytesIO()
    with wave.open(file, "wb") as second:
        second.setparams((1, 2, 8000, 8000, "NONE", ""))
        second.writeframes(bytes(16000))
    return {"name": "bell.wav", "mimeType": "audio/wav", "buffer": file.getvalue()}


def pick(person, *files):
    person.find(".composer input[type=file]").set_input_files(list(files))


def ready(person, n):
    eventually(lambda: person.find(".file-chip.ready").count() == n)


def test_a_picture_is_shown_in_a_reserved_box(ann, bob):
    pick(ann, picture())
    ready(ann, 1)
    assert_accessible(ann.page)
    ann.write("from the beach")

    eventually(lambda: bob.find(".message .picture-box img").count())
    box = bob.find(".message .picture-box img").last
    assert (box.get_attribute("width"), box.get_attribute("height")) == ("360", "240")
    eventually(lambda: box.evaluate("image => image.complete && image.naturalWidth > 0"))
    bob.find(".message .picture-box").last.click()
    eventually(lambda: bob.find("dialog.lightbox img").evaluate("image => image.naturalWidth") == 900)
    assert_accessible(bob.page)
    bob.page.go_back()
    eventually(lambda: not bob.find("dialog.lightbox").count() and bob.find("#composer").count())


def animation():
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return {"name": "dance.gif", "mimeType": "image/gif", "buffer": file.getvalue()}


def test_an_animated_picture_plays_and_for_readers_without_motion_only_in_the_lightbox(ann, bob):
    ann.page.emulate_media(reduced_motion="no-preference")
    pick(ann, animation())
    ready(ann, 1)
    ann.write("look")

    for reader, name, marks in (ann, "dance.gif", 0), (bob, "thumb", 1):
        box = reader.find(".message .picture-box").last
        eventually(lambda box=box: box.locator("img").evaluate("image => image.complete && image.naturalWidth"))
        assert box.locator("img").get_attribute("src").endswith(f"/{name}")
        assert box.locator(".play-mark").count() == marks
        assert box.get_attribute("aria-label") == "Play dance.gif"
        assert_accessible(reader.page)
        box.click()
        shown = reader.find("dialog.lightbox img")
        eventually(lambda shown=shown: shown.evaluate("image => image.complete && image.naturalWidth === 300"))
        assert shown.get_attribute("src").endswith("/dance.gif")
        reader.page.keyboard.press("Escape")
    bob.page.emulate_media(reduced_motion="no-preference")
    eventually(lambda: not bob.find(".message .picture-box").last.locator(".play-mark").count())
    for reader in ann, bob:
        reader.page.emulate_media(reduced_motion="reduce")


def test_dropped_and_pasted_files_are_sent_and_downloaded_by_name(ann, bob):
    ann.page.evaluate(DROP, [".messages", "notes.txt", "text/plain", "first"])
    ann.page.evaluate(PASTE, ["#composer", "page.html", "text/html", "<script>alert(1)</script>"])
    ready(ann, 2)
    ann.find("#composer").press("Enter")

    eventually(lambda: bob.find(".message").last.locator(".file-link").count() == 2)
    with bob.page.expect_download() as saved:
        bob.find(".message .file-link", has_text="page.html").click()
    assert saved.value.suggested_filename == "page.html"


def test_a_sound_plays_and_a_film_the_browser_cannot_play_is_a_download(ann):
    film = {"name": "film.mov", "mimeType": "video/quicktime", "buffer": b"\0\0\0\x14ftypqt  " + bytes(2000)}
    pick(ann, sound(), film)
    ready(ann, 2)
    ann.write("hear and see")

    eventually(lambda: ann.find(".message audio").evaluate_all("all => all.some(one => one.duration === 1)"))
    eventually(lambda: ann.find(".message .file-link", has_text="film.mov").count() == 1)
    assert not ann.find(".message video").count()


def test_a_removed_file_is_not_sent(ann):
    pick(ann, picture(), {"name": "wrong.txt", "mimeType": "text/plain", "buffer": b"oops"})
    ready(ann, 2)
    ann.page.get_by_role("button", name="Remove wrong.txt").click()
    ann.write("only one")

    eventually(lambda: ann.sees() == ["only one"])
    assert ann.find(".message").last.locator(".picture-box").count() == 1
    assert not ann.find(".file-link", has_text="wrong.txt").count()


def test_an_upload_continues_after_a_disconnect(ann):
    large = {"name": "large.bin", "mimeType": "application/octet-stream", "buffer": bytes(3_000_000)}
    ann.go_offline()
    pick(ann, large)
    eventually(lambda: ann.find(".file-chip.waiting").count())
    ann.return_online()

    ready(ann, 1)
    ann.write("there it is")
    eventually(lambda: ann.find(".message .file-link", has_text="large.bin").count())


def test_a_message_sent_during_an_upload_goes_when_it_is_done(ann, bob):
    held = []

    def hold(route):
        held.append(route.request.method)
        if held.count("PUT") < 2:
            route.continue_()

    ann.page.route("**/api/files/**", hold)  # the first part arrives, the others do not
    pick(ann, {"name": "large.bin", "mimeType": "application/octet-stream", "buffer": bytes(3_000_000)})
    ann.write("with a file")
    eventually(lambda: "Sending 17%" in ann.find(".sending-files").inner_text() and held.count("PUT") == 2)
    assert_accessible(ann.page)
    ann.write("meanwhile")
    eventually(lambda: bob.sees() == ["meanwhile"] and ann.sees() == ["meanwhile", "(with a file)"])
    ann.find(".sending-files button").click()
    assert ann.find("#composer").input_value() == "with a file"
    ann.find("#composer").press("Enter")
    eventually(lambda: ann.sees() == ["meanwhile", "(with a file)"] and len(ann.keeps()) == 1)
    ann.go_offline()
    ann.page.unroute("**/api/files/**")
    ann.page.close()
    ann.context.set_offline(False)
    ann.page = ann.look()

    eventually(lambda: bob.sees() == ["meanwhile", "with a file"])
    eventually(lambda: bob.find(".message .file-link", has_text="large.bin").count() and ann.keeps() == [])
