-- One table of what reaches a person's inbox beyond the usual: levels of rooms, muted threads, keywords, people, documents.
create table rule (
  person bigint not null,
  kind text not null,        -- room, thread, keyword, person, priority, document
  channel text not null,     -- where it applies; empty: everywhere
  root bigint not null,      -- the thread; 0: no thread
  word text not null,        -- the keyword
  about bigint not null,     -- the person who writes, or the least priority
  level text not null,       -- of a room: everything, mentions, nothing, hidden; of a thread: muted
  since double precision not null,
  primary key (person, kind, channel, root, word, about)
);
create index rule_channel on rule (channel, kind);
create index rule_kind on rule (kind);
insert into rule (person, kind, channel, root, word, about, level, since)
  select person, 'room', channel, 0, '', 0, level, 0 from level;
drop table level;

-- Changes with every rule that messages are matched with, so that each node knows when to compile them again.
create table rule_version (
  kind text primary key,
  version bigint not null
);
