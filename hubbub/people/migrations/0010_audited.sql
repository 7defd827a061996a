-- Tokens of assistants: each of their requests is in the audit log.
alter table sign_in add column audited bigint not null default 0;
