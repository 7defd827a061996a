-- How far the mentions of each document are known is the cursor of a consumer now.  Nothing reads document.scanned any
-- more; it stays for a server of the previous version beside this one.
insert into consumer_cursor (consumer, channel, seq)
  select 'document_mentions', 'doc:' || id, scanned from document where scanned > 0;
