-- Publishing to witnesses: one row that processes claim, and for ever the checkpoints that met the quorum.
create table publication (
    one integer primary key check (one = 1),
    size integer not null, published_at integer not null, done integer not null check (done in (0, 1)), witnessed integer not null
) strict;
insert into publication (one, size, published_at, done, witnessed) values (1, 0, 0, 1, 0);
create table witnessed (size integer primary key, note blob not null, met_at integer not null) strict;
create trigger witnessed_kept_u before update on witnessed begin select raise(abort, 'witnessed is append-only'); end;
create trigger witnessed_kept_d before delete on witnessed begin select raise(abort, 'witnessed is append-only'); end;
create index cosignature_witness on cosignature (witness, size);
