"""A power cut: everything acknowledged is on the disk, and missing syncs are detected.

The long run, with more than 1,000 points: python -m tests.faults.power
"""

import os
import random

import pytest

from hubbub.config import Config
from hubbub.core import node
from hubbub.files import store
from tests.faults import cut, disk, power

SEED = 5


def test_everything_acknowledged_survives_a_power_cut_at_any_point():
    results = list(power.cuts(power.record(60), 20, SEED))

    assert [problem for result in results for problem in result] == []
    assert len(results) >= 70


@pytest.mark.parametrize(("mistake", "lost"), [("normal", "was acknowledged as"), ("unsynced", "lost: ")])
def test_a_server_that_syncs_too_rarely_is_detected(mistake, lost):
    results = list(power.cuts(power.record(50, mistake), 12, SEED, hows=("synced",)))

    wrong = [result for result in results if any(lost in problem for problem in result)]
    assert len(wrong) >= len(results) // 4


def test_a_renamed_file_is_synced_before_it_is_reported_as_complete_after_a_kill(tmp_path):
    id = "ab" * 16
    with disk.Watched(tmp_path) as watched:
        node.make_default(node.Node(Config(data=tmp_path)))
        store.make_folders()
        store.write(id, 0, b"hello")
        store.path_of(id).parent.mkdir()
        os.replace(store.arriving(id), store.path_of(id))
        store.finish(id)

    after = cut.Disk()
    for operation in watched.trace:
        after.do(operation)
    laid = tmp_path / "after"
    laid.mkdir()
    after.lay(laid, "synced", random.Random(SEED))
    assert (laid / "files" / "ab" / id).read_bytes() == b"hello"


def test_unsynced_sectors_survive_independently(tmp_path):
    after = cut.Disk()
    for operation in [("create", "a"), ("sync", ""), ("write", "a", 0, b"o" * 4096), ("sync", "a"),
                      ("write", "a", 0, b"n" * 4096), ("create", "b")]:
        after.do(operation)

    left = {}
    for how in cut.HOWS:
        folder = tmp_path / how
        folder.mkdir()
        after.lay(folder, how, random.Random(SEED))
        left[how] = {path.name: path.read_bytes() for path in folder.iterdir()}

    torn = left["torn"]["a"]
    assert left["all"] == {"a": b"n" * 4096, "b": b""}
    assert left["synced"] == {"a": b"o" * 4096}
    assert set(torn) == set(b"on")
    assert all(len(set(torn[at:at + 512])) == 1 for at in range(0, 4096, 512))
