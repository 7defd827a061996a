-- The attempts to guess a password, counted for all nodes together.
create table guess (
  place text primary key,   -- the hash of the account or address: a typed handle may be a password
  count bigint not null,
  at double precision not null  -- of the last attempt
);
