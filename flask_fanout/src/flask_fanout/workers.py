"""Several worker processes on one port: start them, replace one that ended, and restart them one by one on SIGHUP.

The supervisor holds a listening socket for each worker, over which the system spreads new connections (SO_REUSEPORT).
A worker inherits its socket, so what arrives while it is replaced waits for the next one, and nobody is refused.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable

import gevent
import gevent.event
import gevent.os
import msgspec
from gevent.monkey import get_original
from gevent.pool import Group

BACKLOG = 4096
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker that ended is replaced, doubled each time; at most
STEADY = 10.0  # seconds after which a worker counts as one that runs
START = 60.0  # seconds that a worker may take to start

close = get_original("os", "close")  # gevent's closes a file only when the event loop has something else to do

logger = logging.getLogger(__name__)


class Place(msgspec.Struct):
    """What a worker process is told by its supervisor."""

    number: int  # 1, 2, … as in the log; that of the worker which it replaces
    name: str  # its own, in session ids
    folder: str  # where the workers hand connections over
    port: int
    listener: int  # file descriptors: a socket that listens on the port,
    ready: int  # where it writes when it serves,
    alive: int  # and what ends with its supervisor
    announces: bool  # whether it prints the address

    def tell_ready(self) -> None:
        """Tell the supervisor that this worker serves; it notices the worker's end by that of this file."""
        os.write(self.ready, b"1")

    def call_at_end(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the supervisor ends, however it ends."""
        gevent.os.make_nonblocking(self.alive)

        def wait() -> None:
            gevent.os.nb_read(self.alive, 1)
            stop()

        gevent.spawn(wait)


def wait_for_place(file: int) -> Place:
    """Wait until the supervisor needs this process, which has imported everything by now."""
    with open(file, "rb") as told:
        if not (line := told.read()):
            sys.exit()  # it is not needed any more
        return msgspec.json.decode(line, type=Place)


class Worker:
    """A worker process, as the supervisor sees it; it waits until it is told its place."""

    code: int | None = None  # with which it ended

    def __init__(self, command: list[str], files: tuple[int, ...]) -> None:
        place, self._tell = os.pipe()
        self._life, self._ready = os.pipe()
        gevent.os.make_nonblocking(self._life)
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        for file in (place, self._ready, *files):
            os.set_inheritable(file, True)
        self.pid = os.posix_spawn(command[0], [*command, "--worker", str(place)], environ, setpgroup=0)
        for file in (self._ready, *files):
            os.set_inheritable(file, False)
        close(place)

    def begin(self, place: Place) -> None:
        """Let it serve."""
        self.began = time.monotonic()
        place.ready = self._ready
        with contextlib.suppress(BrokenPipeError):
            os.write(self._tell, msgspec.json.encode(place))
        close(self._tell)
        close(self._ready)

    def drop(self) -> None:
        """End it without letting it serve."""
        close(self._tell)
        close(self._ready)
        self.stop(0)

    def wait_until_ready(self) -> bool:
        """Return True when it serves, False when it ended or takes too long."""
        try:
            with gevent.Timeout(START):
                return gevent.os.nb_read(self._life, 1) == b"1"
        except gevent.Timeout:
            return False

    def wait(self) -> int:
        """Wait until it ends; return its exit code, negative for a signal."""
        while gevent.os.nb_read(self._life, 1):
            pass
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def stop(self, timeout: float) -> None:
        """Ask it to stop, and kill it when it takes longer than `timeout` seconds."""
        for number, seconds in ((signal.SIGTERM, timeout), (signal.SIGKILL, None)):
            if self.code is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
            with gevent.Timeout(seconds, False):  # type: ignore[arg-type]
                self.wait()


class Supervisor:
    """Runs a worker on each socket until it is asked to stop, and keeps a spare process, which can replace one at once.

    `command` starts a process, which imports what takes long, then calls `wait_for_place` with the file number behind
    `--worker`.  The workers are named 1, 2, …, or a.1, a.2, … if the node is a.
    """

    def __init__(self, command: list[str], listeners: list[socket.socket], stop_timeout: float, node: str = "") -> None:
        self.command, self.listeners, self.stop_timeout, self.node = command, listeners, stop_timeout, node
        self.workers: list[Worker] = []
        self.spare: Worker | None = None
        self.folder = tempfile.mkdtemp(prefix="workers-")
        self.alive, self._held = os.pipe()
        self.started = 0

    def run(self, stop: gevent.event.Event, reload: gevent.event.Event) -> int:
        """Serve until `stop`; restart the workers at each `reload`.  Return the exit code."""
        keepers = []
        try:
            if not self.start_first():
                return 1
            keepers = [gevent.spawn(self.keep, number) for number in range(len(self.workers))]
            while gevent.wait([stop, reload], count=1)[0] is reload:
                reload.clear()
                self.reload()
            return 0
        finally:
            gevent.killall(keepers)
            self.drop_spare()
            Group().map(lambda worker: worker.stop(self.stop_timeout), self.workers)
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_first(self) -> bool:
        """Start one worker, then the others, so that only one prepares the database; return whether they serve."""
        self.workers.append(self.start(0))
        if not self.workers[0].wait_until_ready():
            return False
        self.workers += [self.start(number) for number in range(1, len(self.listeners))]
        is_ready = all(Group().map(Worker.wait_until_ready, self.workers[1:]))
        self.spare = self.prepare()
        return is_ready

    def prepare(self) -> Worker:
        """Start a process that can take the place of any worker."""
        return Worker(self.command, (self.alive, *(listener.fileno() for listener in self.listeners)))

    def drop_spare(self) -> None:
        """End the spare process."""
        if self.spare:
            self.spare.drop()
        self.spare = None

    def start(self, number: int) -> Worker:
        """Let a process serve as the worker with this index."""
        worker, self.spare = self.spare or self.prepare(), None
        self.started += 1
        worker.begin(Place(
            number=number + 1, name=f"{self.node}.{self.started}".lstrip("."), folder=self.folder,
            port=self.listeners[0].getsockname()[1], listener=self.listeners[number].fileno(), ready=-1,
            alive=self.alive, announces=self.started == 1))
        return worker

    def keep(self, number: int) -> None:
        """Replace a worker whenever it ends by itself, forever: at once, and later if it ends again and again."""
        pause = FIRST_PAUSE
        while True:
            worker = self.workers[number]
            code = worker.wait()
            if self.workers[number] is not worker:  # a reload has replaced it
                continue
            logger.error("worker %d ended %s and is started again", number + 1,
                         f"by signal {-code}" if code < 0 else f"with exit code {code}")
            pause = FIRST_PAUSE if time.monotonic() - worker.began > STEADY else min(2 * pause, LONGEST_PAUSE)
            gevent.sleep(pause)
            if self.workers[number] is worker:
                self.workers[number] = self.start(number)
                self.workers[number].wait_until_ready()
                self.spare = self.spare or self.prepare()

    def reload(self) -> None:
        """Replace the workers one by one: each stops when its successor serves.  If one does not start, stay."""
        self.drop_spare()  # it has the code of before
        for number in range(len(self.workers)):
            new = self.start(number)
            if not new.wait_until_ready():
                logger.error("a new worker %d does not start, so the workers that run stay", number + 1)
                new.stop(0)
                return
            old, self.workers[number] = self.workers[number], new
            old.stop(self.stop_timeout)
        self.spare = self.prepare()
        logger.info("all workers were replaced")


def event_of(*signals: int) -> gevent.event.Event:
    """Return an event that these signals set."""
    event = gevent.event.Event()
    for number in signals:
        gevent.signal_handler(number, event.set)
    return event


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """Return so many sockets that listen on one port, which no other program uses; OSError if one does."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)  # fails if a socket listens there, also one that shares its port
    listeners: list[socket.socket] = []
    for _ in range(count):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((address[0], listeners[0].getsockname()[1], *address[2:]) if listeners else address)
        listener.listen(BACKLOG)
        listeners.append(listener)
    return listeners
