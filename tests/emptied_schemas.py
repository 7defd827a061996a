"""PostgreSQL schemas that tests use one after the other: emptied in 3 ms, where creating one takes a hundred."""

import contextlib

import psycopg

from hubbub.core.db import migrate
from hubbub.core.db.postgres import Postgres
from tests.kept_connections import KeptConnections

# A function for each schema: its statements are not dynamic, so PostgreSQL keeps their plans.
EMPTY = """
create function {functions}.empty_{used}() returns void language plpgsql set search_path = {used}
  set session_replication_role = replica set lock_timeout = '2s' as $$ begin {statements} end $$"""
EMPTY_TABLE = "if pg_relation_size('{used}.{table}') > 0 then delete from {table}; end if;"
FILL_TABLE = """
if exists ((table {table} except table {pristine}.{table}) union all (table {pristine}.{table} except table {table}))
then
  delete from {table};
  insert into {table} ({columns}) overriding system value select {columns} from {pristine}.{table};
end if;"""
RESET_SEQUENCE = "perform setval('{used}.{sequence}', {last_value}, {is_called});"
RELATIONS = """
select relname, pg_relation_size(oid) > 0 from pg_class
  where relnamespace = %(schema)s::regnamespace and relkind = %(kind)s order by oid"""
COLUMNS = """
select string_agg(attname, ', ') from pg_attribute
  where attrelid = %(table)s::regclass and attnum > 0 and attgenerated = ''"""
COUNT_CHANGES = """
create sequence {functions}.changes;
create function {functions}.count_change() returns event_trigger language plpgsql security definer as
  $$ begin perform nextval('{functions}.changes'); end $$;
create event trigger count_change_{functions} on ddl_command_end execute function {functions}.count_change()"""
DROP_OTHERS = """
create function {functions}.drop_others(used text) returns void language plpgsql set lock_timeout = '2s' as $$
declare name text;
begin
  for name in select relname from pg_class where relnamespace = used::regnamespace and relkind = 'r' and relname not in
      (select relname from pg_class where relnamespace = '{pristine}'::regnamespace) loop
    execute format('drop table %I.%I', used, name);
  end loop;
end $$"""
STRUCTURE = """
select md5(string_agg(row::text, ' ' order by row::text)) from (
  select relname, relkind::text, attname, atttypid, attnotnull
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = %(schema)s::regnamespace and relkind in ('r', 'v', 'i', 'S') and attnum > 0
  union all select conname, contype::text, '', 0, convalidated from pg_constraint
    where connamespace = %(schema)s::regnamespace
  union all select tgname, relname, '', 0, false from pg_trigger join pg_class on tgrelid = pg_class.oid
    where relnamespace = %(schema)s::regnamespace and not tgisinternal
  union all select proname, '', '', 0, false from pg_proc where pronamespace = %(schema)s::regnamespace
) row"""


class EmptiedSchemas:
    """Schemas that have every table of the product, and the rows of a new database only."""

    def __init__(self, server):
        self.server = server
        self.free = []
        self.connections = KeptConnections()
        self.pristine = self.pristine_address = self.functions = ""
        self.structure = []
        self.changes = {}  # of any structure when each was lent
        self.emptied = set()  # those that have a function

    def take(self):
        """Return the address of one."""
        if not self.pristine:
            self._prepare()
        address = self.server.address(self.free.pop()) if self.free else self.server.database()
        self.changes[address] = self._count_changes() if name_of(address) in self.emptied else None
        self.connections.keep(address)
        return address

    def give_back(self, address):
        """Empty one for the next test, without tables of this one, unless it changed others or still uses it."""
        schema = name_of(address)
        # A connection of a killed process may still have locks.
        with contextlib.suppress(psycopg.OperationalError, psycopg.errors.DependentObjectsStillExist):
            if self.changes[address] == self._count_changes() or self._has_structure(schema):
                self._empty(schema)
                self.free.append(schema)
                return
        self.connections.drop(address)

    def _prepare(self):
        self.pristine_address = self.server.database()
        engine = Postgres(self.pristine_address)
        migrate.run(engine)
        engine.close()
        self.pristine, self.functions = name_of(self.pristine_address), name_of(self.server.database())
        self.structure = self._structure(self.pristine)
        self._execute(COUNT_CHANGES)
        self._execute(DROP_OTHERS)
        self.connections.install()

    def _has_structure(self, schema):
        """Drop the tables that a test has added; return whether the schema has the tables of the product again."""
        self._execute("select {functions}.drop_others('{used}')", used=schema)
        return self._structure(schema) == self.structure

    def _empty(self, schema):
        if schema not in self.emptied:
            self._execute(EMPTY, used=schema, statements="\n".join(self._statements(schema)))
            self.emptied.add(schema)
        self._execute("select {functions}.empty_{used}()", used=schema)

    def _statements(self, schema):
        names = {"used": schema, "pristine": self.pristine}
        for table, is_filled in self._relations("r"):
            if is_filled:
                [[columns]] = self.server.execute(COLUMNS, {"table": f"{self.pristine}.{table}"})
                yield FILL_TABLE.format(table=table, columns=columns, **names)
            else:
                yield EMPTY_TABLE.format(table=table, **names)
        for sequence, _ in self._relations("S"):
            [[last_value, is_called]] = self.server.execute(
                f"select last_value, is_called from {self.pristine}.{sequence}")
            yield RESET_SEQUENCE.format(sequence=sequence, last_value=last_value, is_called=is_called, **names)

    def _relations(self, kind):
        return self.server.execute(RELATIONS, {"schema": self.pristine, "kind": kind}).fetchall()

    def _count_changes(self):
        return self._execute("select last_value, is_called from {functions}.changes").fetchall()

    def _structure(self, schema):
        return self.server.execute(STRUCTURE, {"schema": schema}).fetchall()

    def _execute(self, sql, **names):
        return self.server.execute(sql.format(functions=self.functions, pristine=self.pristine, **names))


def name_of(address):
    """Return the name of the schema at an address."""
    return address.rpartition("%3D")[2]
