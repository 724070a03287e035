-- Mandates: who may act for a legal entity, by the document that its head signed; what was spent in the current period; and
-- groups, k of n of whose members confirm one act. `bin`, `grantor` and `subject` are handles. Amounts are minor units.
create table mandate (
    id text primary key,
    bin text not null,
    grantor text not null,
    granted_by text not null,
    acts text not null,
    currency text not null,
    single_limit integer not null,
    period text not null check (period in ('day','month','term')),
    total_limit integer not null,
    period_key integer not null default -1,
    spent integer not null default 0,
    k integer not null,
    starts_at integer not null,
    ends_at integer not null,
    state text not null check (state in ('granted','revoked')),
    granted_at integer not null,
    revoked_at integer
) strict, without rowid;
create index mandate_granted_by on mandate (granted_by, id);
create table mandate_member (
    mandate text not null references mandate (id),
    subject text not null,
    record_id text not null unique,
    primary key (mandate, subject)
) strict, without rowid;
create index mandate_member_subject on mandate_member (subject);
create table confirmation_group (
    id text primary key,
    mandate text not null references mandate (id),
    amount integer not null,
    period_key integer not null default -1,
    k integer not null,
    n integer not null,
    requests text not null,
    confirmed integer not null default 0,
    lost integer not null default 0,
    records text not null default '',
    outcome text not null default '' check (outcome in ('','met','failed'))
) strict, without rowid;
