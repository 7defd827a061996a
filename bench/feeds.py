"""Claims: 10,000 ticks/s come in by batches of 100; 500 watchers of 20 symbols at 4 Hz stay within one core."""

from gevent import monkey

monkey.patch_all()

import contextlib
import http.client
import json
import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import gevent
import websocket

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
from conftest import Server  # noqa: E402

PASSWORD = "nine blue herons wading"
SYMBOLS = [f"SYM{n}" for n in range(20)]
BATCH, SECONDS, WATCHERS, HERTZ, SOURCES = 100, 8, 500, 4, 16
TICK = os.sysconf("SC_CLK_TCK")
VERSION, AT = re.compile(r'"version":(\d+)'), re.compile(r'"at":([0-9.]+)')


def cpu(server):
    """Seconds of processor time that the server took so far."""
    user, system = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICK


def source(server, token, name, symbols, counts, until):
    """Publish batches as fast as they are answered."""
    bodies = [json.dumps({"ticks": [{"symbol": random.choice(symbols), "value": round(random.uniform(1, 999), 2)}
                                    for _ in range(BATCH)]}) for _ in range(20)]
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while time.monotonic() < until:
        connection.request("POST", f"/api/feeds/{name}/ticks", random.choice(bodies), headers)
        counts.append(json.loads(connection.getresponse().read())["counted"])


def ticks_in(server, token):
    """How many ticks per second four sources get in, and the server's share of a core for it."""
    counts, until, before = [], time.monotonic() + SECONDS, cpu(server)
    mine = [[f"L{n}X{m}" for m in range(5)] for n in range(SOURCES)]
    gevent.joinall([gevent.spawn(source, server, token, f"load-{n}", symbols, counts, until)
                    for n, symbols in enumerate(mine)])
    rate, share = sum(counts) / SECONDS, (cpu(server) - before) / SECONDS
    print(f"| ticks in, batches of {BATCH}, {SOURCES} sources | ≥ 10,000/s | {rate:,.0f}/s with {share:.0%} of a core: "
          f"{rate / share:,.0f}/s a core |")


class Watcher:
    """One connection that watches all symbols and says what it took."""

    def __init__(self, server, token):
        self.frames, self.ages, self.on = 0, [], True
        self.socket = websocket.create_connection(
            f"ws{server.url[4:]}/socket.io/?EIO=4&transport=websocket", timeout=30)
        self.socket.recv()
        self.socket.send("40/live," + json.dumps({"token": token}))
        self.socket.recv()
        asked = {"symbols": SYMBOLS, "rate": 250}
        self.socket.send("42/live,1" + json.dumps(["watch", asked]))

    def run(self):
        with contextlib.suppress(websocket.WebSocketException, OSError):
            while self.on:
                text = self.socket.recv()
                if text == "2":
                    self.socket.send("3")
                elif text.startswith('42/live,["latest"'):
                    self.frames += 1
                    self.socket.send('42/live,["took",{"version":' + VERSION.search(text)[1] + "}]")
                    self.ages.append(time.time() - float(AT.search(text)[1]))


def watched(server, token):
    """The server's share of a core while all symbols change four times a second for everybody."""
    def publish():
        ticks = [{"symbol": symbol, "value": round(random.uniform(1, 999), 2)} for symbol in SYMBOLS]
        server.ask("/api/feeds/watched/ticks", {"ticks": ticks}, token)

    publish()
    crowd = [Watcher(server, token) for _ in range(WATCHERS)]
    for watcher in crowd:
        gevent.spawn(watcher.run)
    time.sleep(2)
    for watcher in crowd:
        watcher.frames, watcher.ages = 0, []
    before, until = cpu(server), time.monotonic() + SECONDS
    while time.monotonic() < until:
        publish()
        time.sleep(1 / HERTZ)
    share = (cpu(server) - before) / SECONDS
    frames, ages = sum(watcher.frames for watcher in crowd), sorted(age for one in crowd for age in one.ages)
    for watcher in crowd:
        watcher.on = False
    print(f"| {WATCHERS} watchers of {len(SYMBOLS)} symbols at {HERTZ} Hz | ≤ 1 core | {share:.0%} of a core, "
          f"{frames / SECONDS:,.0f} frames/s; values {median(ages) * 1000:.0f} ms old on arrival, "
          f"p95 {ages[int(len(ages) * .95)] * 1000:.0f} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
        try:
            ticks_in(server, olga["token"])
            watched(server, olga["token"])
        finally:
            server.kill()
