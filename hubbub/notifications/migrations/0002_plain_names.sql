-- Plain names: a notification is read instead of settled, and its message deleted instead of gone.
alter table notification rename column settled to read;
update entry set kind = case kind when 'settled' then 'read' else kind end,
    data = replace(data, '"gone":true}', '"deleted":true}')
  where channel in (select name from channel where name like 'inbox:%')
  and (kind = 'settled' or kind = 'notification' and data = '{"gone":true}');
