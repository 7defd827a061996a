-- How the page looks and behaves for a person, on all their devices: only what they chose.
create table preference (
  person bigint not null references person (id),
  name text not null,
  value text not null,
  version bigint not null,  -- the highest is the newest
  primary key (person, name)
);
