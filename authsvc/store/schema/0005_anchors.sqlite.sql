-- Trusted time (docs/evidence.md): tokens over checkpoints with the certificates, CRLs and OCSP answers of their time.
create table anchor (
    size integer not null, tsa text not null, record_id text not null unique,
    stamped blob not null, token blob not null, revocation text not null, stamped_at integer not null, received_at integer not null,
    primary key (size, tsa)
) strict;
create table anchor_material (sha256 text primary key, kind text not null check (kind in ('certificate','crl','ocsp')), data blob not null) strict;
create table renewal (
    number integer primary key, leaves blob not null, token blob not null, revocation text not null, stamped_at integer not null
) strict;
create table renewed (size integer not null, tsa text not null, number integer not null, place integer not null, primary key (size, tsa, number)) strict;
-- One row: who anchors now (a claim that runs out), and how it goes. Not evidence; it may change.
create table anchoring (
    one integer primary key check (one = 1),
    claimed_until integer not null, failing_since integer not null, failure text not null, clock_off integer not null
) strict;
insert into anchoring (one, claimed_until, failing_since, failure, clock_off) values (1, 0, 0, '', 0);

create trigger anchor_kept_u before update on anchor begin select raise(abort, 'anchor is append-only'); end;
create trigger anchor_kept_d before delete on anchor begin select raise(abort, 'anchor is append-only'); end;
create trigger anchor_material_kept_u before update on anchor_material begin select raise(abort, 'anchor_material is append-only'); end;
create trigger anchor_material_kept_d before delete on anchor_material begin select raise(abort, 'anchor_material is append-only'); end;
create trigger renewal_kept_u before update on renewal begin select raise(abort, 'renewal is append-only'); end;
create trigger renewal_kept_d before delete on renewal begin select raise(abort, 'renewal is append-only'); end;
create trigger renewed_kept_u before update on renewed begin select raise(abort, 'renewed is append-only'); end;
create trigger renewed_kept_d before delete on renewed begin select raise(abort, 'renewed is append-only'); end;
