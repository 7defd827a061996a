-- Log consumers: how far each has read each channel, and which node runs a consumer or a periodic job.
create table consumer_cursor (
  consumer text not null,
  channel text not null,
  seq bigint not null,
  primary key (consumer, channel)
);

create table consumer_lease (
  name text primary key,     -- of the consumer or job
  holder text not null,      -- the node that took it last
  fence bigint not null,     -- grows each time another node takes it
  until double precision not null
);
