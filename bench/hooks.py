"""Claim: 1,000 webhook posts/s on one core (≤ 1 ms of CPU each), and 100 ms from a request to the page.

Slack payloads with an attachment, from 32 programs at once, each with a hook of its own, in four rooms.
"""

import json
import socket
import threading
import time
from statistics import median
from typing import Any

import socketio

from bench import server

RUNS, SECONDS = 3, 5.0
PROGRAMS, ROOMS = 32, 4
SINGLE = 50  # requests, one after the other
PAYLOAD = {
    "username": "CI", "icon_emoji": ":rocket:", "text": "*Build* <https://ci.example/42|42> of `main` passed",
    "attachments": [{"color": "good", "title": "Tests", "text": "1,200 passed",
                     "fields": [{"title": "Branch", "value": "main", "short": True}]}]}


def hooks(instance: server.Server) -> tuple[str, list[str]]:
    """Claim the server and create rooms and hooks; return the owner's token and the paths of the hooks."""
    owner = {"name": "olga", "handle": "olga", "password": "correct horse battery"}
    token = json.loads(instance.request("POST", "/api/join", owner)[1])["token"]
    for n in range(2, ROOMS + 1):
        instance.request("POST", "/api/rooms", {"name": f"room {n}", "kind": "public", "key": str(n)}, token)
    found = []
    for n in range(PROGRAMS):
        body = {"channel": f"room:{n % ROOMS + 1}", "name": f"Program {n}"}
        found.append(json.loads(instance.request("POST", "/api/hooks", body, token)[1])["path"])
    return token, found


def post(instance: server.Server, path: str, until: float, times: list[float]) -> None:
    """Post over one connection until a moment; append the seconds that each request took."""
    body = json.dumps(PAYLOAD).encode()
    request = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n").encode() + body
    with socket.create_connection(("127.0.0.1", instance.port)) as connection:
        while (start := time.perf_counter()) < until:
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"\r\n\r\nok"):
                answer += connection.recv(4096)
            times.append(time.perf_counter() - start)


def load(instance: server.Server, paths: list[str]) -> dict[str, float]:
    """Post with all programs at once; return the rate, the CPU time of the server for each, and its share of a core."""
    times: list[float] = []
    cpu, start = server.cpu(instance.pid), time.perf_counter()
    threads = [threading.Thread(target=post, args=(instance, path, start + SECONDS, times)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, used = time.perf_counter() - start, server.cpu(instance.pid) - cpu
    return {"rate": len(times) / seconds, "us": used / len(times) * 1e6, "server": used / seconds,
            "p99": sorted(times)[len(times) * 99 // 100] * 1000}


def to_the_page(instance: server.Server, token: str, path: str) -> list[float]:
    """Return the milliseconds from the beginning of each of some requests until a reader has its message."""
    client, arrived, took = socketio.Client(), threading.Event(), []
    client.on("message", lambda entry: arrived.set(), namespace="/live")
    client.connect(f"http://127.0.0.1:{instance.port}", auth={"token": token}, namespaces=["/live"],
                   transports=["websocket"])
    client.call("subscribe", {"channel": "room:1", "cursor": [0, ""]}, namespace="/live")
    for _ in range(SINGLE):
        time.sleep(.02)
        arrived.clear()
        start = time.perf_counter()
        instance.request("POST", path, PAYLOAD)
        assert arrived.wait(10)
        took.append((time.perf_counter() - start) * 1000)
    client.disconnect()
    return took


if __name__ == "__main__":
    runs: list[dict[str, Any]] = []
    for _ in range(RUNS):
        with server.folder() as data, server.running(data) as instance:
            instance.wait_for("/healthz")
            token, paths = hooks(instance)
            took = sorted(to_the_page(instance, token, paths[0]))
            runs.append({**load(instance, paths), "page": took[len(took) * 95 // 100]})
    each = {name: [run[name] for run in runs] for name in runs[0]}
    server.row(f"webhook posts of {PROGRAMS} programs in {ROOMS} rooms", "≥ 1,000/s, ≤ 1,000 µs",
               f"{server.spread(each['rate'], ',.0f')}/s, {server.spread(each['us'], '.0f')} µs; "
               f"p99 {median(each['p99']):.0f} ms; server {median(each['server']):.0%} of a core")
    server.row("from a webhook's request to the page, p95", "≤ 100 ms", f"{server.spread(each['page'], '.1f')} ms")
