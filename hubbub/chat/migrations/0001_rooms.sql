-- Rooms, who is in them, and what each person has begun to write.  The Lobby is everybody's and has no member rows.
create table room (
  id {identity},
  kind text not null,        -- lobby, public, private, announcement, direct
  name text not null default '',
  topic text not null default '',
  people text,               -- who a direct room is between: sorted ids, "3,7"
  maker bigint not null,
  since double precision not null,
  archived double precision,
  key text                   -- the maker's own, so that a repeated request makes no second room
);
create unique index room_key on room (maker, key);
create unique index room_people on room (people);
create unique index room_name on room (lower(name))
  where kind in ('lobby', 'public', 'announcement') and archived is null;
insert into room (kind, name, topic, maker, since) values ('lobby', 'Lobby', 'Open to everybody here', 0, 0);

create table member (
  room bigint not null references room (id),
  person bigint not null references person (id),
  role text not null,        -- member, admin
  since double precision not null,
  primary key (room, person)
);
create index member_person on member (person);

create index cursor_person on cursor (person);

create table room_ban (
  room bigint not null references room (id),
  person bigint not null references person (id),
  maker bigint not null,
  since double precision not null,
  primary key (room, person)
);

create table draft (
  person bigint not null,
  channel text not null,
  thread bigint not null,    -- seq of the thread's root; 0: the room itself
  text text not null,
  version bigint not null,
  at double precision not null,
  primary key (person, channel, thread)
);
