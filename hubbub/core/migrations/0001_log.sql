-- Kept channels: entries numbered 1, 2, 3 … in each, and how far each person has read.
create table channel (
  name text primary key,
  head bigint not null,  -- seq of the newest entry
  n bigint not null      -- how many entries count as unread for somebody who has read none
);

create table entry (
  channel text not null references channel (name),
  seq bigint not null,
  n bigint not null,
  kind text not null,
  author bigint not null,
  at double precision not null,
  key text not null,
  data text not null,
  primary key (channel, seq),
  unique (channel, author, key)
);

create table cursor (
  channel text not null,
  person bigint not null,
  seq bigint not null,
  n bigint not null,
  version bigint not null,
  primary key (channel, person)
);
