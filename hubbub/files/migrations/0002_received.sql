-- Plain names: how many bytes of an upload were received.
alter table file rename column arrived to received;
