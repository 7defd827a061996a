-- Accounts: a handle to sign in and be mentioned by, a role, a profile; sign-ins and tokens that can be listed; invites.
alter table person rename column kind to role;  -- owner, admin, member, guest; the system is of its own
alter table person add column handle text;
alter table person add column status text not null default '';
alter table person add column avatar text not null default '';  -- which picture; empty: initials
alter table person add column password text;  -- argon2id; null: cannot sign in by one
alter table person add column banned double precision;
update person set handle = 'guest-' || id where id > 0;
update person set handle = 'hubbub' where id = 0;
create unique index person_handle on person (handle);
create index person_leads on person (role) where role in ('owner', 'admin');

alter table sign_in add column kind text not null default 'browser';  -- or 'token': for scripts
alter table sign_in add column name text not null default '';  -- what its owner calls it, or the browser
alter table sign_in add column scope text not null default 'admin';  -- read, write, admin: each holds the one before
alter table sign_in add column address text not null default '';
alter table sign_in add column seen double precision not null default 0;
alter table sign_in add column until double precision;  -- null: until it is revoked
create index sign_in_person on sign_in (person);

create table invite (
  id {identity},
  secret text not null unique,  -- only its hash
  role text not null,
  room bigint,               -- where they come in, beside the Lobby
  person bigint,             -- null: somebody new; else who takes a new password by it
  uses bigint not null,      -- how often it can still be used
  until double precision,    -- null: no end
  maker bigint not null,
  since double precision not null
);

create table setting (
  name text primary key,
  value text not null
);
