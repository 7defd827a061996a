"""Run programs of Hubbub in forks of this process, which has imported it already; tests.forks is the client.

`python -m tests.fork_server FD` accepts connections of a listening socket until its standard input ends.  A connection
sends a line of JSON and the two files for the output; it receives the pid of the program and later its exit code.
"""

from gevent import monkey

monkey.patch_all()

import gc
import itertools
import json
import os
import runpy
import signal
import sys

import argon2
import engineio.async_drivers.gevent  # noqa: F401  (what all servers need)
import flask
import flask_socketio  # noqa: F401
from gevent.monkey import get_original

import hubbub.cli
from hubbub.application import SLICES
from hubbub.files import shrink  # noqa: F401  (which runs as a script, too)
from hubbub.people import passwords
from hubbub.web import static_tree
from tests.shared_routes import share_routes

Socket, recv_fds = get_original("socket", "socket"), get_original("socket", "recv_fds")
select = get_original("select", "select")
fork, waitpid = get_original("os", ["fork", "waitpid"])
set_handler = get_original("signal", "signal")


def wait_for_program(listener):
    """Accept connections; return in a new process that shall run a program, with the program."""
    set_handler(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children of this process
    while sys.stdin not in select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if fork() == 0:
            set_handler(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            return start_program(connection)
        connection.close()
    sys.exit()


def start_program(connection):
    """Fork again: the parent tells how the program ends, the child returns the program."""
    line, output, *_ = recv_fds(connection, 1 << 16, 2)
    while not line.endswith(b"\n"):
        line += connection.recv(1 << 16)
    if pid := fork():
        connection.sendall(b"%d\n" % pid)
        for file in output:
            os.close(file)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(waitpid(pid, 0)[1]))
        os._exit(0)
    connection.close()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(output, 1):
        os.dup2(file, number)
        os.close(file)
    return json.loads(line)


def prepare():
    """Do once what each server would do: compile the rules of all routes, and compress what a browser loads.

    The passwords of tests need no protection, so their hashes are cheap.
    """
    passwords.HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    share_routes()
    app = flask.Flask(hubbub.__name__)
    for blueprint in itertools.chain.from_iterable(slice.blueprints for slice in SLICES):
        app.register_blueprint(blueprint)
    app.url_map.update()
    os.environ.pop("HUBBUB_MODULES", None)
    tree = static_tree.tree()
    encoding, compress = next(iter(static_tree.ENCODINGS.items()))
    for path, data in tree.files.items():
        if path.endswith((".js", ".css", ".svg")) and len(data) > 1000:
            tree._compressed[path, encoding] = compress(data)


if __name__ == "__main__":
    prepare()
    gc.freeze()
    program = wait_for_program(Socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(program["environ"])
    if "HUBBUB_MODULES" in os.environ:
        static_tree.tree.cache_clear()
    os.chdir(program["folder"])
    sys.argv[1:] = program["arguments"]
    if program["module"].endswith(".py"):
        sys.argv[0] = program["module"]
        sys.path.insert(0, os.path.dirname(program["module"]))
        runpy.run_path(program["module"], run_name="__main__")
    else:
        runpy.run_module(program["module"], run_name="__main__", alter_sys=True)
