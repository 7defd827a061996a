-- Files: what was uploaded into a channel; the bytes lie in the data folder under the file's id.
create table file (
  id text primary key,       -- 128 random bits
  channel text not null,
  person bigint not null,
  name text not null,
  size bigint not null,      -- bytes, as announced
  arrived bigint not null,   -- bytes that are here
  type text not null default '',  -- by content, once all is here
  width bigint not null default 0,
  height bigint not null default 0,
  at double precision not null,
  ready double precision,    -- null: still arriving
  seq bigint                 -- the message it belongs to; null: none yet
);
create index file_person on file (person);
create index file_channel on file (channel, seq);
create index file_orphan on file (at) where seq is null;
