-- Plain names: who created a document, and who changed it last.
alter table document rename column maker to created_by;
alter table document rename column changer to changed_by;
