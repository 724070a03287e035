-- Keys over time: how many `key` records the log holds (evidence/log.py compares), and an index that finds them.
alter table head add column key_epoch integer not null default 0;
create index entry_key on entry (idx) where type = 'key';
