"""Claim: signing in, rightly or wrongly, never stalls the loop for more than 5 ms."""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001

import gc
import itertools
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import gevent
from flask import Flask

from bench import server
from hubbub.application import create_app
from hubbub.cli import _spare_the_collector
from hubbub.config import Config
from hubbub.core import db
from hubbub.people import guesses

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1"}
PASSWORD = "correct horse battery"
RUNS, TRIES, AT_ONCE = 9, 40, 8


class Ticker:
    """Measures by how much the loop wakes it late, which is how long a message would wait."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._running = gevent.spawn(self._tick)

    def _tick(self) -> None:
        while True:
            before = time.perf_counter()
            gevent.sleep(0.001)
            self.gaps.append((time.perf_counter() - before - 0.001) * 1000)

    def stop(self) -> list[float]:
        self._running.kill()
        return sorted(self.gaps)


def sign_in(app: Flask, handle: str, password: str) -> int:
    guesses.state.forget()
    return app.test_client().post("/api/sign-in", json={"handle": handle, "password": password},
                                  environ_overrides=HERE).status_code


def idle() -> float:
    """Return the longest delay of a tick while nobody signs in."""
    ticker = Ticker()
    gevent.sleep(0.5)
    return ticker.stop()[-1]


def run(app: Flask) -> tuple[float, float]:
    """Return the longest delay of a tick while people sign in, and the time of one sign-in, in ms."""
    attempts = itertools.cycle([("olga", PASSWORD, 200), ("olga", "wrong", 403), ("nobody", "wrong", 403)])
    remaining = iter([next(attempts) for _ in range(TRIES)])

    def visitor() -> None:
        for handle, password, status in remaining:
            assert sign_in(app, handle, password) == status

    gc.collect()
    ticker, started = Ticker(), time.perf_counter()
    gevent.joinall([gevent.spawn(visitor) for _ in range(AT_ONCE)], raise_error=True)
    took = (time.perf_counter() - started) / TRIES * 1000
    return ticker.stop()[-1], took


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(replace(Config.read({}), data=Path(folder)))
        app.test_client().post("/api/join", json={"name": "Olga", "handle": "olga", "password": PASSWORD},
                               environ_overrides=HERE)
        _spare_the_collector()
        run(app)
        stalls, each = zip(*(run(app) for _ in range(RUNS)), strict=True)
        claim = f"{TRIES} sign-ins, {AT_ONCE} at a time, right, wrong and unknown"
        server.row(f"{claim}: longest stall of the loop", "≤ 5 ms", f"{server.spread(list(stalls))} ms")
        server.row("the same while nobody signs in", "-", f"{server.spread([idle() for _ in range(RUNS)])} ms")
        server.row(f"{claim}: each", "-", f"{server.spread(list(each))} ms")
        db.close()
