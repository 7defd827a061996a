-- The numbers of entries that were deleted: nobody has them unread (docs/decisions/0022).
create table uncounted (
  counter text not null,     -- a channel, or a series of numbers of its own within one, such as the replies of a thread
  n bigint not null,
  primary key (counter, n)
);
