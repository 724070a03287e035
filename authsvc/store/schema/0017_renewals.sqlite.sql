-- Renewals of time stamps (docs/evidence.md): tokens over older tokens. The tables that 0005 made for them were never written.
drop table renewed;
drop table renewal;
create table renewal (
    number integer primary key, tsa text not null, record_id text not null unique, size integer not null, leaves blob not null,
    token blob not null, revocation text not null, algorithms text not null, stamped_at integer not null, received_at integer not null
) strict;
create table renewed (size integer not null, tsa text not null, number integer not null, place integer not null, primary key (size, tsa, number)) strict;
create table renewed_again (older integer not null, number integer not null, place integer not null, primary key (older, number)) strict;
-- What the token's signature and imprint lean on, as `signatures` names it; empty in rows of before.
alter table anchor add column algorithms text not null default '';
-- One row: who renews now (a claim that runs out), and how it goes. Not evidence; it may change.
create table renewing (
    one integer primary key check (one = 1),
    claimed_until integer not null, ends_at integer not null, failing_since integer not null, failure text not null, missed integer not null
) strict;
insert into renewing (one, claimed_until, ends_at, failing_since, failure, missed) values (1, 0, 0, 0, '', 0);

create trigger renewal_kept_u before update on renewal begin select raise(abort, 'renewal is append-only'); end;
create trigger renewal_kept_d before delete on renewal begin select raise(abort, 'renewal is append-only'); end;
create trigger renewed_kept_u before update on renewed begin select raise(abort, 'renewed is append-only'); end;
create trigger renewed_kept_d before delete on renewed begin select raise(abort, 'renewed is append-only'); end;
create trigger renewed_again_kept_u before update on renewed_again begin select raise(abort, 'renewed_again is append-only'); end;
create trigger renewed_again_kept_d before delete on renewed_again begin select raise(abort, 'renewed_again is append-only'); end;
