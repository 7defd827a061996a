from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import pytest

from hubbub.core import access, db, hub
from tests import postgres
from tests.club import Listener
from tests.house import House


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """An empty database of each kind; its address is "" for SQLite."""
    url = ""
    if request.param == "postgres":
        if postgres.server() is None:
            pytest.skip(f"no PostgreSQL: {postgres.reason}")
        url = postgres.server().database()
    db.open(tmp_path, url)
    hub.encode, hub.spread = Listener.encode, hub.send_each
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
def house(tmp_path):
    """A running Hubbub on SQLite."""
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def sign_in(house):
    """`sign_in("ann")` is a guest with an open connection."""
    return house.sign_in


@pytest.fixture(params=["sqlite", "postgres"])
def any_house(request, tmp_path):
    """A running Hubbub on each kind of database."""
    url = ""
    if request.param == "postgres":
        if postgres.server() is None:
            pytest.skip(f"no PostgreSQL: {postgres.reason}")
        url = postgres.server().database()
    house = House(tmp_path, url)
    yield house
    house.close()
