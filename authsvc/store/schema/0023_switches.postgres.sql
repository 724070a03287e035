-- What somebody stopped: a row stands while the method, channel, relying party, CA, the service's writing or its traffic is
-- stopped. Few rows, read twice a second by each process.
create table switch (
    kind text not null,
    object text not null,
    record_id text not null,
    since bigint not null,
    primary key (kind, object)
);
