-- People, and the secrets by which they are known again (only their hashes).
create table person (
  id {identity},
  name text not null,
  kind text not null,
  since double precision not null
);

create table sign_in (
  token text primary key,
  person bigint not null references person (id),
  since double precision not null
);

insert into person (id, name, kind, since) values (0, 'Hubbub', 'system', 0);
