-- What is searched: the title and the text of each document, folded line by line; the consumer `document_texts` keeps it.
create table document_text (
  document bigint primary key references document (id),
  title text not null,       -- folded
  lines text not null,       -- folded
  text text not null         -- as written, for the lines around a match
);
insert into document_text (document, title, lines, text) select id, lower(title), '', '' from document;
