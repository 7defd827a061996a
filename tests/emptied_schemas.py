"""PostgreSQL schemas that tests use one after the other: emptied in 15 ms, where creating one takes a hundred."""

import contextlib

import psycopg

from hubbub.core.db import migrate
from hubbub.core.db.postgres import Postgres
from tests.kept_connections import KeptConnections

EMPTY = """
create or replace function pg_temp.empty(used text, pristine text) returns void language plpgsql as $$
declare
  name text;
  names text;
begin
  set local session_replication_role = replica;
  set local lock_timeout = '2s';
  for name in select relname from pg_class where relnamespace = used::regnamespace and relkind = 'r'
      and pg_relation_size(oid) > 0 loop
    execute format('delete from %I.%I', used, name);
  end loop;
  for name in select relname from pg_class where relnamespace = pristine::regnamespace and relkind = 'r'
      and pg_relation_size(oid) > 0 loop
    select string_agg(quote_ident(attname), ', ') into names from pg_attribute
      where attrelid = format('%I.%I', pristine, name)::regclass and attnum > 0 and attgenerated = '';
    execute format('insert into %I.%I (%s) overriding system value select %s from %I.%I', used, name, names, names,
      pristine, name);
  end loop;
  for name in select relname from pg_class where relnamespace = used::regnamespace and relkind = 'S' loop
    execute format('select setval(%L, last_value, is_called) from %I.%I', format('%I.%I', used, name), pristine, name);
  end loop;
end $$"""
DROP_OTHERS = """
create or replace function pg_temp.drop_others(used text, pristine text) returns void language plpgsql as $$
declare name text;
begin
  set local lock_timeout = '2s';
  for name in select relname from pg_class where relnamespace = used::regnamespace and relkind = 'r' and relname not in
      (select relname from pg_class where relnamespace = pristine::regnamespace) loop
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
        self.pristine = self.pristine_address = ""
        self.structure = []

    def take(self):
        """Return the address of one."""
        if not self.pristine:
            self._prepare()
        address = self.server.address(self.free.pop()) if self.free else self.server.database()
        self.connections.keep(address)
        return address

    def give_back(self, address):
        """Empty one for the next test, without tables of this one, unless it changed others or still uses it."""
        schema = address.rpartition("%3D")[2]
        # A connection of a killed process may still have locks.
        with contextlib.suppress(psycopg.OperationalError, psycopg.errors.DependentObjectsStillExist):
            self.server.execute(f"select pg_temp.drop_others('{schema}', '{self.pristine}')")
            if self._structure(schema) == self.structure:
                self.server.execute(f"select pg_temp.empty('{schema}', '{self.pristine}')")
                self.free.append(schema)
                return
        self.connections.drop(address)

    def _prepare(self):
        self.pristine_address = self.server.database()
        engine = Postgres(self.pristine_address)
        migrate.run(engine)
        engine.close()
        self.pristine = self.pristine_address.rpartition("%3D")[2]
        self.structure = self._structure(self.pristine)
        self.server.execute(EMPTY)
        self.server.execute(DROP_OTHERS)
        self.connections.install()

    def _structure(self, schema):
        return self.server.execute(STRUCTURE, {"schema": schema}).fetchall()
