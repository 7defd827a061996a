"""Claims: 20,000 ticks/s are accepted in batches of 100; 2,000 watchers of 50 symbols at 4 Hz take one core at most."""

from gevent import monkey

monkey.patch_all()

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gevent

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
from conftest import Server  # noqa: E402

PASSWORD = "nine blue herons wading"
SYMBOLS = [f"SYM{n}" for n in range(200)]
BATCH, SECONDS, WATCHERS, EACH, LISTS, HERTZ, SOURCES = 100, 8, 2000, 50, 40, 4, 16
TICK = os.sysconf("SC_CLK_TCK")


def cpu(server):
    """Return the seconds of CPU time that the server has used."""
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
        counts.append(json.loads(connection.getresponse().read())["accepted"])


def ticks_in(server, token):
    """Print how many ticks per second the sources deliver, and the server's share of a core."""
    counts, until, before = [], time.monotonic() + SECONDS, cpu(server)
    symbols_of = [[f"L{n}X{m}" for m in range(5)] for n in range(SOURCES)]
    gevent.joinall([gevent.spawn(source, server, token, f"load-{n}", symbols, counts, until)
                    for n, symbols in enumerate(symbols_of)])
    rate, share = sum(counts) / SECONDS, (cpu(server) - before) / SECONDS
    print(f"| ticks in, batches of {BATCH}, {SOURCES} sources | ≥ 20,000/s | {rate:,.0f}/s with {share:.0%} of a core: "
          f"{rate / share:,.0f}/s a core |")


def watched(server, token, folder):
    """Print the server's share of a core while all symbols change four times a second for all watchers."""
    def publish():
        ticks = [{"symbol": symbol, "value": round(random.uniform(1, 999), 2)} for symbol in SYMBOLS]
        for at in range(0, len(ticks), BATCH):
            server.ask("/api/feeds/watched/ticks", {"ticks": ticks[at:at + BATCH]}, token)

    publish()
    lists = [random.sample(SYMBOLS, EACH) for _ in range(LISTS)]
    events = [f'42/live,0{json.dumps(["watch", {"symbols": symbols, "rate": 1000 // HERTZ}])}' for symbols in lists]
    pinned = ("taskset", "-c", "1") if shutil.which("taskset") else ()
    load = subprocess.Popen(
        [*pinned, folder / "load", "-p", str(server.port), "-P", str(server.process.pid), "-m", "sio",
         "-n", str(WATCHERS), "-e", f'40/live,{json.dumps({"token": token})}',
         *(argument for event in events for argument in ("-j", event)), "-T", "i2", f"i{SECONDS}"],
        stdout=subprocess.PIPE, text=True)
    while load.poll() is None:
        publish()
        time.sleep(1 / HERTZ)
    result = json.loads(load.stdout.read())
    cost = result[f"i{SECONDS}"]
    print(f"| {result['connected']:,} watchers, each of {EACH} of {len(SYMBOLS)} symbols ({LISTS} different lists), at "
          f"{HERTZ} Hz | ≤ 1 core | {cost['cpu']:.0%} of a core, {cost['frames_s']:,.0f} frames/s; the generator "
          f"{cost['load_cpu']:.0%} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cc", "-O2", "-o", f"{folder}/load", Path(__file__).parent / "engine" / "load.c"], check=True)
        server = Server(Path(folder) / "data")
        olga = server.ask("/api/join", {"name": "Olga", "handle": "olga", "password": PASSWORD})
        try:
            ticks_in(server, olga["token"])
            watched(server, olga["token"], Path(folder))
        finally:
            server.kill()
