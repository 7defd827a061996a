from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import functools
import os
import sqlite3

import argon2
import hypothesis
import pytest

from hubbub import cli
from hubbub.chat import create_room
from hubbub.core import access, db
from hubbub.core.db import migrate
from hubbub.core.db import postgres as postgres_database
from hubbub.core.db import sqlite as sqlite_database
from hubbub.files import images
from hubbub.people import links, passwords
from hubbub.web import other_versions
from tests import forks, many_writers, postgres
from tests.nodes import open_node
from tests.running_app import RunningApp
from tests.running_cluster import RunningCluster
from tests.shared_routes import share_routes
from tests.simulated_bus import open_nodes

# The same examples in every run, so that no test fails by chance; --hypothesis-profile=explore tries others.
hypothesis.settings.register_profile("steady", derandomize=True, database=None)
hypothesis.settings.register_profile("explore", derandomize=False)
hypothesis.settings.load_profile("steady")

# Most tests watch, or fail, the commits of one lane; test_many_writers.py has as many as a server.
postgres_database.LANES = 1
sqlite_database.READERS = 1  # each reads the schema once, which takes a test longer than what it reads

# The passwords of tests need no protection: their hashes are cheap, and a busy machine does not delay them.
REAL_HASHER = passwords.HASHER
passwords.HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._at_low_priority = lambda work: work()
other_versions.pack, pack_files = lambda files: {}, other_versions.pack  # only test_page_versions_cluster.py needs them
REAL_QR_CODE, PICTURE = links.qr_code, links.qr_code("https://chat.example/join#secret")
links.qr_code = lambda url: PICTURE  # drawing one takes 6 ms, and most tests look at none
images.SECONDS = 100  # the children that shrink pictures have little of a busy machine
REAL_SUBPROCESS = images.subprocess
if forks.ADDRESS in os.environ:
    images.subprocess = forks.Subprocess


share_routes()


def migrate_at_once():
    """Migrate an empty database in one step: SQLite by a copy of a migrated one, PostgreSQL in one transaction."""
    run, read_steps = migrate.run, migrate.steps

    @functools.cache
    def steps_of(dialect, folders):
        return read_steps(dialect)

    def all_steps(dialect):
        return list(steps_of(dialect, tuple(migrate._folders.items())))

    @functools.cache
    def script(dialect, types, slices):
        parts = [migrate.LEDGER]
        for step in migrate.steps(dialect):
            row = f"'{step.slice}', {step.number}, '{step.name}', 0"
            parts += [step.sql.strip().removesuffix(";"), f"insert into schema_migration values ({row})"]
        sql = ";\n".join(parts) + ";"
        for token, type in types:
            sql = sql.replace(f"{{{token}}}", type)
        return sql

    @functools.cache
    def migrated(sql):
        database = sqlite3.connect(":memory:")
        database.executescript(sql)
        return database

    def run_at_once(engine, only=None):
        if only is not None or migrate.steps is not all_steps or engine.tables():
            run(engine, only)
            return
        sql = script(engine.dialect, tuple(engine.types.items()), tuple(migrate._folders.items()))
        if engine.dialect == "sqlite":
            engine._writing.execute("pragma journal_mode = off")  # so that each page is written once
            migrated(sql).backup(engine._writing)
            engine._writing.execute("pragma journal_mode = wal")
        else:
            engine.begin()
            engine.script(sql)
            engine.commit()

    migrate.run, migrate.steps = run_at_once, all_steps


migrate_at_once()


def pytest_configure(config):
    """Let the processes of a parallel run share one fork server, also for the scripts of flask_fanout's tests."""
    if getattr(config.option, "numprocesses", None):
        os.environ[forks.ADDRESS] = forks.address()
        os.environ["FANOUT_PROGRAM"] = "tests.forks:Program"


def pytest_collection_finish():
    """Collect garbage as rarely as a server does, which takes a tenth off the time of the tests."""
    cli.tune_memory()


@pytest.fixture
def real_hasher(monkeypatch):
    """Hash passwords as a server does."""
    monkeypatch.setattr(passwords, "HASHER", REAL_HASHER)


@pytest.fixture
def real_qr_code(monkeypatch):
    """Draw QR codes as a server does."""
    monkeypatch.setattr(links, "qr_code", REAL_QR_CODE)


@pytest.fixture
def real_children(monkeypatch):
    """Shrink pictures in new interpreters, as a server does."""
    monkeypatch.setattr(images, "subprocess", REAL_SUBPROCESS)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """An empty database of each kind; its address is "" for SQLite."""
    with postgres.lent_or_sqlite(request.param) as url:
        open_node(tmp_path, url)
        yield url
        db.close()


@pytest.fixture
def network(tmp_path):
    """Three nodes over one PostgreSQL, joined by a simulated bus."""
    with postgres.lent() as url, open_nodes(tmp_path, url) as network:
        yield network


@pytest.fixture
def cluster(tmp_path):
    """Two nodes that serve on ports of their own, over one PostgreSQL."""
    with RunningCluster(tmp_path) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def rules():
    """Rules that a test registers end with it."""
    before = dict(access._rules)
    yield
    access._rules.clear()
    access._rules.update(before)


@pytest.fixture
def app(tmp_path):
    """A running Hubbub on SQLite."""
    app = RunningApp(tmp_path)
    yield app
    app.close()


@pytest.fixture
def connect_guest(app):
    """`connect_guest("ann")` is a guest with an open connection."""
    return app.connect_guest


@pytest.fixture(params=["sqlite", "postgres"])
def any_app(request, tmp_path):
    """A running Hubbub on each kind of database."""
    with postgres.lent_or_sqlite(request.param) as url:
        app = RunningApp(tmp_path, url)
        yield app
        app.close()


@pytest.fixture
def olga(any_app):
    """The connected owner of the server."""
    return any_app.set_up_owner()


@pytest.fixture
def ann(any_app, olga):
    """A connected member."""
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, ann):
    """Another member."""
    return any_app.connect_member("bob")


@pytest.fixture
def service():
    """A push service."""
    from tests.push_service import PushService  # loads cryptography, which few tests need

    service = PushService()
    yield service
    service.stop()


@pytest.fixture
def two_nodes(tmp_path, monkeypatch):
    """Two nodes over one PostgreSQL, with the lanes of a server."""
    monkeypatch.setattr(postgres_database, "LANES", 4)
    with postgres.lent() as url:
        nodes = many_writers.open_nodes(tmp_path, url)
        yield nodes
        many_writers.close_nodes(nodes)


@pytest.fixture
def team(two_nodes):
    """The ids of an owner and two members."""
    return two_nodes[0].run(many_writers.create_team)


@pytest.fixture
def team_room(two_nodes, team):
    """A private room of the team."""
    return two_nodes[0].run(create_room.create, team[0], "Plans", "private", "", team[1:], "r1").channel
