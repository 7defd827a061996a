-- How messages are now, where that differs from their entries; a message nobody touched has no row here.
create index entry_shown on entry (channel, seq)
  where kind in ('message', 'created', 'joined', 'left', 'renamed', 'topic', 'archived');

create table message (
  channel text not null,
  seq bigint not null,
  text text,                 -- null: as in the entry
  mentions text,             -- JSON; null: as in the entry
  edited double precision,
  deleted double precision,
  pinned double precision,
  pinner bigint,
  replies bigint not null default 0,
  newest_reply bigint not null default 0,
  replied double precision,
  faces text not null default '',  -- the first who replied, up to five ids
  primary key (channel, seq)
);
create index message_pinned on message (channel, pinned) where pinned is not null;

create table edit (
  channel text not null,
  target bigint not null,
  seq bigint not null,
  primary key (channel, target, seq)
);

create table reaction (
  channel text not null,
  seq bigint not null,
  emoji text not null,
  person bigint not null,
  at double precision not null,
  primary key (channel, seq, emoji, person)
);

create table reply (
  channel text not null,
  root bigint not null,
  seq bigint not null,
  nth bigint not null,       -- 1, 2, 3 … in its thread
  author bigint not null,
  primary key (channel, root, seq)
);

create table follower (
  channel text not null,
  root bigint not null,
  person bigint not null,
  seq bigint not null,       -- how far they have read the thread
  n bigint not null,         -- the nth of that reply
  version bigint not null,
  primary key (channel, root, person)
);
create index follower_person on follower (person);

create table mention (
  person bigint not null,    -- 0: everybody in the room
  channel text not null,
  seq bigint not null,
  primary key (person, channel, seq)
);
