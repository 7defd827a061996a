"""Start programs of Hubbub as forks of a process that has imported it, which saves a second of CPU time for each."""

import atexit
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHONPATH = os.environ.get("PYTHONPATH")
ADDRESS = "HUBBUB_TEST_FORKS"  # tells processes of tests that this process starts to share its fork server


@functools.cache
def address():
    """Return the address of the fork server; start one if there is none."""
    if ADDRESS in os.environ:
        return os.environ[ADDRESS]
    folder = tempfile.mkdtemp(prefix="hubbub-forks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        listener.listen(100)
        command = [sys.executable, "-W", "ignore", "-m", "tests.fork_server", str(listener.fileno())]
        server = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE,
                                  pass_fds=[listener.fileno()])
    atexit.register(server.communicate)
    return f"{folder}/socket"


def start(module, *arguments, environ, checkout=None):
    """Run `python -m MODULE …`; code of another checkout or PYTHONPATH needs an interpreter of its own."""
    if checkout is None and environ.get("PYTHONPATH") == PYTHONPATH:
        return Program(module, *arguments, environ=environ)
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=checkout)


def run(module, *arguments, environ=os.environ, timeout=30):
    """Run `python -m MODULE …` to its end; return what subprocess.run does, with the output as text."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        program = Program(module, *arguments, environ=environ, stdout=output, stderr=errors)
        try:
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess((module, *arguments), code, output.read(), errors.read())


class Subprocess:
    """Stands in for the module where the product runs a script; the script runs as a fork."""

    DEVNULL, PIPE, TimeoutExpired = subprocess.DEVNULL, subprocess.PIPE, subprocess.TimeoutExpired

    @staticmethod
    def run(command, timeout, env, **options):
        """Run `python -I SCRIPT.py …`."""
        _, _, script, *arguments = command
        return run(script, *arguments, environ=env, timeout=timeout)


class Program:
    """A running `python -m MODULE …` or `python SCRIPT.py …`, used like a subprocess.Popen.

    Without files, its output is in `stdout`.
    """

    def __init__(self, module, *arguments, environ=os.environ, stdout=None, stderr=None):
        self.returncode = None
        read_end, write_end = (None, stdout.fileno()) if stdout else os.pipe()
        program = {"module": module, "arguments": arguments, "environ": dict(environ), "folder": os.getcwd()}
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address())
        files = [write_end, stderr.fileno() if stderr else 2]
        socket.send_fds(self._connection, [json.dumps(program).encode() + b"\n"], files)
        answer = b""
        while not answer.endswith(b"\n"):  # and not what comes after it: the exit code
            answer += self._connection.recv(1)
        self.pid = int(answer)
        if read_end is not None:
            os.close(write_end)
            self.stdout = open(read_end)  # noqa: SIM115  (the reader closes it)

    def poll(self):
        """Return the exit code, or None while it is running."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout=None):
        """Wait for the end; return the exit code, negative for a signal."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                answer = self._connection.recv(100)
            except OSError:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout) from None
            self.returncode = int(answer)
            self._connection.close()
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)
