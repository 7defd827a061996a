"""Downloads: the names that files are saved under, ranges, and the types that browsers can play."""

import pytest

from hubbub.files import types
from hubbub.web import headers
from tests.file_requests import fetch, post, send
from tests.sender import picture


@pytest.mark.parametrize("name, plain", [  # curl -OJ saves under the plain name (curl#9593)
    ("plan.pdf", "plan.pdf"), ("Übersicht 2.pdf", "Ubersicht 2.pdf"), ("спецификация.docx", "file.docx"),
    ("仕様書.pdf", "file.pdf"), ("план v2.tar.gz", "v2.tar.gz"), ("🎉", "file"), (".bashrc", ".bashrc"),
    ("Łukasz źdźbło.pdf", "Lukasz zdzblo.pdf"), ("Smørrebrød.txt", "Smorrebrod.txt"), ("Æsir þ.md", "Aesir th.md"),
    ("Đà Nẵng – Straße.jpg", "Da Nang - Strasse.jpg"), ("ĐURĐEVAC ẞ Œ.PDF", "DURDEVAC SS Oe.PDF"), ("ısı.a", "isi.a"),
    ('a"b\\c.txt', "a_b_c.txt"), ("отчёт", "file"), ("a.файл", "a"), ("a;b=c.txt", "a_b=c.txt"),
])
def test_a_download_has_a_plain_name_and_its_own(name, plain):
    disposition = headers.disposition(name)

    assert disposition.startswith(f'attachment; filename="{plain.lstrip(".")}"')
    assert ("filename*=UTF-8''" in disposition) == (plain != name or name.startswith("."))


def test_a_request_for_several_ranges_gets_the_whole_file(app):
    ann = app.connect_member("ann")
    file = send(ann, bytes(range(100)), "song.bin")
    post(ann, file["id"])

    several = fetch(ann, file["id"], "song.bin", Range="bytes=0-9,20-29")
    single = fetch(ann, file["id"], "song.bin", Range="bytes=10-19")
    beyond = fetch(ann, file["id"], "song.bin", Range="bytes=500-")

    assert (several.status_code, several.data) == (200, bytes(range(100)))
    assert (single.status_code, single.data) == (206, bytes(range(10, 20)))
    assert beyond.status_code == 416


@pytest.mark.parametrize("head, type", [
    (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime"), (b"\0\0\0\x08wide\0\0\0\x10mdat", "video/quicktime"),
    (b"\0\0\0\x18ftyp3gp5\0\0\x01\0", "video/3gpp"), (b"\0\0\0\x1cftypiso6\0\0\x02\0", "video/mp4"),
    (b"\0\0\0\x18ftypmp41\0\0\0\0", "video/mp4"), (b"\0\0\0\x18ftypM4VP\0\0\0\0", "video/mp4"),
    (b"\0\0\0\x1cftypXAVC\0\0\0\0XAVCmp42", "video/mp4"), (b"\0\0\0\x18ftypM4B \0\0\0\0", "audio/mp4"),
    (b"\xff\xf1\x50\x80", "audio/aac"), (b"\0\0\0\x24ftypheic\0\0\0\0mif1iso8", types.OTHER),
    (b"the free world", types.OTHER), (b"\0\0\0\x18ftypzzzz\0\0\0\0", types.OTHER),
])
def test_what_browsers_play_is_recognised_by_its_first_bytes(head, type):
    assert types.sniff(head) == type
    assert (type in types.PLAYED) == (type != types.OTHER)


def test_a_damaged_file_is_an_error_and_is_logged_once(app, caplog):
    ann = app.connect_member("ann")

    for damage, preview in [(lambda path: path.write_bytes(path.read_bytes()[:-1]), 200),
                            (lambda path: path.unlink(), 404), (lambda path: path.write_bytes(b""), 404)]:
        caplog.clear()
        file = send(ann, picture(), "view.png")
        post(ann, file["id"])
        path = app.config.data / "files" / file["id"][:2] / file["id"]
        whole = [fetch(ann, file["id"], part).status_code for part in ("view.png", "view", "thumb")]
        for name in ("", ".view", ".thumb"):
            damage(path.with_name(f"{file['id']}{name}"))

        answers = [fetch(ann, file["id"], "view.png", **range) for range in ({}, {"Range": "bytes=0-3"}, {})]
        previews = [fetch(ann, file["id"], part).status_code for part in ("view", "thumb")]

        assert (whole, previews) == ([200, 200, 200], [preview, preview])
        assert {answer.status_code for answer in answers} == {404}
        assert "missing or damaged on the server" in answers[0].json["error"]
        assert [line.startswith(f"the file {path.name}: ") for line in caplog.messages].count(True) == 1
        assert "Traceback" not in caplog.text
