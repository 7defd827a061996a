-- The channel of a person's state is user:<id> instead of own:<id>, and a room that they left is `room_left` there.
insert into channel (name, head, n) select 'user:' || substr(name, 5), head, n from channel where name like 'own:%';
update entry set channel = 'user:' || substr(channel, 5), kind = case kind when 'gone' then 'room_left' else kind end
  where channel in (select name from channel where name like 'own:%');
update cursor set channel = 'user:' || substr(channel, 5) where channel like 'own:%';
delete from channel where name like 'own:%';
