-- Feeds: sources of ticks, the newest value of each symbol, candles, and what alerts people.
create table feed (
  name text primary key,
  title text not null,
  demo bigint not null default 0,
  maker bigint not null,
  since double precision not null,
  n bigint not null default 0  -- the number of the last tick that counted
);

create table symbol (
  name text primary key,
  feed text not null references feed (name),
  title text not null default '',
  since double precision not null,
  value double precision,
  at double precision,       -- event time of that value
  n bigint not null default 0
);
create index symbol_feed on symbol (feed);

create table candle (
  symbol text not null,
  resolution bigint not null,  -- seconds
  start bigint not null,       -- UTC seconds
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  first_at double precision not null,
  first_n bigint not null,
  last_at double precision not null,
  last_n bigint not null,
  ticks bigint not null,
  primary key (symbol, resolution, start)
);

create table alert (
  id {identity},
  person bigint not null references person (id),
  symbol text not null,
  level double precision not null,
  direction text not null,     -- above, below
  once bigint not null,
  side text not null,          -- where the value was seen last: above, below, or empty before the first
  fired bigint not null default 0,  -- how often
  at double precision,         -- when last
  active bigint not null default 1,
  since double precision not null
);
create unique index alert_same on alert (person, symbol, level, direction);
create index alert_symbol on alert (symbol) where active = 1;
