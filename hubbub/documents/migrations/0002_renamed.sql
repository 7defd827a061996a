-- A document with another title is `renamed`, like a room, instead of `titled`.
update entry set kind = 'renamed'
  where kind = 'titled' and channel in (select name from channel where name like 'doc:%');
