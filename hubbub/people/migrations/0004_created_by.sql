-- Plain names: who created a link.
alter table invite rename column maker to created_by;
