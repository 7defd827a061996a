"""The order in which several processes run the tests."""

import pytest

from tests import parallel


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7])
def test_every_part_begins_with_its_share_of_the_long_tests(workers):
    names = [f"tests/test_a.py::test_{n}" for n in range(40)] + [f"{parallel.STORIES}::test[{n}]" for n in range(8)]
    names += [f"tests/faults/test_faults.py::test_{n}" for n in range(5)]
    names += [f"tests/test_workers.py::test_{n}" for n in range(3)]

    ordered = [item.nodeid for item in parallel.in_parts([Item(name) for name in names], workers)]

    assert sorted(ordered) == sorted(names)
    begins = 0
    for part in range(workers):
        size = (len(names) - begins) // (workers - part)  # as xdist's `worksteal` divides them
        long = ["test_a" not in name for name in ordered[begins:begins + size]]
        assert long == sorted(long, reverse=True)
        kinds = {name if "test_workers" not in name else "test_workers" for name in ordered[begins:begins + sum(long)]}
        assert len(kinds) in (14 // workers, 14 // workers + 1)
        begins += size


class Item:
    def __init__(self, nodeid):
        self.nodeid = nodeid
