-- Outgoing webhooks: addresses of other programs, which are called with what happens in the rooms of a bot.
create table outgoing (
  id {identity},
  person bigint not null references person (id),  -- the bot that answers
  url text not null,
  secret text not null,      -- signs the requests, so it is stored as it is
  origin text not null,      -- the address of this server, for `response_url`
  room bigint,               -- null: all rooms of the bot
  trigger text not null,     -- mention, keyword, message, command
  word text not null,        -- keywords with commas, or the name of the command
  about text not null,       -- what the command does
  format text not null,      -- form, json
  since double precision not null,
  seq bigint not null default 0,     -- up to here, its channel outgoing:<id> was sent
  dropped bigint not null default 0  -- messages that were not sent because too many waited
);
create index outgoing_person on outgoing (person);
create unique index outgoing_command on outgoing (word) where trigger = 'command';

-- The requests to them, each an entry of outgoing:<id> that names it.
create table outgoing_call (
  id text primary key,       -- the same for each try
  outgoing bigint not null,
  seq bigint not null,
  kind text not null,        -- message, command, button, test
  channel text not null,
  message bigint not null,   -- the seq of the message that caused it; 0: none
  thread bigint not null,    -- the root of the thread in which it is answered; 0: none
  person bigint not null,    -- the person who caused it
  word text not null,        -- what triggered it
  text text not null,        -- of a command
  at double precision not null,
  state text not null,       -- waiting, done, failed
  tries bigint not null,
  status bigint not null,    -- of the response; 0: none
  error text not null,
  answer text not null,      -- how the response began
  replies bigint not null    -- later ones, by `response_url`
);
create index outgoing_call_state on outgoing_call (outgoing, state, seq);
