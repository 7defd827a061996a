-- Topics: names that people subscribe to, and to which programs publish.
create table topic (
  id {identity},
  name text not null unique,
  created_by bigint not null references person (id),
  since double precision not null,
  open bigint not null       -- 1: every member may publish and subscribe; 0: the people in topic_person
);

create table topic_person (
  topic bigint not null references topic (id),
  person bigint not null references person (id),
  subscribed bigint not null,
  muted bigint not null,     -- 1: nothing comes to the inbox
  least bigint not null,     -- the lowest priority that comes to the inbox, 1 to 5
  primary key (topic, person)
);
create index topic_person_person on topic_person (person);

-- What was published, and what will be: a delayed publication is due later.
create table publication (
  id text primary key,
  author bigint not null references person (id),
  topics text not null,      -- as they were addressed
  sequence text not null,    -- under which its author changes it; the id, if they chose none
  at double precision not null,
  due double precision,      -- null once it is published
  withdrawn double precision,
  problem text not null,     -- the id of the string, if it could not be published when it was due
  revision bigint not null,
  data text not null
);
create unique index publication_sequence on publication (author, topics, sequence) where withdrawn is null;
create index publication_due on publication (due) where due is not null;
create index publication_author on publication (author, at);

-- Where a publication is, besides inboxes: entries of topics and messages in rooms.
create table publication_part (
  publication text not null references publication (id),
  channel text not null,
  seq bigint not null,
  primary key (publication, channel)
);
create index publication_part_channel on publication_part (channel, seq);

-- Actions that somebody carried out: each once for each person.
create table publication_press (
  publication text not null references publication (id),
  revision bigint not null,
  action bigint not null,
  person bigint not null,
  at double precision not null,
  status bigint not null,    -- of the answer; 0: none, -1: a private address, -2: on its way
  primary key (publication, revision, action, person)
);
