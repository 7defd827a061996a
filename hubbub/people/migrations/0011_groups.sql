-- Groups of people with a handle of their own, such as @oncall; no person has the same handle.
create table people_group (
  id {identity},
  handle text not null unique,
  name text not null,
  since double precision not null
);

create table group_member (
  group_id bigint not null references people_group (id),
  person bigint not null references person (id),
  primary key (group_id, person)
);
create index group_member_person on group_member (person);
