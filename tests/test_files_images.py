"""Pictures: made small in a process of its own with little memory and time, upright, and without what else they say."""

import io
import subprocess
import sys

import gevent
import pytest
from PIL import ExifTags, Image

from hubbub.core.access import Refused
from hubbub.files import images, shrink, store, uploads
from tests.sender import owner, picture
from tests.waiting import until


@pytest.fixture
def ann(app):
    return owner(app)


def opened(answer):
    """The picture of an answer."""
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    image = Image.open(io.BytesIO(answer.data))
    image.load()
    return image


def made(tmp_path, data, edges=(2048, 480), how="fit"):
    """What the process makes of these bytes: the largest size, and the pictures; None for nothing."""
    source = tmp_path / "source"
    source.write_bytes(data)
    found = images.shrink(source, edges, how)
    return found and (found[:2], [Image.open(io.BytesIO(one)) for one in found[2]])


def is_dark(image, x, y):
    return image.convert("L").getpixel((x, y)) < 100


def photo():
    """A JPEG of a phone held upright: its rows run sideways, and it says so, and where it was."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Secretphone"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return picture(1200, 800, "JPEG", "RGB", exif=exif, comment=b"by Ann in Secrettown")


def test_a_picture_has_a_small_and_a_large_preview_and_its_size_is_known(ann):
    file = ann.send(picture(3000, 1500, "JPEG", "RGB"), "wide.jpg")

    assert (file["type"], file["width"], file["height"], file["preview"]) == ("image/jpeg", 2048, 1024, True)
    assert opened(ann.load(file, "view")).size == (2048, 1024)
    assert opened(ann.load(file, "thumb")).size == (480, 240)
    assert ann.load(file, "view").headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_small_picture_is_not_blown_up(ann):
    file = ann.send(picture(30, 20))

    assert (file["width"], file["height"]) == (30, 20)
    assert opened(ann.load(file, "thumb")).size == (30, 20)


def test_a_photo_is_upright_and_says_nothing_of_where_it_was(ann):
    data = photo()
    assert b"Secretphone" in data and b"Secrettown" in data

    file = ann.send(data, "beach.jpg")

    assert (file["width"], file["height"]) == (800, 1200)
    for part, (width, height) in (("view", (800, 1200)), ("thumb", (320, 480))):
        answer = ann.load(file, part)
        image = opened(answer)
        assert image.size == (width, height)
        assert not is_dark(image, width // 2, height - 5) and is_dark(image, width // 2, 5)
        assert not image.getexif() and not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
        assert b"Secret" not in answer.data and b"EXIF" not in answer.data


@pytest.mark.parametrize(("format", "mode"), [
    ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"),
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"), ("GIF", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
])
def test_every_ordinary_kind_of_picture_is_shown(tmp_path, format, mode):
    data = picture(900, 600, format, mode) if mode != "I;16" else sixteen_bits()

    size, (view, thumb) = made(tmp_path, data)

    assert (size, view.size, thumb.size) == ((900, 600), (900, 600), (480, 320))
    assert is_dark(thumb, 10, 100) and not is_dark(thumb, 470, 100)


def sixteen_bits():
    file = io.BytesIO()
    Image.frombytes("I;16", (900, 600), b"".join((x * 65535 // 900).to_bytes(2, "little") for x in range(900)) * 600
                    ).save(file, "PNG")
    return file.getvalue()


def test_what_is_transparent_stays_so(tmp_path):
    image = Image.new("P", (100, 100))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (50, 0, 100, 100))
    file = io.BytesIO()
    image.save(file, "GIF", transparency=1)

    _, [view] = made(tmp_path, file.getvalue(), (480,))

    assert view.getpixel((10, 50))[3] == 255
    assert view.getpixel((90, 50))[3] == 0


def test_of_a_picture_that_moves_the_first_frame_is_shown(tmp_path):
    file = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("black", "white", "white")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    size, [view] = made(tmp_path, file.getvalue(), (480,))

    assert size == (60, 40)
    assert is_dark(view, 30, 20)


@pytest.mark.parametrize(("width", "height", "format", "more"), [
    (6000, 4000, "JPEG", {}),  # of a camera
    (6000, 4000, "JPEG", {"progressive": True}),
    (8000, 6000, "JPEG", {"quality": 60}),  # of a phone
    (6000, 4000, "PNG", {"compress_level": 1}),
])
def test_what_cameras_and_phones_make_fits_into_the_memory_of_the_process(tmp_path, width, height, format, more):
    size, _ = made(tmp_path, picture(width, height, format, "RGB", **more))

    assert size in ((2048, 1365), (2048, 1536))


def test_the_process_has_little_memory_and_time_and_loads_nothing_of_ours():
    limits = subprocess.run([sys.executable, "-I", "-c", f"""
import runpy, resource, sys
sys.argv = ["shrink.py", "/nowhere", "fit", "9:/nowhere"]
try: runpy.run_path({str(images.SCRIPT)!r}, run_name="__main__")
except FileNotFoundError: pass
print([resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])
print({{"gevent", "flask", "hubbub", "sqlite3"}} & set(sys.modules))"""], capture_output=True, text=True, check=True)

    assert limits.stdout.split("\n")[:2] == [str([256 * 1024**2, 5, 0]), "set()"]


def test_a_process_that_never_ends_is_ended_and_the_file_stays_a_file(ann, tmp_path, monkeypatch):
    script = tmp_path / "forever.py"
    script.write_text("while True: pass")
    monkeypatch.setattr(images, "SCRIPT", script)
    monkeypatch.setattr(images, "SECONDS", 0.3)

    file = ann.send(picture(), "a.png")

    assert (file["type"], "preview" in file) == ("image/png", False)
    assert ann.load(file, "thumb").status_code == 404
    assert ann.load(file).mimetype == "application/octet-stream"


def test_two_pictures_are_shrunk_at_a_time_and_the_server_goes_on_meanwhile(tmp_path, monkeypatch):
    log, go, script = tmp_path / "log", tmp_path / "go", tmp_path / "slowly.py"
    log.touch()
    script.write_text(f"""
import os, sys, time
open({str(log)!r}, "a").write("+")
while not os.path.exists({str(go)!r}):
    time.sleep(.01)
open({str(log)!r}, "a").write("-")
sys.exit(1)""")
    monkeypatch.setattr(images, "SCRIPT", script)

    working = [gevent.spawn(images.shrink, script, (480,)) for _ in range(5)]
    until(lambda: log.read_text() == "++")  # this greenlet runs while both children wait for it
    go.touch()
    gevent.joinall(working, raise_error=True)

    at_once, most = 0, 0
    for sign in log.read_text():
        at_once += 1 if sign == "+" else -1
        most = max(most, at_once)
    assert (log.read_text().count("-"), most) == (5, 2)


def test_the_picture_of_a_person_is_a_square_from_its_middle(tmp_path):
    large, small = images.square(picture(900, 300, "JPEG", "RGB"), (256, 64))

    assert [Image.open(io.BytesIO(one)).size for one in (large, small)] == [(256, 256), (64, 64)]
    assert [Image.open(io.BytesIO(one)).size for one in images.square(picture(40, 90), (256,))] == [(40, 40)]


def test_what_is_no_picture_of_a_person_is_refused_in_words():
    for data in (b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:50]):
        with pytest.raises(Refused, match="This file cannot be shown"):
            images.square(data, (256,))
    with pytest.raises(Refused, match="1 MB") as large:
        images.square(bytes(images.SQUARE_LIMIT + 1), (256,))
    assert large.value.code == "too_large"


def test_nothing_of_a_picture_stays_behind_in_the_folders(ann):
    file = ann.send(photo())

    assert list((store._root() / store.ARRIVING).iterdir()) == []
    assert {path.name[32:] for path in store.path_of(file["id"]).parent.iterdir()} == {"", ".thumb", ".view"}
    assert uploads.arriving().ids == set()
    assert shrink.MEMORY == 256 * 1024**2
