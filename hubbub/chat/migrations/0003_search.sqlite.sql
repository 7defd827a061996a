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
  unique (channel, seq)
);
create index searchable_author on searchable (author, id);
create index searchable_room on searchable (room, id);
create virtual table searchable_index using fts5 (words, content='searchable', content_rowid='id',
  tokenize='ascii', prefix='1 2');  -- the words are folded already
