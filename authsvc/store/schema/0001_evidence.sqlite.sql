-- Tables with long rows keep their rowid: a WITHOUT ROWID table is slow when its rows are long.
-- The evidence log (docs/evidence.md): append-only tables, the derived tiles, what waits, and what can be erased.
create table entry (
    idx integer primary key,
    type text not null check (type in ('genesis','key','anchor','export','erasure','correction','administration','credential','mandate','consent',
        'authentication','confirmation','signature_verification','delivery','notice_read','decision','dispute','resolution')),
    record_id text not null unique,
    leaf blob not null check (length(leaf) = 32),
    body blob not null,
    logged_at integer not null
) strict;
create table tile (
    level integer not null, n integer not null, width integer not null check (width between 1 and 256), data blob not null,
    primary key (level, n)
) strict, without rowid;
create table head (
    one integer primary key check (one = 1),
    size integer not null, frontier blob not null, root blob not null, frontier_512 blob not null, root_512 blob not null,
    checkpoint_note blob not null
) strict;
create table checkpoint (size integer primary key, note blob not null, root_512 blob not null) strict;
create table cosignature (
    size integer not null, witness text not null, line text not null, received_at integer not null,
    primary key (size, witness)
) strict;
create table staged (seq integer primary key, record_id text not null unique, body blob not null) strict;
create table chain (subject text primary key, number integer not null, leaf text not null) strict, without rowid;
create table subject_key (subject text primary key, wrapped blob not null) strict, without rowid;
create table disclosure (
    record_id text not null, subject text not null, ciphertext blob not null,
    primary key (record_id, subject)
) strict;
create index disclosure_subject on disclosure (subject);
create table blob (
    record_id text not null, name text not null, subject text not null, ciphertext blob not null,
    primary key (record_id, name)
) strict;
create index blob_subject on blob (subject);

create trigger entry_kept_u before update on entry begin select raise(abort, 'entry is append-only'); end;
create trigger entry_kept_d before delete on entry begin select raise(abort, 'entry is append-only'); end;
create trigger checkpoint_kept_u before update on checkpoint begin select raise(abort, 'checkpoint is append-only'); end;
create trigger checkpoint_kept_d before delete on checkpoint begin select raise(abort, 'checkpoint is append-only'); end;
create trigger cosignature_kept_u before update on cosignature begin select raise(abort, 'cosignature is append-only'); end;
create trigger cosignature_kept_d before delete on cosignature begin select raise(abort, 'cosignature is append-only'); end;
