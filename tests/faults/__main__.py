"""Run every fault against real processes for long, and print a table of measurements; see `bin/faults --help`."""

from gevent import monkey

monkey.patch_all()

import functools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click

from bench import herd as returning
from bench import server as measured
from tests import bus_servers, postgres
from tests.faults import backups, cluster, crashes, database, herd, migrating, network, readers, two_nodes, webhooks
from tests.faults.checker import KINDS
from tests.faults.world import Outcome

Row = tuple[str, str, Outcome]  # the fault, its figures as text, its outcome
PING = 25, 20  # seconds: the product's own
RETURNING = 2000  # clients, to several workers


def most(outcome: Outcome, what: str, form: str = ".1f") -> str:
    """Format the median of a figure, and of many values also the 95th percentile and the maximum."""
    values = sorted(outcome.figures[what])
    if len(values) < 3:
        return f"{values[-1]:{form}}"
    return f"p50 {median(values):{form}}, p95 {values[int(len(values) * 0.95)]:{form}}, worst {values[-1]:{form}}"


def kill(folder: Path, kills: int) -> Row:
    """kill -9 at a random moment under 500 messages/s."""
    outcome = crashes.kills(folder, kills, measured.MESSAGES)
    return (f"kill -9 ×{kills}, {measured.MESSAGES:,} messages in the database; serving ≤ 2 s, caught up ≤ 5 s",
            f"serving {most(outcome, 'serving')} s, caught up {most(outcome, 'caught up')} s", outcome)


def kill_on_postgres(folder: Path, kills: int) -> Row:
    """The same on PostgreSQL."""
    outcome = crashes.kills(folder, max(2, kills // 5), database=_postgres())
    return (f"kill -9 ×{max(2, kills // 5)} on PostgreSQL",
            f"serving {most(outcome, 'serving')} s, caught up {most(outcome, 'caught up')} s", outcome)


def backends(folder: Path, kills: int) -> Row:
    """Terminate the server's connections to PostgreSQL."""
    rounds = max(2, kills // 5)
    outcome = database.terminated(folder, _postgres(), rounds)
    return (f"all connections to PostgreSQL ended ×{rounds}",
            f"{outcome.figures['refused'][0]:.0f} messages refused and sent again, caught up "
            f"{most(outcome, 'caught up')} s", outcome)


def worker(folder: Path, kills: int) -> Row:
    """kill -9 of one of two workers."""
    outcome = cluster.killed(folder, _postgres(), max(2, kills // 5))
    return (f"kill -9 of a worker ×{max(2, kills // 5)}; replaced ≤ 1 s, in sync ≤ 5 s",
            f"replaced {most(outcome, 'replaced')} s, in sync {most(outcome, 'in sync after the kill')} s", outcome)


def without_bus(folder: Path, kills: int) -> Row:
    """Kill Valkey between two nodes; measure how late messages and sign-outs reach the other one."""
    server = bus_servers.Valkey()
    server.start()
    try:
        figures = two_nodes.killed(folder, _postgres(), server, 10.0)
    finally:
        server.stop()
    messages = int(figures.pop("messages"))
    shown = ", ".join(f"{name} {seconds * 1000:,.0f} ms" for name, seconds in figures.items())
    return ("Valkey killed for 10 s; p99 to the other node ≤ 500 ms during, back ≤ 2 s, revoked ≤ 1 s, without ≤ 2 s",
            shown, Outcome({}, messages, {}, ""))


def webhook(folder: Path, kills: int) -> Row:
    """kill -9 of the one of two nodes that calls an outgoing webhook."""
    outcome = webhooks.killed(folder, _postgres(), max(2, kills // 5))
    return (f"kill -9 of the node that calls a webhook ×{max(2, kills // 5)}; the other one goes on ≤ 20 s",
            f"all messages answered {most(outcome, 'answered')} s after it", outcome)


def rolling(folder: Path, kills: int) -> Row:
    """Replace two workers by SIGHUP."""
    outcome = cluster.rolling(folder, _postgres(), max(2, kills // 5))
    return (f"all workers replaced ×{max(2, kills // 5)}; none refused, p99 ≤ 1 s",
            f"{outcome.figures['refused'][0]:.0f} refused, p99 of acknowledgements {most(outcome, 'p99', '.2f')} s, "
            f"before it {most(outcome, 'p99 before', '.2f')} s", outcome)


def bus(how: str, folder: Path, kills: int) -> Row:
    """Take the bus of two workers away for 3 s."""
    server = bus_servers.Valkey()
    server.start()
    try:
        outcome = cluster.bus_gone(folder, _postgres(), server, how, max(2, kills // 5))
    finally:
        server.stop()
    return (f"Valkey away for 3 s ({how}) ×{max(2, kills // 5)}; none refused, p99 to others ≤ 0.5 s, caught up ≤ 2 s",
            f"{outcome.figures['refused'][0]:.0f} refused, p99 to others {most(outcome, 'delivery p99', '.2f')} s, "
            f"caught up {most(outcome, 'caught up')} s", outcome)


def restart(folder: Path, kills: int) -> Row:
    """Kill and restart PostgreSQL under two workers."""
    server = bus_servers.Postgresql()
    server.start()
    try:
        outcome = cluster.database_restarted(folder, server, max(2, kills // 5))
    finally:
        server.stop()
    return (f"PostgreSQL killed and started again ×{max(2, kills // 5)}; recovered ≤ 3 s",
            f"recovered {most(outcome, 'recovered')} s, {outcome.figures['refused'][0]:.0f} messages refused and sent "
            "again", outcome)


def sigterm(folder: Path, kills: int) -> Row:
    """SIGTERM under load: exit code 0, without a traceback."""
    rounds = max(2, kills // 5)
    outcome = crashes.endings(folder, rounds)
    if set(outcome.figures["exit code"]) != {0} or "Traceback" in outcome.log:
        outcome.faults["unclean"] = [f"exit codes {outcome.figures['exit code']}", outcome.log[-2000:]]
    return f"SIGTERM under load ×{rounds}; ended ≤ 10 s", f"ended {most(outcome, 'ended')} s", outcome


def trouble(what: Callable[..., None], folder: Path, kills: int) -> Row:
    """Disturb the network."""
    outcome = network.troubles(folder, (what,), 20)
    said = what.__doc__.rstrip(".") if what.__doc__ else ""
    return f"network {what.__name__} ×20: {said.lower()}", f"in sync {most(outcome, 'in sync')} s after it", outcome


def half_open(folder: Path, kills: int) -> Row:
    """Let the network go silent for good."""
    outcome = network.half_open(folder, *PING)
    return (f"half-open peers; noticed by the ping ({PING[0]} + {PING[1]} s)",
            f"noticed {most(outcome, 'noticed')} s, in sync {most(outcome, 'in sync')} s after it", outcome)


def slow(folder: Path, kills: int) -> Row:
    """Let readers stop reading."""
    outcome = readers.stalled(folder, 20)
    before, now = outcome.figures["p99 before"][0], outcome.figures["p99"][0]
    return (f"{readers.STALLED} readers stop reading; ≤ 1 MB each, p99 of the others ≤ 1.5×",
            f"{outcome.figures['memory'][0]:.2f} MB each; p99 {before:.0f} → {now:.0f} ms ({now / before:.2f}×); in "
            f"sync {most(outcome, 'in sync')} s after they read again", outcome)


def come_back(folder: Path, kills: int) -> Row:
    """Reconnect a herd of clients at once."""
    outcome = herd.herded(folder, returning.CLIENTS, measured.MESSAGES)
    figures = outcome.figures
    return (f"{returning.CLIENTS:,} clients back at once after a kill; ≤ 20 s, ≤ 3 queries each",
            f"in sync {figures['in sync'][0]:.1f} s, {figures['statements'][0]:.2f} queries and "
            f"{figures['CPU'][0]:.2f} ms of CPU each; serving {figures['serving'][0]:.1f} s", outcome)


def come_back_to_workers(folder: Path, kills: int) -> Row:
    """Let a herd reconnect to two workers."""
    outcome = herd.herded(folder, RETURNING, measured.MESSAGES, HUBBUB_DATABASE_URL=_postgres(),
                          HUBBUB_WORKERS=str(cluster.WORKERS))
    figures = outcome.figures
    return (f"{RETURNING:,} clients back at once at two workers on PostgreSQL; ≤ 20 s",
            f"in sync {figures['in sync'][0]:.1f} s, {figures['CPU'][0]:.2f} ms of CPU each; serving "
            f"{figures['serving'][0]:.1f} s", outcome)


def missed(folder: Path, kills: int) -> Row:
    """Fetch 200 missed messages."""
    outcome = herd.herded(folder, "alone", measured.MESSAGES)
    return ("200 missed messages; all there ≤ 16 ms after `resume`",
            f"first {most(outcome, 'first')}, then {most(outcome, 'all there')} ms", outcome)


def backup(folder: Path, kills: int) -> Row:
    """Back up and restore under load."""
    outcome = backups.put_back(folder)
    return ("backup under load, restored", f"{outcome.figures['resets'][0]:.0f} resets, in sync "
            f"{most(outcome, 'in sync')} s", outcome)


def migrations(database: Callable[[], str], folder: Path, kills: int) -> Row:
    """Kill each migration before and after each statement."""
    server = database()
    trials = migrating.run(migrating.every_step, folder, server, timeout=3600)
    problems = [str(trial) for trial in migrating.problems(trials)]
    missed = len(migrating.every_step()) - len(trials)
    outcome = Outcome({"lost": problems} if problems or missed else {}, 0, {}, "")
    return (f"each migration killed before and after every statement{' on PostgreSQL' if server else ''}",
            f"{len(trials)} kills, {len(problems) + missed} not finished by the next start", outcome)


def _postgres() -> str:
    server = postgres.server()
    if server is None:
        raise click.ClickException(f"no PostgreSQL: {postgres.reason}")
    return server.database()


ALL: dict[str, Callable[[Path, int], Row]] = {
    "kill": kill, "sigterm": sigterm, "postgres": kill_on_postgres, "backends": backends, "slow": slow,
    "half-open": half_open, "herd": come_back, "herd-workers": come_back_to_workers, "missed": missed, "backup": backup,
    "worker": worker, "webhook": webhook, "rolling": rolling, "bus": functools.partial(bus, "kill"),
    "without-bus": without_bus, "bus-paused": functools.partial(bus, "pause"), "restart": restart,
    "migrations": functools.partial(migrations, str),
    "migrations-postgres": functools.partial(migrations, lambda: postgres.required().url),
    **{what.__name__: functools.partial(trouble, what) for what in network.TROUBLES},
}


@click.command()
@click.option("--kills", default=20, show_default=True, help="How often the server is killed; the rest follows it.")
@click.argument("faults", nargs=-1, type=click.Choice(list(ALL)))
def main(kills: int, faults: tuple[str, ...]) -> None:
    """Run FAULTS, or all of them, and print a table; fail if anything was lost, duplicated, reordered or missed."""
    bad = False
    click.echo("| fault | measured | messages | " + ", ".join(KINDS) + " |\n| --- | --- | --- | --- |")
    for name in faults or ALL:
        with tempfile.TemporaryDirectory(prefix="hubbub-faults-") as folder:
            what, figures, outcome = ALL[name](Path(folder), kills)
        counts = ", ".join(str(len(outcome.faults.get(kind, ()))) for kind in KINDS)
        click.echo(f"| {what} | {figures} | {outcome.messages:,} | {counts} |")
        for kind, words in outcome.faults.items():
            bad = True
            click.echo("\n".join(f"    {kind}: {word}" for word in words[:10]), err=True)
    sys.exit(bad)


if __name__ == "__main__":
    main()
