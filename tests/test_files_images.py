"""Previews: made in a process with little memory and time, upright, and without metadata."""

import io
import subprocess
import sys

import gevent
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.files import images, shrink, store, uploads
from tests import colour_profiles
from tests.sender import owner, picture
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("real_children")


@pytest.fixture
def ann(app):
    return owner(app)


def image_of(answer):
    """Return the picture of a response."""
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    image = Image.open(io.BytesIO(answer.data))
    image.load()
    return image


def make_previews(tmp_path, data, edges=(2048, 480), mode="fit"):
    """Make previews of these bytes; return the largest size and the pictures, or None if there are none."""
    source = tmp_path / "source"
    source.write_bytes(data)
    found = images.shrink(source, edges, mode)
    return found and (found[:2], [Image.open(io.BytesIO(preview)) for preview in found.webps])


def is_dark(image, x, y):
    return image.convert("L").getpixel((x, y)) < 100


def photo():
    """Return a JPEG of a phone held upright: rotated, with EXIF data about rotation, device and location."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Secretphone"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return picture(1200, 800, "JPEG", "RGB", exif=exif, comment=b"by Ann in Secrettown")


def test_a_picture_gets_two_previews_and_a_size(ann):
    file = ann.send(picture(3000, 1500, "JPEG", "RGB"), "wide.jpg")

    assert (file["type"], file["width"], file["height"], file["preview"]) == ("image/jpeg", 2048, 1024, True)
    assert image_of(ann.load(file, "view")).size == (2048, 1024)
    assert image_of(ann.load(file, "thumb")).size == (480, 240)
    assert ann.load(file, "view").headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_small_picture_is_not_enlarged(ann):
    file = ann.send(picture(30, 20))

    assert (file["width"], file["height"]) == (30, 20)
    assert image_of(ann.load(file, "thumb")).size == (30, 20)


def test_previews_of_a_photo_are_upright_and_have_no_metadata(ann):
    data = photo()
    assert b"Secretphone" in data and b"Secrettown" in data

    file = ann.send(data, "beach.jpg")

    assert (file["width"], file["height"]) == (800, 1200)
    for part, (width, height) in (("view", (800, 1200)), ("thumb", (320, 480))):
        answer = ann.load(file, part)
        image = image_of(answer)
        assert image.size == (width, height)
        assert not is_dark(image, width // 2, height - 5) and is_dark(image, width // 2, 5)
        assert not image.getexif() and not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
        assert b"Secret" not in answer.data and b"EXIF" not in answer.data


@pytest.mark.parametrize(("format", "mode"), [
    ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"),
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"), ("GIF", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
])
def test_every_common_format_gets_previews(tmp_path, format, mode):
    data = picture(900, 600, format, mode) if mode != "I;16" else png_with_16_bits()

    size, (view, thumb) = make_previews(tmp_path, data)

    assert (size, view.size, thumb.size) == ((900, 600), (900, 600), (480, 320))
    assert is_dark(thumb, 10, 100) and not is_dark(thumb, 470, 100)


def png_with_16_bits():
    file = io.BytesIO()
    Image.frombytes("I;16", (900, 600), b"".join((x * 65535 // 900).to_bytes(2, "little") for x in range(900)) * 600
                    ).save(file, "PNG")
    return file.getvalue()


def test_transparency_is_kept(tmp_path):
    image = Image.new("P", (100, 100))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (50, 0, 100, 100))
    file = io.BytesIO()
    image.save(file, "GIF", transparency=1)

    _, [view] = make_previews(tmp_path, file.getvalue(), (480,))

    assert view.getpixel((10, 50))[3] == 255
    assert view.getpixel((90, 50))[3] == 0


def plain(colour, mode="RGB", size=(64, 64), format="PNG", **more):
    """Return the bytes of a picture of one colour."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format, **more)
    return file.getvalue()


def palette_picture(profile):
    image = Image.new("P", (64, 64))
    image.putpalette([200, 60, 60])
    file = io.BytesIO()
    image.save(file, "PNG", icc_profile=profile)
    return file.getvalue()


def gamma(value, *chunks):
    """Return a chunk of a PNG that says how its values relate to light."""
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", round(value * 100_000).to_bytes(4, "big"))
    for name in chunks:
        info.add(name, b"\0")
    return info


P3, GREY, PRESS = colour_profiles.display_p3(), colour_profiles.linear_grey(), colour_profiles.odd_press()
COLOURS = {  # the bytes of a picture, and the sRGB colour that a reader must see
    "Display P3": (plain((200, 60, 60), icc_profile=P3), (219, 37, 49)),
    "Display P3 in a JPEG": (plain((200, 60, 60), format="JPEG", quality=100, icc_profile=P3), (219, 37, 49)),
    "Display P3 in a WebP": (plain((200, 60, 60), format="WEBP", lossless=True, icc_profile=P3), (219, 37, 49)),
    "Display P3 with a palette": (palette_picture(P3), (219, 37, 49)),
    "Display P3 with alpha": (plain((200, 60, 60, 128), "RGBA", icc_profile=P3), (219, 37, 49, 128)),
    "a linear grey": (plain(55, "L", icc_profile=GREY), (128, 128, 128)),
    "a linear grey with alpha": (plain((55, 128), "LA", icc_profile=GREY), (128, 128, 128, 128)),
    "a linear PNG": (plain((55, 55, 0), pnginfo=gamma(1)), (128, 128, 0)),
    "a linear PNG with alpha": (plain((55, 0, 55, 128), "RGBA", pnginfo=gamma(1)), (128, 0, 128, 128)),
    "a PNG that says sRGB": (plain((55, 55, 0), pnginfo=gamma(1, b"sRGB")), (55, 55, 0)),
    "16 bits of grey": (plain(0x8080, "I;16"), (128, 128, 128)),
    "white of 16 bits": (plain(0xFFFF, "I;16"), (255, 255, 255)),
    "CMYK": (plain((0, 255, 255, 0), "CMYK", format="JPEG", quality=100), (255, 0, 0)),
    "CMYK of a press": (plain((0, 0, 255, 0), "CMYK", format="JPEG", quality=100, icc_profile=PRESS), "blue"),
    "a broken profile": (plain((200, 60, 60), icc_profile=b"no profile"), (200, 60, 60)),
    "a profile of another kind": (plain((200, 60, 60), icc_profile=GREY), (200, 60, 60)),
}


SQUARES = ["Display P3 in a JPEG", "Display P3 with alpha", "CMYK of a press"]  # cut after they were converted


@pytest.mark.parametrize("name, how", [*((name, "fit") for name in COLOURS), *((name, "square") for name in SQUARES)])
def test_a_preview_shows_the_colour_of_the_picture(tmp_path, name, how):
    data, expected = COLOURS[name]

    _, [view] = make_previews(tmp_path, data, (32,), how)

    shown = view.getpixel((16, 16))
    assert "icc_profile" not in view.info
    if expected == "blue":
        assert shown[2] > shown[0] + 60
    else:
        assert len(shown) == len(expected)
        assert max(abs(found - wanted) for found, wanted in zip(shown, expected, strict=True)) <= 4, shown


@pytest.mark.parametrize("mode, colour", [("RGB", (255, 0, 0)), ("L", 7)])
def test_a_transparent_colour_is_transparent_in_a_smaller_preview(tmp_path, mode, colour):
    image = Image.new(mode, (99, 99), colour)
    image.paste("white", (33, 0, 66, 99))
    file = io.BytesIO()
    image.save(file, "PNG", transparency=colour)

    _, [view] = make_previews(tmp_path, file.getvalue(), (33,))

    assert [view.getpixel((x, 16))[3] for x in (5, 16, 27)] == [0, 255, 0]


def animation(format, colours=("black", "white", "red"), **more):
    file = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), colour) for colour in colours]
    frames[0].save(file, format, save_all=True, append_images=frames[1:], **more)
    return file.getvalue()


@pytest.mark.parametrize("format, type", [("GIF", "image/gif"), ("WEBP", "image/webp"), ("PNG", "image/png")])
def test_an_animated_picture_is_marked_and_its_original_is_shown_in_the_page(ann, format, type):
    data = animation(format)
    file = ann.send(data)

    assert (file["type"], file["animated"], file["width"]) == (type, True, 60)
    assert not getattr(image_of(ann.load(file, "view")), "is_animated", False)
    original = ann.load(file)
    assert (original.data, original.mimetype) == (data, type)
    assert original.headers["Content-Disposition"].startswith("inline")
    assert original.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert original.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("data", [picture(format="GIF", mode="P"), animation("PNG", ["red"]),
                                  animation("MPO", ["red", "blue"])], ids=["GIF", "PNG", "camera"])
def test_a_still_picture_is_not_marked_and_is_a_download(ann, data):
    file = ann.send(data)

    assert "animated" not in file
    assert ann.load(file).headers["Content-Disposition"].startswith("attachment")


def test_the_preview_of_an_animation_is_its_first_frame(tmp_path):
    file = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("black", "white", "white")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    size, [view] = make_previews(tmp_path, file.getvalue(), (480,))

    assert size == (60, 40)
    assert is_dark(view, 30, 20)


@pytest.mark.parametrize(("width", "height", "format", "more"), [
    (6000, 4000, "JPEG", {}),  # a camera
    (6000, 4000, "JPEG", {"progressive": True}),
    (8000, 6000, "JPEG", {"quality": 60}),  # a phone
    (6000, 4000, "PNG", {"compress_level": 1}),
])
def test_pictures_of_cameras_and_phones_fit_into_the_memory_limit(tmp_path, width, height, format, more):
    size, _ = make_previews(tmp_path, picture(width, height, format, "RGB", **more))

    assert size in ((2048, 1365), (2048, 1536))


def test_the_process_has_limits_and_loads_no_module_of_hubbub():
    limits = subprocess.run([sys.executable, "-I", "-c", f"""
import runpy, resource, sys
sys.argv = ["shrink.py", "/nowhere", "fit", "9:/nowhere"]
try: runpy.run_path({str(images.SCRIPT)!r}, run_name="__main__")
except FileNotFoundError: pass
print([resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])
print({{"gevent", "flask", "hubbub", "sqlite3"}} & set(sys.modules))"""], capture_output=True, text=True, check=True)

    assert limits.stdout.split("\n")[:2] == [str([256 * 1024**2, 5, 0]), "set()"]


def test_a_process_that_never_ends_is_killed_and_the_file_is_kept(ann, tmp_path, monkeypatch):
    script = tmp_path / "forever.py"
    script.write_text("while True: pass")
    monkeypatch.setattr(images, "SCRIPT", script)
    monkeypatch.setattr(images, "SECONDS", 0.3)

    file = ann.send(picture(), "a.png")

    assert (file["type"], "preview" in file) == ("image/png", False)
    assert ann.load(file, "thumb").status_code == 404
    assert ann.load(file).mimetype == "application/octet-stream"


def test_two_pictures_are_shrunk_at_a_time_without_blocking_the_server(tmp_path, monkeypatch):
    log, go, script = tmp_path / "log", tmp_path / "go", tmp_path / "waiting.py"
    log.touch()
    script.write_text(f"""
import os, sys, time
open({str(log)!r}, "a").write("+")
while not os.path.exists({str(go)!r}):
    time.sleep(.01)
open({str(log)!r}, "a").write("-")
sys.exit(1)""")
    monkeypatch.setattr(images, "SCRIPT", script)

    greenlets = [gevent.spawn(images.shrink, script, (480,)) for _ in range(5)]
    until(lambda: log.read_text() == "++")  # both children wait for this greenlet
    go.touch()
    gevent.joinall(greenlets, raise_error=True)

    running, most = 0, 0
    for sign in log.read_text():
        running += 1 if sign == "+" else -1
        most = max(most, running)
    assert (log.read_text().count("-"), most) == (5, 2)


def test_an_avatar_is_the_square_in_the_middle_of_the_picture(tmp_path):
    large, small = images.square(picture(900, 300, "JPEG", "RGB"), (256, 64))

    assert [Image.open(io.BytesIO(avatar)).size for avatar in (large, small)] == [(256, 256), (64, 64)]
    assert [Image.open(io.BytesIO(avatar)).size for avatar in images.square(picture(40, 90), (256,))] == [(40, 40)]


def test_an_invalid_avatar_is_refused_with_a_reason():
    for data in (b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:50]):
        with pytest.raises(Refused, match="This file cannot be shown"):
            images.square(data, (256,))
    with pytest.raises(Refused, match="1 MB") as large:
        images.square(bytes(images.SQUARE_LIMIT + 1), (256,))
    assert large.value.code == "too_large"


def test_no_temporary_file_of_a_picture_is_left(ann):
    file = ann.send(photo())

    assert list((store._root() / store.ARRIVING).iterdir()) == []
    assert {path.name[32:] for path in store.path_of(file["id"]).parent.iterdir()} == {"", ".thumb", ".view"}
    assert shrink.MEMORY == 256 * 1024**2


def test_previews_of_an_older_version_are_made_again(any_app):
    ann = owner(any_app)
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue")]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    file, damaged = ann.send(data.getvalue(), "dance.gif"), ann.send(picture(30, 20), "gone.png")
    ann.post(file)
    store.keep(file["id"], "thumb", b"made before")  # as the first version left it: not known to be animated
    store.path_of(damaged["id"]).write_bytes(b"damaged")
    with db.transaction() as tx:
        tx.execute("update file set previews = 0, animated = 0")
        [(seq,)] = tx.execute("select seq from entry where kind = 'message'")
        log.blank(tx, "room:1", [seq], {"text": "", "files": [{**file, "animated": False}]})
    stale = ann.load(file, "thumb")
    assert (stale.data, shown(ann)["animated"]) == (b"made before", False)

    assert (uploads.renew_previews(), uploads.renew_previews()) == (2, 0)

    renewed = ann.load(file, "thumb", tag=stale.headers["ETag"])
    assert image_of(renewed).size == (60, 40) and shown(ann)["animated"] is True
    assert image_of(ann.load(damaged, "view")).size == (30, 20)


def shown(ann):
    """Return the file of the newest message."""
    return ann.request("GET", "/api/channels/room:1/window").json["items"][-1]["files"][0]
