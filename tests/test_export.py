"""The export: all messages, files, people and documents for other programs, without secrets."""

import json

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.core import db
from hubbub.ops import export
from tests.sender import enroll, owner, picture
from tests.test_backup import ignore_progress
from tests.test_documents import create, write


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_export_holds_messages_files_and_people_as_the_api_serves_them(any_app, tmp_path):
    olga = owner(any_app)
    ann = enroll(any_app, olga, "Ann")
    room = olga.room("private", ann)
    ann.post(channel=room, text="between us")
    file = ann.send(picture(), "../view from here?.png", channel=room)
    ann.post(file, channel=room, text="look")
    deleted = ann.post(channel=room, text="never mind").json
    ann.request("DELETE", f"/api/channels/{room}/messages/{deleted['seq']}", key="gone")
    served = ann.request("GET", f"/api/channels/{room}/entries", after=0).json["entries"]

    entries, files = export.export(any_app.config, tmp_path / "out", ignore_progress)

    assert lines(tmp_path / "out/channels" / f"{room.replace(':', '-')}.jsonl") == served
    assert "never mind" not in (tmp_path / "out/channels" / f"{room.replace(':', '-')}.jsonl").read_text()
    [stored] = (tmp_path / "out/files").rglob("*.png")
    assert stored.read_bytes() == ann.load(file).data and stored.parent.name == file["id"]
    assert {person["handle"] for person in lines(tmp_path / "out/people.jsonl")} >= {"olga", "ann"}
    assert files == 1 and entries == sum(json.loads((tmp_path / "out/index.json").read_text())["entries"].values())


def test_the_export_holds_no_secrets(app, tmp_path):
    olga = owner(app)
    token = olga.request("POST", "/api/tokens", name="script", scope="read").json["secret"]
    invite = olga.request("POST", "/api/invites", role="member").json["url"].partition("#")[2]
    hashes = [value for row in db.execute("select password from person where password is not null") for value in row]
    hashes += [value for row in db.execute("select token from sign_in union all select secret from invite "
                                           "union all select value from setting") for value in row]

    export.export(app.config, tmp_path / "out", ignore_progress)

    whole = "".join(path.read_text("utf-8") for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(hashes) > 4
    assert [secret for secret in (olga.token, token, invite, *hashes) if secret in whole] == []


def test_documents_are_exported_as_text(app, tmp_path):
    ann = app.set_up_owner()
    document = create(ann, title="Minutes: May/June")
    write(ann, document["id"], "# Minutes\n", "k1")

    export.export(app.config, tmp_path / "out", ignore_progress)

    assert (tmp_path / "out/documents" / f"{document['id']}-Minutes_ May_June.md").read_text() == "# Minutes\n"


@pytest.mark.parametrize(("name", "expected"), [
    ("view.png", "view.png"), ("../../etc/passwd", "_.._etc_passwd"), ("a/b\\c:d*e?f", "a_b_c_d_e_f"), ("", "_"),
    ("...", "_"), ("x" * 300, "x" * 200), ("東" * 120, "東" * 66), ("con\n", "con_"),
    ("naïve – ✓.txt", "naïve – ✓.txt"), ("हिन्दी ภาษาไทย 👩‍💻.txt", "हिन्दी ภาษาไทย 👩‍💻.txt")])
def test_a_file_name_is_made_valid_on_every_file_system(name, expected):
    assert export.safe(name) == expected


def test_the_command_refuses_a_folder_that_is_not_empty(app, tmp_path):
    owner(app)
    run = CliRunner().invoke

    first = run(cli.main, ["export", str(tmp_path / "out"), "--data", str(app.config.data)])
    second = run(cli.main, ["export", str(tmp_path / "out"), "--data", str(app.config.data)])

    assert first.exit_code == 0 and " entries, 0 files" in first.output
    assert (second.exit_code, second.output) == (1, f"Error: {tmp_path / 'out'} is not empty\n")
