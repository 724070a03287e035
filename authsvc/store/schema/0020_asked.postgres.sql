-- Whether the policy asked for witnesses when a time stamp was made: what an anchored record's proof leads to (evidence/states.py).
alter table anchor add column asked bigint not null default 0 check (asked in (0, 1));
