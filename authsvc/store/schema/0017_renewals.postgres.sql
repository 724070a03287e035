-- Renewals of time stamps (docs/evidence.md): tokens over older tokens. The tables that 0005 made for them were never written.
drop table renewed;
drop table renewal;
create table renewal (
    number bigint primary key, tsa text not null, record_id text not null unique, size bigint not null, leaves bytea not null,
    token bytea not null, revocation text not null, algorithms text not null, stamped_at bigint not null, received_at bigint not null
);
create table renewed (size bigint not null, tsa text not null, number bigint not null, place bigint not null, primary key (size, tsa, number));
create table renewed_again (older bigint not null, number bigint not null, place bigint not null, primary key (older, number));
-- What the token's signature and imprint lean on, as `signatures` names it; empty in rows of before.
alter table anchor add column algorithms text not null default '';
-- One row: who renews now (a claim that runs out), and how it goes. Not evidence; it may change.
create table renewing (
    one bigint primary key check (one = 1),
    claimed_until bigint not null, ends_at bigint not null, failing_since bigint not null, failure text not null, missed bigint not null
);
insert into renewing (one, claimed_until, ends_at, failing_since, failure, missed) values (1, 0, 0, 0, '', 0);

create trigger renewal_kept before update or delete on renewal for each row execute function refuse_change();
create trigger renewal_kept_t before truncate on renewal execute function refuse_change();
create trigger renewed_kept before update or delete on renewed for each row execute function refuse_change();
create trigger renewed_kept_t before truncate on renewed execute function refuse_change();
create trigger renewed_again_kept before update or delete on renewed_again for each row execute function refuse_change();
create trigger renewed_again_kept_t before truncate on renewed_again execute function refuse_change();
