"""kill -9 at every step of an upload and of a removal: rows and bytes agree afterwards, in a new process."""

import itertools
import json
import subprocess
import sys
import time

import pytest

from hubbub.core import access, db
from hubbub.core.access import Refused
from hubbub.files import store, uploads
from tests.dying_upload import PERSON
from tests.nodes import open_node
from tests.sender import LOBBY, picture

WHOLE = {"", ".view", ".thumb"}


@pytest.fixture(autouse=True)
def allowed(monkeypatch):
    """Everybody may do everything."""
    monkeypatch.setattr(access, "allows", lambda *_: True)


def kept(id):
    """What is on disk of a file: the names of what is whole, and whether something is still arriving."""
    return {path.name[32:] for path in store.path_of(id).parent.glob(f"{id}*")}, store.arriving(id).exists()


@pytest.fixture
def killed(database, tmp_path):
    """`killed(id, what, step)`: whether a process that goes on with an upload is killed at this step."""
    command = [sys.executable, "-m", "tests.dying_upload"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def killed(id, what, step, file=""):
        db.close()
        json.dump([str(tmp_path), database, id, what, step, 1000, str(file)], process.stdin)
        process.stdin.write("\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        assert code in (0, 9)
        open_node(tmp_path, database)
        return code == 9

    yield killed
    process.communicate()


def begun(tmp_path, data):
    """An upload of the first thousand bytes; its id."""
    store.make_folders()
    id = uploads.begin(PERSON, LOBBY, "a.png", len(data)).id
    uploads.add(PERSON, id, 0, data[:1000])
    return id


def test_rows_and_bytes_agree_wherever_an_upload_is_killed(killed, tmp_path):
    data = picture(900, 600)
    (tmp_path / "sent").write_bytes(data)

    for step in itertools.count():
        id = begun(tmp_path, data)
        was_killed = killed(id, "add", step, tmp_path / "sent")
        found = uploads.progress(PERSON, id)
        if not found.file:
            assert found.arrived in (1000, len(data))
            with pytest.raises(Refused, match="no such file"):
                uploads.find(PERSON, id)
            found = uploads.add(PERSON, id, found.arrived, data[found.arrived:])
        assert (found.file.type, found.file.width, found.file.preview) == ("image/png", 900, True)
        assert store.path_of(id).read_bytes() == data
        assert kept(id) == (WHOLE, False)
        if not was_killed:
            break
    assert step > 10  # a chunk and its commit; a file and its previews: synced, moved, their folder synced; a commit


def test_bytes_without_a_row_are_removed_wherever_a_removal_is_killed(killed, tmp_path):
    data = picture(900, 600)

    for step in itertools.count():
        id = begun(tmp_path, data)
        uploads.add(PERSON, id, 1000, data[1000:])
        was_killed = killed(id, "cancel", step)
        if step == 0:  # nothing was committed: the file is still there, whole
            assert uploads.find(PERSON, id).id == id
            assert kept(id) == (WHOLE, False)
            uploads.cancel(PERSON, id)
        uploads.sweep(time.time() + 2 * uploads.SETTLED)
        with pytest.raises(Refused, match="no such file"):
            uploads.find(PERSON, id)
        assert kept(id) == (set(), False)
        if not was_killed:
            break
    assert step > 3
