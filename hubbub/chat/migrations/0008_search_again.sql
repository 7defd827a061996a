-- How a message was indexed: those before 2 are indexed again, in pages, once the server runs.
alter table searchable add column folding bigint not null default 1;
create index searchable_outdated on searchable (id) where folding < 2;
