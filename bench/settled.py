"""Claim: what is read on one device is read on another in 100 ms; an acknowledgement is seen by all in 100 ms; a push
leaves within a second of the commit, half of which it waits to be read elsewhere.

Four people on one node, with SQLite or, with `--postgres`, a PostgreSQL that syncs.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from gevent import monkey

monkey.patch_all()

from tests import postgres  # noqa: E402
from tests.push_service import PushService, restart_push, subscribe  # noqa: E402
from tests.running_app import LOBBY, RunningApp, post  # noqa: E402
from tests.waiting import until  # noqa: E402

RUNS = 40


def wait_for(people: list, kind: str, before: list[int], begin: float) -> float:
    """Return the milliseconds until all have received one more event of a kind."""
    until(lambda: all(len(one.received(kind)) > n for one, n in zip(people, before, strict=True)))
    return 1000 * (time.perf_counter() - begin)


def measure(app: RunningApp) -> dict[str, list[float]]:
    olga = app.set_up_owner()
    team = [app.connect_member(name) for name in ("ann", "bob", "cleo")]
    phone = app.connect(team[0].person, team[0].token)
    for one in (*team, phone):
        one.call("subscribe", channel=f"inbox:{one.person}")
    times: dict[str, list[float]] = {"read": [], "acknowledged": []}
    for n in range(RUNS):
        post(olga, f"{n} @ann @bob @cleo", LOBBY, urgent=True)
        until(lambda n=n: all(len(one.received("notification")) > n for one in (*team, phone)))
        seq = team[0].received("notification")[-1]["seq"]
        before, begin = [len(phone.received("read"))], time.perf_counter()
        team[0].send("read_notifications", {"seqs": [seq]})
        times["read"].append(wait_for([phone], "read", before, begin))
        everybody = [*team, phone]
        before, begin = [len(one.received("acknowledged")) for one in everybody], time.perf_counter()
        team[1].send("acknowledge", {"seq": team[1].received("notification")[-1]["seq"]})
        times["acknowledged"].append(wait_for(everybody, "acknowledged", before, begin))
    return times


def measure_pushes(app: RunningApp) -> list[float]:
    """Return the milliseconds from the acknowledgement of each message to its push, after a first one."""
    restart_push(app.config)
    ann, dora, service = app.connect_member("eve"), app.connect_member("dora"), PushService()
    subscribe(dora, service)
    times = []
    for n in range(RUNS + 1):
        post(ann, f"{n} @dora", LOBBY)
        begin = time.perf_counter()
        until(lambda n=n: len(service.requested) > n)
        times.append(1000 * (time.perf_counter() - begin))
    service.stop()
    return times[1:]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        app = RunningApp(Path(folder), postgres.database() if "--postgres" in sys.argv else "")
        for name, found in measure(app).items():
            print(f"{name}: median {median(found):.1f} ms, slowest {max(found):.1f} ms of {len(found)} (claim: 100 ms)")
        found = measure_pushes(app)
        print(f"pushed: median {median(found):.0f} ms, slowest {max(found):.0f} ms of {len(found)} (claim: 1,000 ms)")
        app.close()
