-- Where notifications reach a person: browsers, UnifiedPush and topics of ntfy, and e-mail.
alter table push_subscription add column kind text not null default 'browser';  -- or unifiedpush, ntfy: until removed
alter table push_subscription add column name text not null default '';
-- What it shows, as {"tag": seq of the newest notification}: closed there once it is read elsewhere.
alter table push_subscription add column shown text not null default '{}';

create table mail_address (
  person bigint primary key references person (id),
  address text not null,
  origin text not null,      -- of the page in which it was entered: for links
  language text not null,    -- of the browser, for those who have not chosen one
  asked double precision not null,  -- when the mail with the link to confirm it was sent
  confirmed double precision,
  mode text not null default 'mentions',  -- off, urgent, mentions, everything
  minutes bigint not null default 15,     -- how long a notification is unread before it is mailed, and between two mails
  seq bigint not null,       -- up to which entry of inbox:<person> it was mailed
  retry_at double precision not null default 0,
  failures bigint not null default 0,     -- in a row
  problem text not null default ''        -- why nothing is sent to it any more: the answer of its mail server
);
