-- The origin that goes on from a sealed log, empty while it is not sealed; and in a successor, whom it goes on from, with
-- what its readers trusted of it (trust.json).
alter table head add column successor text not null default '';
create table predecessor (origin text primary key, trust blob not null, place integer not null) strict, without rowid;
