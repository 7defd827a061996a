-- Changes of rights and settings that every node must act on, numbered in the order of their commits.  Row 0 is locked
-- by a transaction that adds one; its message is the random name of this installation, which its nodes use on the bus.
create table rights_change (
  seq bigint primary key,
  node text not null,        -- the node that made the change, and has acted on it
  at double precision not null,
  message text not null      -- as nodes send it to each other
);
insert into rights_change (seq, node, at, message) values (0, '', 0, '');
