"""Let pytest-xdist run in a process that gevent patches: its own threads keep the locks of the operating system."""

import importlib.util
import os


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
