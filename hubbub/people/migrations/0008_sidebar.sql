-- How a person arranged their sidebar, the same on all their devices.
create table sidebar (
  person bigint not null references person (id),
  name text not null,        -- place/<channel>, section/<id>
  value text not null,       -- JSON; null: not arranged any more
  version bigint not null,
  primary key (person, name)
);
