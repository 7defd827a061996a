"""Smaller pictures of a picture, made in a child process: a hostile one costs 256 MB and five seconds."""

import logging
import sys
import tempfile
from pathlib import Path

from gevent import subprocess
from gevent.lock import BoundedSemaphore

from hubbub.core import node
from hubbub.core.access import Refused

SCRIPT = Path(__file__).with_name("shrink.py")
SECONDS = 8  # of waiting; the child ends itself after 5 of work
THUMB, VIEW = 480, 2048  # pixels of the longer edge
SQUARE_LIMIT = 1024 * 1024  # bytes of a picture of a person

logger = logging.getLogger(__name__)

turns = node.state(lambda: BoundedSemaphore(2))


def shrink(source: Path, edges: tuple[int, ...], how: str = "fit") -> tuple[int, int, list[bytes]] | None:
    """The width and height of the largest, and a WebP of each edge; None when it is no picture that we can show."""
    with turns(), tempfile.TemporaryDirectory() as folder:
        wanted = [f"{edge}:{folder}/{edge}" for edge in edges]
        try:
            run = subprocess.run([sys.executable, "-I", str(SCRIPT), str(source), how, *wanted], timeout=SECONDS,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env={}, cwd=folder)
        except subprocess.TimeoutExpired:
            return None
        except OSError as problem:  # as when Python is being replaced under a server that runs
            logger.error("no preview: its process could not be started: %s", problem)
            return None
        if run.returncode:
            return None
        width, height = map(int, run.stdout.split())
        return width, height, [Path(folder, str(edge)).read_bytes() for edge in edges]


def square(data: bytes, edges: tuple[int, ...]) -> list[bytes]:
    """The middle square of a picture in these sizes; Refused in words when it is none."""
    if len(data) > SQUARE_LIMIT:
        raise Refused("a picture of a person has at most 1 MB", "too_large")
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        made = shrink(Path(file.name), edges, "square")
    if made is None:
        raise Refused("that is no picture that can be shown: PNG, JPEG, GIF or WebP", "bad_input")
    return made[2]
