-- Status cards: messages that their hook changes in place.  A resolved one stays as it is: its key begins a new one.
alter table hook_message add column resolved double precision;

create table hook_card (
  channel text not null,
  seq bigint not null,
  shown text not null,       -- JSON: the attachment as it is now
  primary key (channel, seq)
);
