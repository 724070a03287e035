-- Mandates: who may act for a legal entity, by the document that its head signed; what was spent in the current period; and
-- groups, k of n of whose members confirm one act. `bin`, `grantor` and `subject` are handles. Amounts are minor units.
create table mandate (
    id text primary key,
    bin text not null,
    grantor text not null,
    granted_by text not null,
    acts text not null,
    currency text not null,
    single_limit bigint not null,
    period text not null check (period in ('day','month','term')),
    total_limit bigint not null,
    period_key bigint not null default -1,
    spent bigint not null default 0,
    k bigint not null,
    starts_at bigint not null,
    ends_at bigint not null,
    state text not null check (state in ('granted','revoked')),
    granted_at bigint not null,
    revoked_at bigint
);
create index mandate_granted_by on mandate (granted_by, id);
create table mandate_member (
    mandate text not null references mandate (id),
    subject text not null,
    record_id text not null unique,
    primary key (mandate, subject)
);
create index mandate_member_subject on mandate_member (subject);
create table confirmation_group (
    id text primary key,
    mandate text not null references mandate (id),
    amount bigint not null,
    period_key bigint not null default -1,
    k bigint not null,
    n bigint not null,
    requests text not null,
    confirmed bigint not null default 0,
    lost bigint not null default 0,
    records text not null default '',
    outcome text not null default '' check (outcome in ('','met','failed'))
);
