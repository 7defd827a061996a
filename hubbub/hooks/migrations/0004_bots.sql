-- Bots that people create by name: accounts with the role `bot`, which act with tokens and outgoing webhooks.
create table bot (
  person bigint primary key references person (id),
  created_by bigint not null references person (id),
  since double precision not null
);
create index bot_created_by on bot (created_by);
