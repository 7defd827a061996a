-- What was imported from other programs, so that a further run adds only what is missing.
create table import_person (
  source text not null,      -- a workspace of another program: slack/T012AB3CD
  id text not null,          -- of the person there
  person bigint not null references person (id),
  email text not null,       -- in lower case; empty: unknown
  primary key (source, id)
);
create index import_person_email on import_person (email) where email <> '';
create index import_person_person on import_person (person);

create table import_room (
  id {identity},
  source text not null,
  name text not null,        -- the id of the room there
  room bigint not null references room (id),
  unique (source, name)
);

create table imported (
  room bigint not null references import_room (id),
  id text not null,          -- of a message there, or of a part of one: its edit, a reaction, a file, a pin
  seq bigint not null,       -- of its entry
  primary key (room, id)
);
