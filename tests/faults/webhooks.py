"""Kill the server that calls an outgoing webhook, while its program answers; on PostgreSQL, another node goes on."""

import signal
import time
from collections import Counter
from pathlib import Path

from tests.faults.checker import KINDS
from tests.faults.process import Process, until
from tests.faults.world import Outcome
from tests.running_app import LOBBY, PASSWORD
from tests.webhook_receiver import Receiver

MESSAGES = 10  # between two kills


class Called:
    """One server, or with a database of PostgreSQL two of them, and a webhook for every message in the Lobby."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder, self._database, self._count = folder, database, 0
        self.servers = [self._start()]
        body = {"name": "Olga", "handle": "olga", "password": PASSWORD}
        self.token = self.servers[0].request_json("/api/join", body=body)["token"]
        self.program = Receiver()
        self.program.answers["/"] = lambda fields: f"answer to {fields['text']}"
        bot = self.ask("/api/bots", {"name": "Robin"})["id"]
        hook = self.ask(f"/api/bots/{bot}/outgoing", {
            "url": f"{self.program.url}/", "trigger": "message", "channel": LOBBY, "format": "json"})
        self.program.secrets["/"] = hook["secret"]
        if database:
            self.servers.append(self._start())
        self.texts: list[str] = []

    def _start(self) -> Process:
        self._count += 1
        folder = self._folder / (str(self._count) if self._database else "data")
        server = Process(folder, self._database, HUBBUB_PUSH_PRIVATE="1", HUBBUB_NODE=f"n{self._count}")
        server.start()
        return server

    def ask(self, path: str, body: object = None) -> dict:
        """Send a request to the newest server."""
        return self.servers[-1].request_json(path, self.token, body)

    def post(self) -> None:
        """Post some messages."""
        for _ in range(MESSAGES):
            self.texts.append(text := f"message {len(self.texts)}")
            self.ask(f"/api/channels/{LOBBY}/entries", {"text": text, "key": text})

    def kill(self) -> None:
        """Kill the oldest server, which calls the webhook; start another."""
        self.servers[0].stop(signal.SIGKILL)
        del self.servers[0]
        self.servers.append(self._start())

    def answers(self) -> list[str]:
        """Return the messages that the bot has answered, in the order of its answers."""
        found, after = [], 0
        while page := self.ask(f"/api/channels/{LOBBY}/entries?after={after}")["entries"]:
            found += [entry["data"]["text"].removeprefix("answer to ") for entry in page
                      if entry["kind"] == "message" and entry["data"]["text"].startswith("answer to ")]
            after = page[-1]["seq"]
        return found

    def close(self) -> str:
        """Stop everything; return the logs."""
        self.program.stop()
        for server in self.servers:
            server.stop()
        return "".join(server.logged() for server in self.servers)


def killed(folder: Path, database: str, kills: int) -> Outcome:
    """Kill the server that calls a webhook with SIGKILL; measure the seconds until all messages are answered."""
    called, figures = Called(folder, database), dict[str, list[float]]({"answered": []})
    try:
        for _ in range(kills):
            held, before = called.program.hold("/"), len(called.program.received)
            called.post()
            until(lambda before=before: len(called.program.received) > before, what="a call")
            called.kill()
            began = time.monotonic()
            held.set()
            until(lambda: set(called.answers()) >= set(called.texts), 60, what="all answers")
            figures["answered"].append(time.monotonic() - began)
        faults = _faults(called)
    finally:
        log = called.close()
    return Outcome(faults, len(called.texts), figures, log)


def _faults(called: Called) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {kind: [] for kind in KINDS}
    answers, ids = called.answers(), dict[str, set[str]]()
    for one in called.program.received:
        ids.setdefault(one.fields["text"], set()).add(one.id)
    faults["lost"] = [text for text in called.texts if text not in answers or text not in ids]
    faults["doubled"] = [f"{text} ×{n}" for text, n in Counter(answers).items() if n > 1]
    faults["doubled"] += [f"{text} has the ids {some}" for text, some in ids.items() if len(some) > 1]
    faults["disordered"] = [text for text, place in zip(answers, called.texts, strict=False) if text != place]
    faults["foreign"] = called.program.forged
    return {kind: found for kind, found in faults.items() if found}
