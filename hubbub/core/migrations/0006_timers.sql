-- What must be done at a time, once in the cluster (hubbub/core/timers.py).
create table timer (
  id {identity},
  kind text not null,        -- which handler is called
  key text not null,
  due double precision not null,
  data text not null,        -- JSON
  at double precision not null,            -- when to call the handler, next: later than due after a claim or a failure
  claim text not null default '',          -- random, of the newest claim; empty once it is set again
  tries bigint not null default 0,
  unique (kind, key)
);
create index timer_at on timer (at);
