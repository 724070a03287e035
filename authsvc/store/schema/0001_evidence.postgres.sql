-- The evidence log (docs/evidence.md): append-only tables, the derived tiles, what waits, and what can be erased.
create table entry (
    idx bigint primary key,
    type text not null check (type in ('genesis','key','anchor','export','erasure','correction','administration','credential','mandate','consent',
        'authentication','confirmation','signature_verification','delivery','notice_read','decision','dispute','resolution')),
    record_id text not null unique,
    leaf bytea not null check (length(leaf) = 32),
    body bytea not null,
    logged_at bigint not null
);
create table tile (
    level bigint not null, n bigint not null, width bigint not null check (width between 1 and 256), data bytea not null,
    primary key (level, n)
);
create table head (
    one bigint primary key check (one = 1),
    size bigint not null, frontier bytea not null, root bytea not null, frontier_512 bytea not null, root_512 bytea not null,
    checkpoint_note bytea not null
);
create table checkpoint (size bigint primary key, note bytea not null, root_512 bytea not null);
create table cosignature (
    size bigint not null, witness text not null, line text not null, received_at bigint not null,
    primary key (size, witness)
);
create table staged (seq bigint generated always as identity primary key, record_id text not null unique, body bytea not null);
create table chain (subject text primary key, number bigint not null, leaf text not null);
create table subject_key (subject text primary key, wrapped bytea not null);
create table disclosure (
    record_id text not null, subject text not null, ciphertext bytea not null,
    primary key (record_id, subject)
);
create index disclosure_subject on disclosure (subject);
create table blob (
    record_id text not null, name text not null, subject text not null, ciphertext bytea not null,
    primary key (record_id, name)
);
create index blob_subject on blob (subject);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;
create trigger entry_kept before update or delete on entry for each row execute function refuse_change();
create trigger entry_kept_t before truncate on entry execute function refuse_change();
create trigger checkpoint_kept before update or delete on checkpoint for each row execute function refuse_change();
create trigger checkpoint_kept_t before truncate on checkpoint execute function refuse_change();
create trigger cosignature_kept before update or delete on cosignature for each row execute function refuse_change();
create trigger cosignature_kept_t before truncate on cosignature execute function refuse_change();
