-- Votes, and which polls are closed; a poll's question and options are in its message.
create table poll_vote (
  channel text not null,
  seq bigint not null,       -- of the message
  person bigint not null,
  option bigint not null,    -- 0, 1, 2 … as in the message
  primary key (channel, seq, person)
);

create table poll_closed (
  channel text not null,
  seq bigint not null,
  primary key (channel, seq)
);
