-- Animated pictures: their previews stand still, and the page shows the original.
alter table file add column animated bigint not null default 0;
