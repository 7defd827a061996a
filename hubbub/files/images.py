"""Previews of pictures, made in a child process: a hostile picture costs at most 256 MB and five seconds."""

import logging
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from gevent import subprocess
from gevent.lock import BoundedSemaphore

from hubbub.core import node
from hubbub.core.access import Refused

SCRIPT = Path(__file__).with_name("shrink.py")
SECONDS = 8  # timeout; the child is limited to 5 seconds of CPU time
THUMB, VIEW = 480, 2048  # pixels of the longer edge
VERSION = 1  # of the previews of a picture: a higher one makes those of older pictures again
SQUARE_LIMIT = 1024 * 1024  # bytes of an avatar

logger = logging.getLogger(__name__)

turns = node.state(lambda: BoundedSemaphore(2))


class Previews(NamedTuple):
    """The size of the largest preview, a WebP for each edge, and whether the picture is animated: previews are not."""

    width: int
    height: int
    is_animated: bool
    webps: list[bytes]


def shrink(source: Path, edges: tuple[int, ...], how: str = "fit") -> Previews | None:
    """Return the previews of a picture whose longer edge is at most each of `edges`; None for an unusable picture."""
    with turns(), tempfile.TemporaryDirectory() as folder:
        wanted = [f"{edge}:{folder}/{edge}" for edge in edges]
        try:
            run = subprocess.run([sys.executable, "-I", str(SCRIPT), str(source), how, *wanted], timeout=SECONDS,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env={}, cwd=folder)
        except subprocess.TimeoutExpired:
            return None
        except OSError as problem:  # for example while Python is being updated under a running server
            logger.error("no preview: the child process could not be started: %s", problem)
            return None
        if run.returncode:
            return None
        width, height, is_animated = map(int, run.stdout.split())
        return Previews(width, height, is_animated == 1, [Path(folder, str(edge)).read_bytes() for edge in edges])


def square(data: bytes, edges: tuple[int, ...]) -> list[bytes]:
    """Return the middle square of a picture in these sizes; Refused if it is too large or not a picture."""
    if len(data) > SQUARE_LIMIT:
        raise Refused("error.picture_too_large", "too_large")
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        previews = shrink(Path(file.name), edges, "square")
    if previews is None:
        raise Refused("error.not_a_picture", "bad_input")
    return previews.webps
