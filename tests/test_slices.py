"""Slices: their order, and updating a database from before slices, which becomes the same as a new one."""

import re
from dataclasses import replace

import pytest

from hubbub import slices
from hubbub.core import db
from hubbub.core.db import migrate, sqlite
from hubbub.slices import Slice
from tests import postgres

OLD_LEDGER = "create table migration (number bigint primary key, name text not null, at double precision not null)"


def before_slices(engine, up_to=10):
    """Make a database as the last version without slices did, up to one of its migrations."""
    known = {step.id: step for step in migrate.steps(engine.dialect)}
    engine.begin()
    engine.script(OLD_LEDGER)
    for number, id in migrate.BEFORE_SLICES.items():
        if number <= up_to:
            sql = known[id].sql
            for token, type in engine.types.items():
                sql = sql.replace(f"{{{token}}}", type)
            engine.script(sql)
            engine.execute("insert into migration (number, name, at) values (:number, :name, 5.5)",
                           {"number": number, "name": f"{number:04}_x.sql"})
    engine.script("insert into channel (name, head, n) values ('room:1', 7, 7)")
    engine.commit()


def schema(engine):
    """Return the tables, columns and indexes of a database."""
    if engine.dialect == "sqlite":
        rows = engine.execute("select type, name, sql from sqlite_master", {})
        return {(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows}
    columns = engine.execute(
        "select table_name, column_name, data_type, is_nullable, column_default, is_identity "
        "from information_schema.columns where table_schema = current_schema()", {})
    made = engine.execute("select tablename, indexdef from pg_indexes where schemaname = current_schema()", {})
    return {*columns, *((table, re.sub(r" ON \w+\.", " ON ", sql)) for table, sql in made)}


@pytest.fixture(params=["sqlite", "postgres"])
def make_engine(request, tmp_path):
    """Return a function that makes an engine on an empty database."""
    engines = []

    def make():
        if request.param == "sqlite":
            folder = tmp_path / str(len(engines))
            folder.mkdir()
            engines.append(sqlite.SQLite(folder / "hubbub.db"))
        else:
            from hubbub.core.db.postgres import Postgres
            engines.append(Postgres(postgres.database()))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.mark.parametrize("up_to", [1, 7, 10])
def test_a_database_from_before_slices_becomes_the_same_as_a_new_one(make_engine, up_to):
    fresh, updated = make_engine(), make_engine()
    before_slices(updated, up_to)

    migrate.run(fresh)
    migrate.run(updated)

    assert schema(updated) == schema(fresh)
    ledger = "select slice, number from schema_migration order by slice, number"
    assert updated.execute(ledger, {}) == fresh.execute(ledger, {})
    assert updated.execute("select head from channel", {}) == [(7,)]


def test_a_copy_is_kept_before_the_ledger_is_replaced(tmp_path):
    engine = sqlite.SQLite(tmp_path / "hubbub.db")
    before_slices(engine)

    migrate.run(engine)
    migrate.run(engine)
    engine.close()

    [copy] = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("before-core-0002-")


def test_a_database_from_before_slices_with_an_unknown_migration_is_refused(tmp_path):
    engine = sqlite.SQLite(tmp_path / "hubbub.db")
    before_slices(engine)
    engine.begin()
    engine.execute("insert into migration (number, name, at) values (11, '0011_x.sql', 0)", {})
    engine.commit()

    with pytest.raises(db.Unusable, match="newer Hubbub"):
        migrate.run(engine)

    assert "schema_migration" not in engine.tables()
    engine.close()


def test_tables_of_a_slice_that_is_not_installed_are_left_alone(database, tmp_path, caplog):
    with db.transaction() as tx:
        tx.execute("insert into schema_migration (slice, number, name, at) values ('gone', 1, 'x', 0)")

    migrate.run(db.state().engine)

    assert "slices that are not installed: gone" in caplog.text


@pytest.fixture
def install():
    """Install other slices for one test."""
    before, folders = list(slices.installed), dict(migrate._folders)
    yield slices.install
    slices.installed[:] = before
    migrate._folders.clear()
    migrate._folders.update(folders)


def test_slices_come_after_those_they_require(install):
    a, b, c = Slice(name="a", package="hubbub", requires=("c", "b")), Slice(name="b", package="hubbub"), Slice(
        name="c", package="hubbub", requires=("b",))

    install([a, b, c])

    assert [one.name for one in slices.installed if one in (a, b, c)] == ["b", "c", "a"]


def test_a_missing_or_circular_requirement_is_an_error(install):
    a = Slice(name="a", package="hubbub", requires=("b",))

    with pytest.raises(RuntimeError, match="a requires b, which is not installed"):
        install([a])
    with pytest.raises(RuntimeError, match="require each other: a → b → a"):
        install([a, replace(a, name="b", requires=("a",))])


def test_migrations_are_applied_in_the_order_of_the_slices():
    order = [step.slice for step in migrate.steps("sqlite")]

    assert list(dict.fromkeys(order)) == ["core", *(one.name for one in slices.installed if one.name in order)]
