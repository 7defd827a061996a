-- A consumer notifies of edits to watched documents: it begins with those from now on.
insert into consumer_cursor (consumer, channel, seq)
  select 'document_watches', name, head from channel where name like 'doc:%';
