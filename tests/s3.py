"""An S3-compatible server for the tests: moto's, in a process of its own.  It checks no signatures."""

import atexit
import functools
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request

KEYS = {"AWS_ACCESS_KEY_ID": "hubbub", "AWS_SECRET_ACCESS_KEY": "canary-s3-secret"}


class S3:
    """A running server that hands out empty buckets."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()
        self._names = (f"bucket-{number}" for number in itertools.count(1))

    def start(self):
        command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < end and self.process.poll() is None, "moto did not start"
            time.sleep(0.05)

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def bucket(self):
        """Return the address of an empty bucket, as in HUBBUB_FILES_URL."""
        name = next(self._names)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", method="PUT")
        urllib.request.urlopen(request, timeout=20).close()
        return f"s3://{name}/chat?endpoint=http://127.0.0.1:{self.port}&region=us-east-1"

    def stop(self):
        self.process.kill()
        self.process.wait()


@functools.cache
def server():
    """Return the server of this process, started at the first call and stopped at exit."""
    os.environ.update(KEYS)
    found = S3()
    atexit.register(found.stop)
    return found
