-- How far the scrubber has read the log back: in which `part` ('' between two rounds), behind which entry (`place`) or row
-- (`after`) of it, over the `target` entries that the head had when the round began. `due`: a round was asked for.
-- `fault`: what the last whole round found, `found`: what this one has found so far; empty while nothing.
create table scrub (
    one integer primary key check (one = 1),
    part text not null, place integer not null, after text not null,
    target integer not null, root blob not null, frontier blob not null,
    due integer not null, finished_at integer not null, fault text not null, found text not null
) strict;
insert into scrub (one, part, place, after, target, root, frontier, due, finished_at, fault, found)
values (1, '', 0, '', 0, x'', x'', 1, 0, '', '');
-- Records whose values no source of a recovery had: their absence is known.
create table lost_value (record_id text primary key) strict;
