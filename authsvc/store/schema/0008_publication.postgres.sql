-- Publishing to witnesses: one row that processes claim, and for ever the checkpoints that met the quorum.
create table publication (
    one bigint primary key check (one = 1),
    size bigint not null, published_at bigint not null, done bigint not null check (done in (0, 1)), witnessed bigint not null
);
insert into publication (one, size, published_at, done, witnessed) values (1, 0, 0, 1, 0);
create table witnessed (size bigint primary key, note bytea not null, met_at bigint not null);
create trigger witnessed_kept before update or delete on witnessed for each row execute function refuse_change();
create trigger witnessed_kept_t before truncate on witnessed execute function refuse_change();
create index cosignature_witness on cosignature (witness, size);
