-- The version of the code that made the previews; older ones are made again.
alter table file add column previews bigint not null default 0;
create index file_previews on file (previews) where width > 0;
