"""Monitoring: `/healthz` says whether the server stores anything; `/metrics` has numbers for Prometheus."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from hubbub import __version__, people, web
from hubbub.core import cluster, consumers, db, metrics, node
from hubbub.core.metrics import Histogram, Metric
from hubbub.live import bus_link, connections
from hubbub.people import presence
from hubbub.web import client

CHECK_INTERVAL = 5.0  # seconds between two commits by which /healthz checks the database
STARTED = time.time()  # nearly: when this was imported
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """When this node last checked whether its database stores anything, and why it does not."""

    def __init__(self) -> None:
        self.problem, self.at = "", float("-inf")

    def check(self) -> str:
        """Return why the database stores nothing, or ""; the answer is a few seconds old at most."""
        if node.monotonic() - self.at >= CHECK_INTERVAL:
            self.at, self.problem = node.monotonic(), _problem()
        return self.problem


health = node.state(Health)


def init_app(app: Flask) -> None:
    """Add the two routes."""
    app.get("/healthz")(healthz)
    app.get("/metrics")(show_metrics)


def healthz() -> ResponseReturnValue:
    """Answer whether the server can store anything; this machine and owners also get details."""
    problem = health().check()
    answer: dict[str, object] = {"ok": not problem}
    if _may_see_details(problem):
        answer |= {"version": __version__, "connections": connections.count(), "nodes": cluster.size()}
        answer |= {"bus_away": round(away, 1)} if (away := bus_link.away()) else {}
        answer |= {"problem": problem} if problem else {}
    return jsonify(answer), 503 if problem else 200


def show_metrics() -> ResponseReturnValue:
    """Return the metrics of this process for Prometheus, to this machine and to owners."""
    if not _may_see_details(health().check()):
        abort(404)
    return Response("".join(f"{line}\n" for metric in metrics.declared.values() for line in _lines(metric)),
                    content_type=FORMAT)


def _problem() -> str:
    """Return why the database stores nothing, after a small commit; "" if it does."""
    try:
        with db.committed(), db.transaction() as tx:
            tx.execute("insert into setting (name, value) values ('checked', :at) "
                       "on conflict (name) do update set value = :at", at=str(round(node.now())))
    except Exception as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def _may_see_details(problem: str) -> bool:
    if client.is_this_machine(request.environ):
        return True
    visitor = None if problem else web.identify(request.environ)
    return visitor is not None and visitor.may("admin") and people.model.is_at_least(db, visitor.person, "owner")


def _lines(metric: Metric) -> Iterator[str]:
    """Yield a metric in Prometheus' text format; none if it cannot be read now, as without a database."""
    try:
        value = metric.read()
    except Exception:
        return
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    if isinstance(value, Histogram):
        reached = 0
        for bound, count in zip((*value.bounds, float("inf")), value.counts, strict=True):
            reached += count
            yield f'{metric.name}_bucket{{le="{_number(bound)}"}} {reached}'
        yield f"{metric.name}_sum {_number(value.sum)}"
        yield f"{metric.name}_count {reached}"
    elif isinstance(value, float | int):
        yield f"{metric.name} {_number(value)}"
    else:
        yield from (f'{metric.name}{{{metric.label}="{name}"}} {_number(each)}' for name, each in value.items())


def _number(value: float) -> str:
    return "+Inf" if value == float("inf") else repr(value)


def _memory() -> float:
    """Return the resident memory of this process in bytes, 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


metrics.gauge("hubbub_info", "The version that runs.", lambda: {__version__: 1}, label="version")
metrics.gauge("hubbub_storing", "1 if the database stores changes, 0 if not: see /healthz.",
              lambda: int(not health().check()))
metrics.gauge("hubbub_connections", "Open Socket.IO connections.", connections.count)
metrics.gauge("hubbub_unsent_bytes", "Bytes that wait for slow clients, over all connections.",
              connections.unsent_bytes)
metrics.gauge("hubbub_people_present", "People with an open connection.", lambda: len(presence.online()))
metrics.gauge("hubbub_consumer_lag_seconds", "Age of the oldest entry that a consumer has not handled.",
              lambda: {name: lag.seconds for name, lag in consumers.lag().items()}, label="consumer")
metrics.gauge("process_cpu_seconds_total", "CPU time of this process.", time.process_time, grows=True)
metrics.gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", lambda: STARTED)
metrics.gauge("process_resident_memory_bytes", "Memory of this process.", _memory)
