-- Messages that a person saved for later.
create table saved (
  person bigint not null references person (id),
  channel text not null,
  seq bigint not null,
  at double precision,       -- null: not saved any more
  version bigint not null,
  primary key (person, channel, seq)
);
create index saved_at on saved (person, at) where at is not null;
