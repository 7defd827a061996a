-- The consumer of mentions starts where the previous scanner stopped.  Nothing reads document.scanned any more; the
-- column stays because dropping one rewrites the table on SQLite.
insert into consumer_cursor (consumer, channel, seq)
  select 'document_mentions', 'doc:' || id, scanned from document where scanned > 0;
