-- The name as it is searched: without case and accents.  SQL cannot fold Unicode, so the next start fills it.
alter table room add column folded text not null default '';
update room set folded = 'lobby' where name = 'Lobby';
