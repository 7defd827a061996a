-- Messages and replies that were deleted before are not unread either.
insert into uncounted (counter, n) select entry.channel, entry.n from message
  join entry on entry.channel = message.channel and entry.seq = message.seq
  where message.deleted is not null and entry.kind = 'message';
insert into uncounted (counter, n) select reply.channel || '/' || reply.root, reply.nth from message
  join reply on reply.channel = message.channel and reply.seq = message.seq where message.deleted is not null;
