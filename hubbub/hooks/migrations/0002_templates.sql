-- How a hook turns JSON that nobody knows into a message: Markdown with {{ path.of.a.field }}.
alter table hook add column template text not null default '';
