-- What was chosen once for a court package (checkpoint, seal, time stamp), sealed, so that it can be built again to the
-- same bytes.
create table package_choice (
    record_id text primary key,
    sealed blob not null
) strict, without rowid;
