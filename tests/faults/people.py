"""Writers and readers with an ordinary Socket.IO client, which reconnect as often as needed."""

import functools
import random
import time
from typing import Any

import gevent
import socketio
from gevent.event import Event
from socketio.exceptions import SocketIOError

from tests.faults.checker import Received, Sent

LIVE = "/live"
PAUSE = 0.05, 0.3  # seconds before one comes back
WINDOW = 32  # unanswered messages of one writer
TEMPORARY = ("not_saved", "busy", "too_fast")


def is_on(client: socketio.Client, gone: Event) -> bool:
    """Wait a little; return whether the client is still connected: a failed attempt gives no signal."""
    return not gone.wait(0.02) and client.eio.state == "connected"


class Person:
    """A person who reconnects whenever the connection ends."""

    def __init__(self, url: str, name: str, id: int, token: str, transport: str = "websocket") -> None:
        self.url, self.name, self.id, self.token, self.transport = url, name, id, token, transport
        self.client: socketio.Client | None = None
        self.gone = Event()
        self.visits = 0
        self.over = False
        self.life = gevent.spawn(self._live)

    def _live(self) -> None:
        while not self.over:
            client = socketio.Client(reconnection=False, handle_sigint=False, request_timeout=3,
                                     websocket_extra_options={"skip_utf8_validation": True})  # a loop over all bytes
            gone = self.gone = Event()
            client.on("disconnect", lambda *_, gone=gone: gone.set(), namespace=LIVE)
            client.on("*", functools.partial(self._hear, client), namespace=LIVE)
            try:
                with gevent.Timeout(10, OSError("no connection")):
                    client.connect(self.url, auth={"token": self.token}, namespaces=[LIVE],
                                   transports=[self.transport], wait_timeout=3)
                self.client, self.visits = client, self.visits + 1
                self.stay(client, gone)
            except (SocketIOError, OSError):
                pass  # whatever it was, one comes back
            finally:
                self.client = None
                self.hang_up(client)
            gevent.sleep(random.uniform(*PAUSE))

    @staticmethod
    def hang_up(client: socketio.Client) -> None:
        """End a connection silently, as a lost network does."""
        if client.eio.ws is not None:
            client.eio.ws.shutdown()
        elif client.eio.http is not None:
            client.eio.http.close()
        client.eio.queue and client.eio.queue.put(None)
        client.eio.state = "disconnected"

    def _hear(self, client: socketio.Client, event: str, data: Any = None) -> None:
        if event != "shutdown" and client is self.client:
            self.hear(event, data)

    def hear(self, event: str, data: Any) -> None:
        """Handle an event of the open connection."""

    def stay(self, client: socketio.Client, gone: Event) -> None:
        """Act while connected."""
        raise NotImplementedError

    def move(self, url: str) -> None:
        """Connect to another address from now on."""
        self.url = url
        self.gone.set()

    def leave(self) -> None:
        self.over = True
        self.life.kill(timeout=5)


class Writer(Person):
    """A person who posts at a steady rate, and sends unacknowledged messages again under their keys."""

    def __init__(self, *who: Any, channels: list[str], rate: float, pad: int = 0) -> None:
        self.channels, self.rate, self.pad = channels, rate, "x" * pad
        self.sent: list[Sent] = []
        self.count = 0
        self.pending: dict[str, Sent] = {}
        self.moments: dict[str, float] = {}  # when each was first said, by its key
        self.waits: list[float] = []  # seconds until each was acknowledged
        self.writing, self.again = True, False
        super().__init__(*who)

    def stay(self, client: socketio.Client, gone: Event) -> None:
        self._repeat(client)
        due, was = 0.0, time.monotonic()
        while is_on(client, gone):
            if self.again:
                gone.wait(0.3)
                self._repeat(client)
            now = time.monotonic()
            due, was = due + (now - was) * self.rate, now
            for _ in range(min(int(due), WINDOW - len(self.pending)) if self.writing else 0):
                self._say(client, self._next())
            due %= 1

    def _next(self) -> Sent:
        k, self.count = self.count, self.count + 1
        key = f"{self.name}-{k}"
        one = Sent(self.name, self.id, k, self.channels[k % len(self.channels)], key, f"{self.name} says {k} {self.pad}"
                   .strip())
        self.sent.append(one)
        self.moments[key] = time.monotonic()
        self.pending[key] = one
        return one

    def _repeat(self, client: socketio.Client) -> None:
        self.again = False
        for one in list(self.pending.values()):
            self._say(client, one)

    def _say(self, client: socketio.Client, one: Sent) -> None:
        payload = {"channel": one.channel, "text": one.text, "key": one.key}
        client.emit("post", payload, namespace=LIVE, callback=functools.partial(self._answered, one))

    def _answered(self, one: Sent, answer: dict[str, Any]) -> None:
        if "ok" in answer:
            if not one.answers and one.key in self.moments:
                self.waits.append(time.monotonic() - self.moments[one.key])
            one.answers.append(answer["ok"])
            self.pending.pop(one.key, None)
        elif answer["code"] in TEMPORARY:
            one.refused = self.again = True
        else:
            one.failed = answer["error"]
            self.pending.pop(one.key, None)


class Reader(Person):
    """A person who reads channels from a cursor for each; `stint` is how long each connection lasts."""

    def __init__(self, *who: Any, cursors: dict[str, list[Any]], stint: float | None = None) -> None:
        self.cursors = cursors
        self.received = {channel: Received(seq) for channel, (seq, _) in cursors.items()}
        self.stint, self.again, self.resumes = stint, False, 0
        self.anew, self.forks = False, 0  # after a restored backup, a `reset` replaces entries of another history
        self.waits: list[float] | None = None  # with a list: seconds from when each was said, by `moments`
        self.moments: dict[str, float] = {}
        super().__init__(*who)

    @property
    def resets(self) -> int:
        return sum(len(received.jumps) for received in self.received.values())

    def has(self, heads: dict[str, int]) -> bool:
        """Return whether everything up to these heads has arrived."""
        return all(self.cursors[channel][0] >= head for channel, head in heads.items() if channel in self.cursors)

    def stay(self, client: socketio.Client, gone: Event) -> None:
        self.again, self.resumes = True, 0
        end = time.monotonic() + (self.stint or 1e9)
        while is_on(client, gone) and time.monotonic() < end:
            if self.again:
                self._resume(client, gone)

    def _resume(self, client: socketio.Client, gone: Event) -> None:
        self.again, self.resumes = False, self.resumes + 1
        answers: list[Any] = []
        client.emit("resume", {"cursors": self.cursors}, namespace=LIVE, callback=answers.append)
        while not answers and is_on(client, gone):
            pass
        if not answers:
            return
        answer = answers[0]
        if "error" in answer:
            gevent.sleep(answer.get("retry_after", 0.2))
            self.again = True
        elif refused := [said for said in answer["ok"].values() if "error" in said]:
            raise OSError(refused[0]["error"])

    def hear(self, event: str, data: Any) -> None:
        if event == "heads":
            self.again |= any(head > self.cursors[channel][0] for channel, head in data["heads"].items()
                              if channel in self.cursors)
        elif event == "reset":
            self._reset(data["channel"], data["as_of"])
        elif isinstance(data, dict) and "seq" in data and data.get("channel") in self.cursors:
            self._apply(data)

    def _reset(self, channel: str, place: list[Any]) -> None:
        if self.anew:
            self.forks += 1
            self.received[channel] = Received(place[0])
        else:
            self.received[channel].jumps.append((self.cursors[channel][0], place[0]))
        self.cursors[channel] = place

    def _apply(self, entry: dict[str, Any]) -> None:
        received, seq = self.received[entry["channel"]], self.cursors[entry["channel"]][0]
        if entry["seq"] != seq + 1 and self.resumes == 1:
            received.odd.append(f"{entry['seq']} after {seq} on one connection")
        if entry["seq"] > seq + 1:
            self.again = True
        elif entry["seq"] == seq + 1:
            received.entries.append(entry)
            self.cursors[entry["channel"]] = [entry["seq"], entry["key"]]
            if self.waits is not None and entry["key"] in self.moments:
                self.waits.append(time.monotonic() - self.moments[entry["key"]])
