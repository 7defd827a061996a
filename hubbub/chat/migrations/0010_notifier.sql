-- A consumer notifies of messages now: what is there already was notified of when it was posted.
insert into consumer_cursor (consumer, channel, seq)
  select 'message_notifications', name, head from channel where name like 'room:%';
