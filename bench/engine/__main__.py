"""Compare the engine with other servers, interleaved, medians of three: `bin/bench engine [--quick] [--servers …]`.

Each server runs on core 0, the generator (load.c) on core 1.  The work is the tutorial's: clients on the default
namespace, one `message` broadcast to all.  Hubbub commits each message (synchronous=FULL) before it is sent, and so
does Node with SQLite; the others store nothing.  Takes about half an hour; stop other work first.
"""

import argparse
import http.client
import json
import resource
import sys
import time
from statistics import median
from typing import Any

from bench.engine import peers
from bench.engine.peers import SOCKETIO, Running

FILES = 25_000
FANOUT = ("1:1", "8:1", "8:8")
BROWSER = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
Result = dict[str, Any]


def fanout(running: Running, n: int) -> Result:
    """Measure deliveries: alone, eight in flight from one and from eight publishers, and latency at ten a second."""
    more = ("@10",) if n == 1000 else ()
    result = running.load(n, "-M", "8", *FANOUT, *more)
    for phase in (*FANOUT, *more):
        if result[phase]["missing"] or result[phase]["disordered"]:
            raise RuntimeError(f"{running.peer.title} at {n}, {phase}: {result[phase]}")
    return result


def events(running: Running) -> Result:
    """Measure events that do nothing, and messages that are stored, acknowledged, and sent to ten clients."""
    enter, nothing = (), '42%d["nothing"]'
    if running.peer.is_hubbub:
        enter, nothing = ("-e", "40/live," + credentials(running)), '42/live,%d["unsubscribe",{"channel":"room:1"}]'
    alone = running.load(0, "-M", "8", "-s", "0", *enter, "-a", nothing, "-z", "", "k64:8", "k256:8")
    posts = running.load(10, "-M", "8", "-a", '42%d["message","', "k64:8", "k256:8")
    return {"alone": alone, "posts": posts}


def credentials(running: Running) -> str:
    """Create a guest; return its credentials."""
    return json.dumps({"token": request(running, "POST", "/api/guests")["token"]}, separators=(",", ":"))


def request(running: Running, method: str, path: str) -> Any:
    """Send a request to Hubbub; return the JSON of the response."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    connection.request(method, path, "{}" if method == "POST" else None, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def connections(running: Running, n: int) -> Result:
    """Measure many connections: connects per second, memory of each, and the clean-up when all drop at once."""
    result = running.load(n, "i8", "drop")
    if running.peer.is_hubbub:
        while request(running, "GET", "/healthz")["connections"]:
            time.sleep(0.01)
        result["cleaned"] = time.monotonic() - result["drop"]["at"]
        token = request(running, "POST", "/api/guests")["token"]
        cookie = request(running, "GET", "/api/openapi.json")["components"]["securitySchemes"]["cookie"]["name"]
        headers = (f"Origin: http://127.0.0.1:{running.port}\r\nCookie: {cookie}={token}\r\nUser-Agent: {BROWSER}\r\n"
                   "Accept-Language: en-US,en;q=0.9\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
                   "Pragma: no-cache\r\nCache-Control: no-cache\r\n")
        resume = '42/live,0["resume",{"cursors":{"room:1":[0,""]}}]'
        result["resumed"] = running.load(n // 2, "-H", headers, "-e", "40/live,", "-j", resume)

    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run, up to 1,000 connections")
    parser.add_argument("--servers", default=",".join(peers.PEERS))
    parser.add_argument("--sizes", default="100,1000,5000,10000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--before", help="a checkout of an older Hubbub with its `.venv`, measured beside this one")
    parser.add_argument("--json", help="also write the results to this file")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",") if not options.quick or int(size) <= 1000]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES) if most != resource.RLIM_INFINITY else FILES, most))
    if options.before:
        peers.add_before(options.before)
    here = peers.prepare([*options.servers.split(","), *(["before"] if options.before else [])])
    results: dict[str, dict[str, list[Result]]] = {name: {} for name in here}
    for _ in range(1 if options.quick else options.runs):
        for part in [*map(str, sizes), "events", "connections"]:
            for name, peer in here.items():
                if result := measure(peer, part, max(sizes)):
                    results[name].setdefault(part, []).append(result)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file)
    show(results, sizes)


def measure(peer: peers.Peer, part: str, most: int) -> Result | None:
    """Measure a part on a server and check its log; return None if the part does not apply to it."""
    if part.isdigit() and int(part) > peer.most or part == "events" and peer.protocol != SOCKETIO:
        return None
    with peers.running(peer) as running:
        try:
            result = (fanout(running, int(part)) if part.isdigit() else events(running) if part == "events"
                      else connections(running, min(most, peer.most)))
        except (RuntimeError, KeyError) as problem:
            print(problem, file=sys.stderr)
            return None
        sent = result["posts"]["sent"] if part == "events" else result["sent"]
        peers.check(peer, running.folder, sent, 8)
    return result


def show(results: dict[str, dict[str, list[Result]]], sizes: list[int]) -> None:
    """Print the tables."""
    print(f"\nMeasured {time.strftime('%Y-%m-%d')}: {peers.versions()}.\n")
    for size in sizes:
        table([f"{size:,} connections", "alone µs", "× raw C", "× Node", "8 in flight µs", "× Node", "from 8 µs"],
              [fanout_row(name, results, str(size)) for name in results if str(size) in results[name]])
    table(["10 messages a second, 1,000 connections", "p50 ms", "p99 ms", "generator"],
          [[peers.PEERS[name].title, *numbers(results[name]["1000"], "@10", "p50_ms", "p99_ms", "load_cpu")]
           for name in results if "1000" in results[name]])
    table(["events from 8 connections, 64 in flight", "nothing: µs", "a second", "256 in flight: µs",
           "messages to 10 clients: µs", "a second", "p50 ms", "256 in flight: µs", "a second"],
          [events_row(name, results[name]["events"]) for name in results if "events" in results[name]])
    table(["connections", "number", "a second", "µs", "KB each", "idle % of a core", "MB"],
          [connections_row(name, results[name]["connections"]) for name in results if "connections" in results[name]])
    for run in results.get("hubbub", {}).get("connections", ()):
        print(f"Hubbub: {run['n']:,} dropped at once are cleaned up in {run['cleaned']:.2f} s; with cookie and resume"
              f" {run['resumed']['connects_s']:,.0f} connects/s, {run['resumed']['kb_each']:.1f} KB each")


def fanout_row(name: str, results: dict[str, dict[str, list[Result]]], size: str) -> list[str]:
    """Return a line of the table of deliveries."""
    costs = [cost(results, name, size, phase) for phase in FANOUT]
    raw, node = cost(results, "raw", size, "1:1"), cost(results, "node", size, "1:1")
    node8 = cost(results, "node", size, "8:1")
    return [peers.PEERS[name].title, form(costs[0]), form(ratio(costs[0], raw)), form(ratio(costs[0], node)),
            form(costs[1]), form(ratio(costs[1], node8)), form(costs[2])]


def cost(results: dict[str, dict[str, list[Result]]], name: str, size: str, phase: str) -> float | None:
    """Return the CPU µs of a delivery: the median of the runs."""
    runs = results.get(name, {}).get(size)
    return median(run[phase]["us"] for run in runs) if runs else None


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None


def form(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def numbers(runs: list[Result], phase: str, *names: str) -> list[str]:
    return [form(median(run[phase][name] for run in runs)) for name in names]


def events_row(name: str, runs: list[Result]) -> list[str]:
    """Return a line of the table of events."""
    parts = {name: [run[name] for run in runs] for name in ("alone", "posts")}
    return [peers.PEERS[name].title, *numbers(parts["alone"], "k64:8", "us_per_ack", "acks_s"),
            *numbers(parts["alone"], "k256:8", "us_per_ack"), *numbers(parts["posts"], "k64:8", "us_per_ack", "acks_s",
            "p50_ms"), *numbers(parts["posts"], "k256:8", "us_per_ack", "acks_s")]


def connections_row(name: str, runs: list[Result]) -> list[str]:
    """Return a line of the table of connections."""
    medians = {name: median(run[name] for run in runs) for name in ("n", "connects_s", "connect_us", "kb_each")}
    return [peers.PEERS[name].title, f"{medians['n']:,.0f}", f"{medians['connects_s']:,.0f}",
            f"{medians['connect_us']:.0f}", form(medians["kb_each"]), f"{median(run['i8']['cpu'] for run in runs):.1%}",
            f"{median(run['i8']['rss_mb'] for run in runs):.0f}"]


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


if __name__ == "__main__":
    main()
