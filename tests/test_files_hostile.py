"""Hostile files: decompression bombs, disguised pages, polyglots, and names that are paths or contain bidi marks."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hubbub import short_text
from hubbub.files import images, types, uploads
from tests.sender import LOBBY, owner, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
HTML = b"<!doctype html><script>fetch('/api/people')</script>"


@pytest.fixture
def ann(app):
    return owner(app)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_zeros(millions):
    """Pack this many million zeros quickly: only two, because each further million is packed like the second."""
    packer, million = zlib.compressobj(), bytes(1_000_000)
    first, further = (packer.compress(million) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    checksum = (millions * 1_000_000 % 65_521) << 16 | 1
    return first + further * (millions - 1) + packer.flush()[:-4] + checksum.to_bytes(4, "big")


def png(width, height, *more, rows=b""):
    """Return a PNG whose header claims this size, with these packed rows or none."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", rows or zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + body


def gif(width, height):
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + b"," + struct.pack(
        "<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"


BOMBS = {
    "a PNG that claims 10,000 million pixels": lambda: png(100_000, 100_000),
    "a PNG that claims the most a PNG can": lambda: png(2**31 - 1, 2**31 - 1),
    "a PNG that is just too large": lambda: png(10_000, 5_001),
    "a PNG of no width": lambda: png(0, 5),
    "a PNG whose rows unpack to 60 MB": lambda: png(100, 100, rows=packed_zeros(60)),
    "a PNG with a text of 100 MB": lambda: png(10, 10, chunk(b"zTXt", b"a\0\0" + packed_zeros(100))),
    "a PNG with a profile of 100 MB": lambda: png(10, 10, chunk(b"iCCP", b"a\0\0" + packed_zeros(100))),
    "a GIF that claims 4,000 million pixels": lambda: gif(65_535, 65_535),
    "a JPEG that claims 4,000 million pixels": lambda: b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(200),
    "a WebP that claims 268 million pixels": lambda:
        b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(40),
    "a picture that ends too early": lambda: picture(500, 500)[:200],
    "a signature and nothing": lambda: b"\x89PNG\r\n\x1a\n",
}


def test_a_bomb_gets_no_preview_and_is_a_download(ann, monkeypatch):
    monkeypatch.setattr(images, "SECONDS", 6)
    assert zlib.decompress(packed_zeros(3)) == bytes(3_000_000)

    for bomb, make in BOMBS.items():
        data = make()
        file = ann.send(data, "bomb.png")

        assert "preview" not in file or max(file["width"], file["height"]) <= 100, bomb
        answer = ann.load(file)
        assert answer.headers["Content-Disposition"].startswith("attachment"), bomb
        assert answer.data == data, bomb


@pytest.mark.parametrize("claim", ["a PNG that claims 10,000 million pixels", "a PNG that is just too large",
                                   "a GIF that claims 4,000 million pixels"])
def test_a_picture_that_claims_a_huge_size_is_refused_before_decoding(tmp_path, monkeypatch, claim):
    """The script refuses it even without its memory limit."""
    from hubbub.files import shrink

    source = tmp_path / "bomb"
    source.write_bytes(BOMBS[claim]())
    monkeypatch.setattr(shrink.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was decoded"))

    with pytest.raises((SystemExit, Image.DecompressionBombError)):
        shrink.main(str(source), "fit", f"480:{tmp_path}/out")


DISGUISES = {
    "photo.png": SVG,
    "drawing.svg": SVG,
    "logo.png": HTML,
    "page.html": HTML,
    "page.xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    "paper.pdf": b"%PDF-1.7 /OpenAction",
    "script.js": b"alert(1)",
    "tool.exe": b"MZ\x90\0",
    "two.gif": b"GIF89a/*" + bytes(6) + b"*/=1;alert(1)//",
    "two.png": picture() + HTML,
    "song.mp3": b"ID3=1;alert(document.cookie)//" + HTML,
    "film.mkv": b"\x1aE\xdf\xa3" + HTML,
    "both.zip": b"PK\x03\x04" + HTML,
    "odd.txt": b"\xef\xbb\xbf" + HTML,
    "seven.txt": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
}


def test_a_disguised_file_is_never_served_as_a_page_or_a_script(ann):
    for name, data in DISGUISES.items():
        file = ann.send(data, name)

        answer = ann.load(file)

        is_media = name in ("song.mp3", "film.mkv")
        assert answer.mimetype in types.PLAYED if is_media else answer.mimetype == "application/octet-stream", name
        assert answer.headers["Content-Disposition"].startswith("inline" if is_media else "attachment"), name
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox", name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        for preview in (ann.load(file, "thumb"), ann.load(file, "view")):
            is_picture = preview.mimetype == "image/webp" and b"alert" not in preview.data
            assert preview.status_code == 404 or is_picture, name


def test_the_name_in_the_address_is_ignored(ann):
    file = ann.send(b"x", "notes.txt")

    for name in ("page.html", "..%2f..%2fhubbub.db", "%2e%2e", "a;b", "%0d%0aSet-Cookie:%20a=b", "%00"):
        answer = ann.load(file, name)
        assert answer.status_code in (200, 400, 404)
        assert answer.status_code != 200 or answer.data == b"x" and "notes.txt" in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "/": "file",
    "..": "file",
    "  ": "file",
    "a/b/": "file",
    ".bashrc": "bashrc",
    "evil\u202egpj.exe": "evilgpj.exe",
    "a\r\nSet-Cookie: a=b": "aSet-Cookie: a=b",
    "tab\there\x7f\x1b[31m": "tabhere[31m",
    "zero\u200bwidth\ufeff.txt": "zerowidth.txt",
    'he said "hi".txt': 'he said "hi".txt',
    "日本語.txt": "日本語.txt",
    "Cafe\u0301.txt": "Café.txt",
    "thumb": "thumb-file",
    "view": "view-file",
    "../view": "view-file",
    "x" * 300 + ".tar": "x" * 146 + ".tar",
    "a." + "b" * 300: "a." + "b" * 20,
    "C:evil.txt": "C:evil.txt",
    "100%.txt": "100%.txt",
    "<b>.txt": "<b>.txt",
}


def test_a_file_name_is_cleaned_and_never_a_path(ann, tmp_path):
    sent = []
    for name, cleaned in NAMES.items():
        file = ann.send(b"hello", name)
        answer = ann.load(file)

        assert file["name"] == cleaned
        assert answer.data == b"hello", name
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; filename") and "\r" not in disposition and "\n" not in disposition
        sent.append(file["id"])

    assert sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file()) == sorted(sent)


def test_an_invalid_file_name_is_refused(ann):
    for name in ("a\0b", "", "x" * 501):
        assert ann.begin(b"x", name).json["code"] == "bad_input"
    surrogate = ann.request("POST", "/api/files", data=b'{"channel":"room:1","name":"\\ud800","size":1}')
    assert surrogate.status_code == 400


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=500))
def test_every_cleaned_name_is_valid(name):
    cleaned = uploads.clean(name)

    assert 0 < len(cleaned) <= uploads.NAME_LIMIT
    assert cleaned not in uploads.PREVIEWS and cleaned not in (".", "..")
    assert not set("/\\\0\r\n") & set(cleaned)
    assert short_text.without_hidden(cleaned) == cleaned
    assert uploads.clean(cleaned) in (cleaned, cleaned.removesuffix("-file"), f"{cleaned}-file") or len(cleaned) > 100


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_get_a_known_type(head):
    known = {type for *_, type in types.SIGNATURES} | {type for _, type in types.BRANDS} | types.PLAYED
    assert types.sniff(head) in known | {"image/webp", types.OTHER}


def test_a_file_id_is_never_a_path(ann):
    for id in ("..", "%2e%2e%2fhubbub.db", "0" * 31, "0" * 31 + "G", "../" * 10 + "aa", "A" * 32):
        assert ann.request("GET", f"/api/files/{id}").status_code in (400, 404)
        assert ann.put(id, 0, b"x").status_code in (400, 404, 405)
        assert ann.load({"id": id}).status_code in (400, 404)


def test_invalid_numbers_are_refused(ann):
    id = ann.begin(b"x").json["id"]
    for offset in ("-1", "1.5", "nan", "9" * 30, "", "0x0"):
        assert ann.put(id, offset, b"x").json["code"] == "bad_input"
    for size in (-1, 1.5, 10**30, "1", None, True):
        assert ann.request("POST", "/api/files", channel=LOBBY, name="a", size=size).json["code"] == "bad_input"


def test_a_chunk_over_the_limit_is_refused(ann):
    id = ann.begin(bytes(2_000_000)).json["id"]

    assert ann.put(id, 0, bytes(1_500_000)).status_code == 413
    assert ann.request("GET", f"/api/files/{id}").json["received"] == 0


def test_only_the_first_frame_of_an_animation_is_decoded(tmp_path):
    frames = [Image.new("P", (1000, 1000), n % 2) for n in range(300)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    source = tmp_path / "many"
    source.write_bytes(file.getvalue())

    previews = images.shrink(source, (480,))

    assert (previews.width, previews.height) == (480, 480)
