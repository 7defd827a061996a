-- The language of the browser, for those who have not chosen one.
alter table push_subscription add column language text not null default 'en';
