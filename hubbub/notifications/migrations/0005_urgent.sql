-- Urgent notifications ring in quiet times, too.
alter table notification add column urgent bigint not null default 0;
