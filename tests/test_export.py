"""The export: everything that was said, in one shape, for other programs; no secrets in it."""

import json

import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.core import db
from hubbub.ops import export
from tests.sender import enroll, owner, picture
from tests.test_backup import quietly
from tests.test_documents import begin, write


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_all_that_was_said_is_there_in_the_shape_that_is_served(any_app, tmp_path):
    olga = owner(any_app)
    ann = enroll(any_app, olga, "Ann")
    room = olga.room("private", ann)
    ann.post(channel=room, text="between us")
    file = ann.send(picture(), "../view from here?.png", channel=room)
    ann.post(file, channel=room, text="look")
    gone = ann.post(channel=room, text="never mind").json
    ann.request("DELETE", f"/api/channels/{room}/messages/{gone['seq']}", key="gone")
    served = ann.request("GET", f"/api/channels/{room}/entries", after=0).json["entries"]

    entries, files = export.export(any_app.config, tmp_path / "out", quietly)

    assert lines(tmp_path / "out/channels" / f"{room.replace(':', '-')}.jsonl") == served
    assert "never mind" not in (tmp_path / "out/channels" / f"{room.replace(':', '-')}.jsonl").read_text()
    [stored] = (tmp_path / "out/files").rglob("*.png")
    assert stored.read_bytes() == ann.load(file).data and stored.parent.name == file["id"]
    assert {one["handle"] for one in lines(tmp_path / "out/people.jsonl")} >= {"olga", "ann"}
    assert files == 1 and entries == sum(json.loads((tmp_path / "out/index.json").read_text())["entries"].values())


def test_no_secret_is_in_it(app, tmp_path):
    olga = owner(app)
    token = olga.request("POST", "/api/tokens", name="script", scope="read").json["secret"]
    invite = olga.request("POST", "/api/invites", role="member").json["url"].partition("#")[2]
    hashes = [value for row in db.execute("select password from person where password is not null") for value in row]
    hashes += [value for row in db.execute("select token from sign_in union all select secret from invite "
                                           "union all select value from setting") for value in row]

    export.export(app.config, tmp_path / "out", quietly)

    whole = "".join(path.read_text("utf-8") for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(hashes) > 4
    assert [secret for secret in (olga.token, token, invite, *hashes) if secret in whole] == []


def test_documents_are_there_as_text(app, tmp_path):
    ann = app.set_up_owner()
    made = begin(ann, title="Minutes: May/June")
    write(ann, made["id"], "# Minutes\n", "k1")

    export.export(app.config, tmp_path / "out", quietly)

    assert (tmp_path / "out/documents" / f"{made['id']}-Minutes_ May_June.md").read_text() == "# Minutes\n"


@pytest.mark.parametrize(("name", "kept"), [
    ("view.png", "view.png"), ("../../etc/passwd", "_.._etc_passwd"), ("a/b\\c:d*e?f", "a_b_c_d_e_f"), ("", "_"),
    ("...", "_"), ("x" * 300, "x" * 120), ("naïve – ✓.txt", "naïve _ _.txt"), ("con\n", "con_")])
def test_a_name_in_an_export_is_one_on_every_disk(name, kept):
    assert export.safe(name) == kept


def test_the_command_writes_into_an_empty_folder_only(app, tmp_path):
    owner(app)
    run = CliRunner().invoke

    first = run(cli.main, ["export", str(tmp_path / "out"), "--data", str(app.config.data)])
    second = run(cli.main, ["export", str(tmp_path / "out"), "--data", str(app.config.data)])

    assert first.exit_code == 0 and " entries, 0 files" in first.output
    assert (second.exit_code, second.output) == (1, f"Error: {tmp_path / 'out'} is not empty\n")
