"""Let pytest-xdist run in a process that gevent patches, and begin with what takes long.

Its own threads keep the locks of the operating system.  Each worker gets an equal part of the tests, in their order,
and later takes some of the others: long tests come first in each part, so that none is left for the end, when the
other workers have nothing to do, and those that mostly wait run beside those that compute.
"""

import importlib.util
import itertools
import os

STORIES = "tests/test_browser.py"
WAITING = ("tests/faults/", "tests/test_kill.py", "tests/test_files_kill.py", "tests/test_herd.py",
           "tests/test_two_nodes.py", "tests/test_floods.py", "tests/test_backup.py")
# They wait, too; the tests of each share processes that take long to start.
SHARING = ("tests/test_proxies.py", "tests/test_workers.py", "flask_fanout/tests/test_load.py",
           "flask_fanout/tests/test_cluster.py", "flask_fanout/tests/test_workers.py")
LONG = ("tests/test_machine.py", "tests/test_machine_feeds.py", "tests/test_replicas.py", "tests/test_openapi.py")


def pytest_collection_modifyitems(items):
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
        items[:] = in_parts(items, workers)


def in_parts(items, workers):
    """Return the tests in one part for each worker, equally many, with long and waiting tests at the beginnings."""
    stories, waiting, sharing, long = ([item for item in items if item.nodeid.startswith(names)]
                                       for names in (STORIES, WAITING, SHARING, LONG))
    files = [[*tests] for _, tests in itertools.groupby(sharing, lambda item: item.nodeid.partition("::")[0])]
    alone = ([[item] for item in kind] for kind in (waiting, stories, long))
    mixed = [tests for tests in itertools.chain.from_iterable(itertools.zip_longest(files, *alone)) if tests]
    chosen = {item for tests in mixed for item in tests}
    rest = (item for item in items if item not in chosen)
    sizes = [(len(items) + part) // workers for part in range(workers)]  # as xdist's `worksteal` divides them
    parts = [[item for tests in mixed[part::workers] for item in tests] for part in range(workers)]
    return [item for part, size in zip(parts, sizes, strict=True)
            for item in (*part, *itertools.islice(rest, max(0, size - len(part))))]


def _unpatched_threading():
    """Return a second copy of the module, made before gevent changes the first."""
    spec = importlib.util.find_spec("threading")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if "PYTEST_XDIST_WORKER" in os.environ:
    from execnet import gateway_base

    native = _unpatched_threading()
    gateway_base.ThreadExecModel.Lock = lambda model: native.RLock()  # execnet has no other
    gateway_base.ThreadExecModel.RLock = lambda model: native.RLock()
    gateway_base.ThreadExecModel.Event = lambda model: native.Event()
