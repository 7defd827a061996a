-- Plain names: who created a feed.
alter table feed rename column maker to created_by;
