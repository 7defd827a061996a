-- Alarms: urgent notifications that ring again until somebody acknowledges them.
create table alarm (
  id {identity},
  author bigint not null,
  key text not null,               -- of the cause, as in its notifications
  channel text not null,           -- the message that it is about; empty for none
  seq bigint not null,
  cause text not null,             -- JSON, for those who are asked later; empty once it is over
  at double precision not null,
  asks bigint not null default 0,  -- the group of the on-call list that is asked
  step bigint not null default 0,  -- the last step that was asked
  step_at double precision,        -- when the next step is asked
  rings bigint not null default 0, -- how often it has rung again in this step
  ring_at double precision,        -- when it rings again
  acknowledged bigint,             -- by whom
  acknowledged_at double precision,
  unique (author, key)
);
create index alarm_about on alarm (channel, seq);

create table alarm_step (
  alarm bigint not null references alarm (id),
  nth bigint not null,
  at double precision not null,
  people text not null,            -- JSON; empty for the end, when nobody is left to ask
  primary key (alarm, nth)
);

alter table notification add column alarm bigint not null default 0;
alter table notification add column rang bigint not null default 0;  -- the entry by which it rang again last
create index notification_alarm on notification (alarm) where alarm > 0;
