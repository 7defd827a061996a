-- Documents: what belongs to which room, the state up to some entry, and who types under which Yjs client.
create table document (
  id {identity},
  room text not null,        -- the channel whose rights it takes
  title text not null,
  maker bigint not null,
  since double precision not null,
  changed double precision not null,
  changer bigint not null,
  archived double precision,
  key text,                  -- the maker's own, so that a repeated request makes no second document
  scanned bigint not null default 0  -- up to which entry its mentions are known
);
create index document_room on document (room);
create unique index document_key on document (maker, key);

create table document_snapshot (
  document bigint primary key references document (id),
  seq bigint not null,       -- the state is true after this entry
  state text not null        -- base64 of a Yjs update
);

create table document_client (
  document bigint not null,
  client bigint not null,    -- Yjs' number of one editing session
  person bigint not null,
  primary key (document, client)
);

create table document_mention (
  document bigint not null,
  person bigint not null,
  primary key (document, person)
);
