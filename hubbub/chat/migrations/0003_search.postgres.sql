-- What can be searched: each message's words as they are now, folded, and what it has.
create table searchable (
  id {identity},
  channel text not null,
  room bigint not null,
  seq bigint not null,
  author bigint not null,
  at double precision not null,
  root bigint not null,      -- the thread it is in; 0: none
  has text not null,         -- " link file image code " …
  words text not null,
  lexemes tsvector not null, -- of the words as they are, past PostgreSQL's own parser
  unique (channel, seq)
);
create index searchable_author on searchable (author, id);
create index searchable_room on searchable (room, id);
create index searchable_index on searchable using gin (lexemes);
