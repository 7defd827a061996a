-- On-call lists: groups whose people are asked one after the other until somebody acknowledges.
create table oncall (
  group_id bigint primary key references people_group (id),
  plan text not null          -- JSON, see hubbub/people/oncall.py
);

-- Who takes over the first step of a list for a while.
create table oncall_override (
  id {identity},
  group_id bigint not null references people_group (id),
  person bigint not null references person (id),
  since double precision not null,
  until double precision not null
);
create index oncall_override_group on oncall_override (group_id, until);
