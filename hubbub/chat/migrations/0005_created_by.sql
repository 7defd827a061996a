-- Plain names: who created a room, and who banned a person from it.
alter table room rename column maker to created_by;
alter table room_ban rename column maker to banned_by;
