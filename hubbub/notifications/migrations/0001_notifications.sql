-- What people are told of, how loud each channel is to each of them, and where their browsers are pushed to.
create table notification (
  person bigint not null,
  seq bigint not null,       -- of its entry in inbox:<person>
  channel text not null,     -- what it is about: an entry there; empty for nothing
  target bigint not null,
  root bigint not null,      -- the thread that must be read to settle it; 0: reading the channel does
  settled double precision,
  primary key (person, seq)
);
create index notification_open on notification (person, channel, root, target) where settled is null;
create index notification_about on notification (channel, target);

create table level (
  person bigint not null,
  channel text not null,
  level text not null,       -- everything, mentions, nothing
  primary key (person, channel)
);
create index level_channel on level (channel);

create table push_subscription (
  id {identity},
  person bigint not null references person (id),
  sign_in text not null,
  endpoint text not null unique,
  p256dh text not null,
  auth text not null,
  origin text not null default '',  -- of the page: whom a push service may turn to
  since double precision not null,
  seq bigint not null,       -- up to which entry of inbox:<person> it has been served
  failures bigint not null default 0
);
create index push_subscription_person on push_subscription (person);
