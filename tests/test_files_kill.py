"""kill -9 at every step of an upload and of a cancellation: afterwards rows and files agree in a new process.

On PostgreSQL only at the commits: what happens to the files is the same.
"""

import itertools
import time

import pytest

from hubbub.core import access, db
from hubbub.core.access import Refused
from hubbub.files import images, store, uploads
from tests import forks
from tests.dying_upload import PERSON
from tests.nodes import open_node
from tests.sender import LOBBY, picture

COMPLETE = {"", ".view", ".thumb"}


@pytest.fixture(autouse=True)
def allow_everything(monkeypatch):
    """Allow every access."""
    monkeypatch.setattr(access, "allows", lambda *_: True)


@pytest.fixture(autouse=True)
def shrink_once(monkeypatch):
    """Make the previews of the same bytes once in this process."""
    shrink, made = images.shrink, {}

    def shrink_once(source, edges):
        data = source.read_bytes()
        if data not in made:
            made[data] = shrink(source, edges)
        return made[data]

    monkeypatch.setattr(images, "shrink", shrink_once)


def files_on_disk(id):
    """Return the suffixes of a file's complete parts on disk, and whether an upload of it is in progress."""
    return {path.name[32:] for path in store.path_of(id).parent.glob(f"{id}*")}, store.arriving(id).exists()


@pytest.fixture
def killed(database, tmp_path):
    """`killed(id, action, step)`: run an action on an upload; return whether its process was killed at this step."""
    def killed(id, action, step, file=""):
        db.close()
        arguments = str(tmp_path), database, id, action, str(step), "1000", str(file)
        result = forks.run("tests.dying_upload", *arguments)
        assert result.returncode in (0, 9), result.stderr
        open_node(tmp_path, database)
        return result.returncode == 9

    return killed


def begin(tmp_path, data):
    """Upload the first thousand bytes of a file; return its id."""
    store.make_folders()
    id = uploads.begin(PERSON, LOBBY, "a.png", len(data)).id
    uploads.add(PERSON, id, 0, data[:1000])
    return id


def test_rows_and_files_agree_after_a_kill_at_any_step_of_an_upload(killed, database, tmp_path):
    data = picture(900, 600)
    (tmp_path / "sent").write_bytes(data)

    for step in itertools.count():
        id = begin(tmp_path, data)
        was_killed = killed(id, "add", step, tmp_path / "sent")
        found = uploads.progress(PERSON, id)
        if not found.file:
            assert found.received in (1000, len(data))
            with pytest.raises(Refused, match="no such file"):
                uploads.find(PERSON, id)
            found = uploads.add(PERSON, id, found.received, data[found.received:])
        assert (found.file.type, found.file.width, found.file.preview) == ("image/png", 900, True)
        assert store.path_of(id).read_bytes() == data
        assert files_on_disk(id) == (COMPLETE, False)
        if not was_killed:
            break
    # A chunk, its commit; syncing and moving the file and its previews; a commit.
    assert step > (2 if database else 10)


def test_files_are_removed_after_a_kill_at_any_step_of_a_cancellation(killed, database, tmp_path):
    data = picture(900, 600)

    for step in itertools.count():
        id = begin(tmp_path, data)
        uploads.add(PERSON, id, 1000, data[1000:])
        was_killed = killed(id, "cancel", step)
        if step == 0:  # nothing was committed, so the file is still complete
            assert uploads.find(PERSON, id).id == id
            assert files_on_disk(id) == (COMPLETE, False)
            uploads.cancel(PERSON, id)
        uploads.sweep(time.time() + 2 * uploads.SETTLED)
        with pytest.raises(Refused, match="no such file"):
            uploads.find(PERSON, id)
        assert files_on_disk(id) == (set(), False)
        if not was_killed:
            break
    assert step > (0 if database else 3)
