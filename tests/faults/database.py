"""Take the database away from a server while people write."""

from pathlib import Path

import psycopg

from tests.faults.world import RATE, Outcome, World

NAME = "hubbub-faults"
ENDED = f"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{NAME}'"


def terminated(folder: Path, database: str, rounds: int, rate: float = RATE) -> Outcome:
    """Terminate all connections of the server to PostgreSQL; count them and the refused messages."""
    with World(folder, rate, database=f"{database}&application_name={NAME}") as world, \
            psycopg.connect(database, autocommit=True) as admin:
        world.read()
        world.write()
        for _ in range(rounds):
            world.talk(150)
            world.note("ended", len(admin.execute(ENDED).fetchall()))
            world.talk(100)
            world.catch_up()
        outcome = world.settle()
        outcome.figures["refused"] = [sum(one.refused for writer in world.writers for one in writer.sent)]
        return outcome
