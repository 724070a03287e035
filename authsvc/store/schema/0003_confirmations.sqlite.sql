-- Requests for a confirmation, what waits to leave the machine, idempotency keys, and the records in force.
create table confirmation_request (
    id text primary key,
    client_id text not null references relying_party (id),
    account text not null references account (id),
    digest text not null,
    act text not null,
    challenge text not null,
    code_mac blob not null,
    address_id text not null,
    rp_record text not null,
    state text not null check (state in ('requested','sent','seen','confirmed','declined','expired','cancelled','failed')),
    reason text not null default '',
    tries integer not null default 0,
    tries_allowed integer not null,
    sends integer not null default 0,
    first_try integer not null default 0,
    last_try integer not null default 0,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer,
    record_id text
) strict;
create index confirmation_request_open on confirmation_request (account, expires_at) where state in ('requested','sent','seen');
-- What was asked, sealed: apart from the request's state, which changes, so that a change writes little.
create table confirmation_statement (
    request text primary key references confirmation_request (id),
    sealed blob not null
) strict;
create table outbox (
    id text primary key,
    channel text not null,
    request_id text not null,
    sealed blob not null,
    attempts integer not null default 0,
    due_at integer not null,
    created_at integer not null
) strict;
create index outbox_due on outbox (due_at);
create table idempotency (
    client_id text not null,
    key text not null,
    body_digest blob not null,
    act_id text not null,
    created_at integer not null,
    primary key (client_id, key)
) strict, without rowid;
create index idempotency_created on idempotency (created_at);
create table in_force (object text primary key, record_id text not null, digest text not null) strict, without rowid;
