-- The time zone that a person's device was in last, for the local time on their card; empty while unknown.
alter table person add column zone text not null default '';
