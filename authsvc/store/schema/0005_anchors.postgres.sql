-- Trusted time (docs/evidence.md): tokens over checkpoints with the certificates, CRLs and OCSP answers of their time.
create table anchor (
    size bigint not null, tsa text not null, record_id text not null unique,
    stamped bytea not null, token bytea not null, revocation text not null, stamped_at bigint not null, received_at bigint not null,
    primary key (size, tsa)
);
create table anchor_material (sha256 text primary key, kind text not null check (kind in ('certificate','crl','ocsp')), data bytea not null);
create table renewal (
    number bigint primary key, leaves bytea not null, token bytea not null, revocation text not null, stamped_at bigint not null
);
create table renewed (size bigint not null, tsa text not null, number bigint not null, place bigint not null, primary key (size, tsa, number));
-- One row: who anchors now (a claim that runs out), and how it goes. Not evidence; it may change.
create table anchoring (
    one bigint primary key check (one = 1),
    claimed_until bigint not null, failing_since bigint not null, failure text not null, clock_off bigint not null
);
insert into anchoring (one, claimed_until, failing_since, failure, clock_off) values (1, 0, 0, '', 0);

create trigger anchor_kept before update or delete on anchor for each row execute function refuse_change();
create trigger anchor_kept_t before truncate on anchor execute function refuse_change();
create trigger anchor_material_kept before update or delete on anchor_material for each row execute function refuse_change();
create trigger anchor_material_kept_t before truncate on anchor_material execute function refuse_change();
create trigger renewal_kept before update or delete on renewal for each row execute function refuse_change();
create trigger renewal_kept_t before truncate on renewal execute function refuse_change();
create trigger renewed_kept before update or delete on renewed for each row execute function refuse_change();
create trigger renewed_kept_t before truncate on renewed execute function refuse_change();
