-- Who does the periodic work, and when it last said so (ms).
create table heartbeat (name text primary key, at integer not null) strict, without rowid;
