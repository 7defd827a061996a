-- Incoming webhooks: addresses to which other programs post messages of a room, each with an account that writes them.
create table hook (
  id {identity},
  secret text not null unique,  -- only its hash
  room bigint not null references room (id),
  person bigint not null references person (id),  -- the bot that is the author of its messages
  name text not null,
  icon text not null,        -- an emoji; empty: initials
  locked bigint not null,    -- 1: a payload cannot name another room
  created_by bigint not null,
  since double precision not null,
  received bigint not null default 0  -- requests so far
);
create index hook_room on hook (room);

-- The last requests of each hook: the newest one takes the place of the oldest.
create table hook_delivery (
  hook bigint not null,
  slot bigint not null,
  n bigint not null,         -- 1, 2, 3 … of the hook
  at double precision not null,
  status bigint not null,    -- of the answer: 200, 400, 429 …
  error text not null,       -- as it was answered; empty: posted
  body text not null,        -- how it began
  primary key (hook, slot)
);

-- The messages that a hook can find again by its own keys: roots of threads.
create table hook_message (
  hook bigint not null,
  channel text not null,
  key text not null,
  seq bigint not null,
  primary key (hook, channel, key)
);
create index hook_message_seq on hook_message (channel, seq);
