-- The inbox shows notifications by conversation, and snoozed ones come back.
alter table notification add column conversation text not null default '';
alter table notification add column cause text not null default '';
alter table notification add column snoozed double precision;             -- until when it is not shown
alter table notification add column returned bigint not null default 0;   -- 1: it was snoozed until a time, and so only
                                                                          -- they mark it as read, not reading the channel
update notification set cause = (select case
    when data like '{"cause":"mention"%' then 'mention' when data like '{"cause":"direct"%' then 'direct'
    when data like '{"cause":"reply"%' then 'reply' when data like '{"cause":"message"%' then 'message'
    when data like '{"cause":"document"%' then 'document' when data like '{"cause":"alert"%' then 'alert'
    else 'script' end from entry where entry.channel = 'inbox:' || notification.person
    and entry.seq = notification.seq)
  where exists (select 1 from entry where entry.channel = 'inbox:' || notification.person
    and entry.seq = notification.seq);
update notification set conversation = case when root > 0 then channel || '#' || root
    when channel <> '' then channel else cause || ':' || (select author from entry
      where entry.channel = 'inbox:' || notification.person and entry.seq = notification.seq) end
  where root > 0 or channel <> '' or exists (select 1 from entry where entry.channel = 'inbox:' || notification.person
    and entry.seq = notification.seq);
create index notification_unread on notification (person, conversation, seq, cause)
  where read is null and snoozed is null;
create index notification_snoozed on notification (person, snoozed) where read is null and snoozed is not null;
