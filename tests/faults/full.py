"""Run a server on a small tmpfs that fills up and is freed, with restarts, round by round.

    python -m tests.faults.full [ROUNDS]

It needs the right to mount, as root or in a user namespace (`unshare`); otherwise it fails with a message.
"""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.test_kill import LOBBY, Process, read_all

SIZE = "8m"
IDS = "error.not_saved_disk_full", "error.disk_full", "error.disk_nearly_full"
POSTS = 60


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a disk of 8 MB, and return a folder on it."""
    with tempfile.TemporaryDirectory(prefix="hubbub-full-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with open(ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


class Talk:
    """A person who posts and uploads, and the answers."""

    def __init__(self, server: Process) -> None:
        self.server = server
        self.token = server.request_json("/api/guests", body={"name": "ann"})["token"]
        self.kept: dict[str, int] = {}
        self.unsure: list[str] = []
        self.refused: Counter[str] = Counter()

    def post(self, key: str) -> None:
        try:
            body = {"text": f"{key} {secrets.token_hex(200)}", "key": key}
            self.kept[key] = self.server.request_json(f"/api/channels/{LOBBY}/entries", self.token, body)["seq"]
        except urllib.error.HTTPError as answer:
            self._note(answer)
            self.unsure.append(key)

    def upload(self) -> None:
        data = secrets.token_bytes(100_000)
        try:
            body = {"channel": LOBBY, "name": "a.bin", "size": len(data)}
            id = self.server.request_json("/api/files", self.token, body)["id"]
            request = urllib.request.Request(f"{self.server.url}/api/files/{id}?offset=0", data, method="PUT",
                                             headers={"Authorization": f"Bearer {self.token}"})
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as answer:
            self._note(answer)

    def _note(self, answer: urllib.error.HTTPError) -> None:
        said = answer.read().decode()
        ids = [one for one in IDS if f'"{one}"' in said]
        assert answer.code == 503 and ids, (answer.code, said)
        self.refused[ids[0]] += 1


def a_round(number: int, server: Process, talk: Talk, ballast: Path) -> str:
    """Fill the disk, post, perhaps restart the server, read; free the disk, post; return what is wrong."""
    fill(ballast)
    for n in range(POSTS):
        talk.post(f"{number}-full-{n}")
    talk.upload()
    if number % 3 == 2:
        server.stop(signal.SIGKILL)
        server.start()
    read_all(server, talk.token)
    ballast.unlink()
    for key in talk.unsure:
        talk.post(key)
    talk.unsure.clear()
    for n in range(POSTS):
        talk.post(f"{number}-free-{n}")
    return check(read_all(server, talk.token), talk)


def check(entries: list[dict[str, Any]], talk: Talk) -> str:
    """Return the differences between the log and the acknowledgements."""
    there = {entry["key"]: entry["seq"] for entry in entries if entry["kind"] == "message"}
    if [entry["seq"] for entry in entries] != list(range(1, len(entries) + 1)):
        return "holes"
    if talk.unsure or there != talk.kept:
        return f"not the same: {set(there.items()) ^ set(talk.kept.items())}, refused when free: {talk.unsure}"
    return ""


def main(rounds: str = "12") -> None:
    with small_disk() as disk:
        server = Process(disk / "data")
        talk = Talk(server)
        wrong = [found for number in range(int(rounds)) if (found := a_round(number, server, talk, disk / "ballast"))]
        print(f"{rounds} rounds, {len(talk.kept):,} acknowledged, refused: {dict(talk.refused)}, wrong: {wrong}")
        server.stop(signal.SIGTERM)
    sys.exit(bool(wrong))


def _may_mount() -> bool:
    """Return whether this process may mount; where only a user namespace may, continue as a new process in one."""
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode == 0:
            subprocess.run(["umount", folder], check=True)
            return True
    if "HUBBUB_UNSHARED" not in os.environ:
        os.environ["HUBBUB_UNSHARED"] = "1"
        with contextlib.suppress(OSError):
            os.execvp("unshare", ["unshare", "-Urm", sys.executable, "-m", "tests.faults.full", *sys.argv[1:]])
    return False


if __name__ == "__main__":
    if not _may_mount():
        sys.exit("not run: neither this account nor a user namespace may mount a disk")
    main(*sys.argv[1:])
