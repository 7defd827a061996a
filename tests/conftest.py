from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import argon2
import hypothesis
import pytest
from werkzeug.routing import Rule

from hubbub.core import access, db
from hubbub.files import images
from hubbub.people import passwords
from tests import postgres
from tests.nodes import open_node
from tests.running_app import RunningApp

# The same examples in every run, so that no test fails by chance; --hypothesis-profile=explore tries others.
hypothesis.settings.register_profile("steady", derandomize=True, database=None)
hypothesis.settings.register_profile("explore", derandomize=False)
hypothesis.settings.load_profile("steady")

# The passwords of tests need no protection: their hashes are cheap, and a busy machine does not delay them.
REAL_HASHER = passwords.HASHER
passwords.HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._at_low_priority = lambda work: work()
images.SECONDS = 100  # the children that shrink pictures have little of a busy machine


def compile_builders_once():
    """Keep what Werkzeug compiles of each rule: three quarters of the time that `create_app` takes."""
    compile_builder, compiled = Rule._compile_builder, {}

    def remembered(rule, append_unknown=True):
        key = rule.rule, repr(rule.defaults), rule.host, rule.subdomain, append_unknown
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered


compile_builders_once()


@pytest.fixture
def real_hasher(monkeypatch):
    """Hash passwords as a server does."""
    monkeypatch.setattr(passwords, "HASHER", REAL_HASHER)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """An empty database of each kind; its address is "" for SQLite."""
    url = ""
    if request.param == "postgres":
        if postgres.server() is None:
            pytest.skip(f"no PostgreSQL: {postgres.reason}")
        url = postgres.server().database()
    open_node(tmp_path, url)
    yield url
    db.close()


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
    url = ""
    if request.param == "postgres":
        if postgres.server() is None:
            pytest.skip(f"no PostgreSQL: {postgres.reason}")
        url = postgres.server().database()
    app = RunningApp(tmp_path, url)
    yield app
    app.close()
