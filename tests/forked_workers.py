"""`hubbub` whose workers are forks of their supervisor: a new interpreter for each takes a second of CPU time."""

from gevent import monkey

monkey.patch_all()

import os
import runpy
import sys
import time
import traceback

import gevent
from gevent.monkey import get_original

from hubbub import cli, monitoring

fork, signal_handler = get_original("os", "fork"), gevent.signal_handler
handlers = []  # of signals


def handle(*arguments):
    """Handle a signal as gevent.signal_handler does, and note the handler for `forget_supervisor`."""
    handlers.append(signal_handler(*arguments))


def start(path, arguments, environ, setpgroup):
    """Do what os.posix_spawn does with `python -m MODULE …`; return the process id."""
    if pid := fork():
        return pid
    code = 1
    try:
        os.setpgid(0, setpgroup)
        forget_supervisor()
        monitoring.STARTED = time.time()
        os.environ.clear()
        os.environ.update(environ)
        sys.argv[1:] = arguments[3:]
        runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def forget_supervisor():
    """End what a new program would not have: handlers of signals, an event loop, and files that are not inherited."""
    while handlers:
        handlers.pop().cancel()
    gevent.get_hub().destroy(destroy_loop=True)
    for name in os.listdir("/proc/self/fd"):
        if os.path.exists(f"/proc/self/fd/{name}") and not os.get_inheritable(int(name)):
            os.closerange(int(name), int(name) + 1)


if __name__ == "__main__":
    os.posix_spawn, gevent.signal_handler = start, handle
    cli.main()
