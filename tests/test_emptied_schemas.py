"""A schema of PostgreSQL that several tests use, one after the other, is as good as new for each."""

import pytest

from hubbub.core import db
from tests import postgres
from tests.emptied_schemas import EmptiedSchemas
from tests.nodes import open_node


@pytest.fixture
def schemas():
    return EmptiedSchemas(postgres.required())


def content(address):
    """Return the rows of every table and the next values of every sequence."""
    with postgres.psycopg.connect(address) as connection:
        relations = connection.execute("select relname, relkind = 'S' from pg_class "
                                       "where relnamespace = current_schema()::regnamespace and relkind in ('r', 'S')")
        return {name: sorted(map(repr, connection.execute(
                    f"select {'last_value, is_called' if is_sequence else '*'} from {name}").fetchall()))
                for name, is_sequence in relations.fetchall()}


def use(address, folder, change=lambda: None):
    """Open a node, let someone in, and close it."""
    open_node(folder, address)
    change()
    db.close()


def let_somebody_in():
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('checked', '1')")
        tx.execute("insert into person (name, role, since) values ('Ann', 'guest', 1)")
        tx.execute("delete from schema_migration where number > 1")


def test_a_used_schema_is_like_a_new_one(schemas, tmp_path):
    new = schemas.take()
    use(new, tmp_path, let_somebody_in)
    assert content(new) != content(schemas.pristine_address)

    schemas.give_back(new)
    again = schemas.take()

    assert again == new
    assert content(again) == content(schemas.pristine_address)


@pytest.fixture
def lent_again(schemas, tmp_path):
    """A schema that another test has used."""
    address = schemas.take()
    use(address, tmp_path)
    schemas.give_back(address)
    assert schemas.take() == address
    return address


def test_a_schema_whose_tables_a_test_has_changed_is_not_used_again(schemas, lent_again, tmp_path):
    address = lent_again
    use(address, tmp_path, lambda: postgres.required().execute(
        f"alter table {address.rpartition('%3D')[2]}.setting add column more text"))

    schemas.give_back(address)

    assert schemas.take() != address


def test_a_schema_is_used_again_without_the_tables_that_a_test_has_added(schemas, lent_again, tmp_path):
    address = lent_again
    use(address, tmp_path, lambda: postgres.required().execute(
        f"create table {address.rpartition('%3D')[2]}.added (n int)"))

    schemas.give_back(address)

    assert schemas.take() == address
    assert content(address) == content(schemas.pristine_address)


def test_a_schema_in_which_a_killed_process_still_has_locks_is_not_used_again(schemas, tmp_path):
    address = schemas.take()
    use(address, tmp_path, let_somebody_in)
    with postgres.psycopg.connect(address) as connection:
        connection.execute("update setting set value = 'locked'")

        schemas.give_back(address)

    assert schemas.take() != address
