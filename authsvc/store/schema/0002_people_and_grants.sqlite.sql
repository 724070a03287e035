-- Persons, their factors and sessions; relying parties, consents, codes and grants. Names, IINs, addresses and secrets
-- are sealed under keys outside the database; times are milliseconds.
create table account (
    id text primary key,
    login text not null unique,
    iin_mac blob not null unique check (length(iin_mac) = 32),
    sub text not null unique,
    sealed blob not null,
    locale text not null check (locale in ('kk','ru','en')),
    state text not null check (state in ('active','frozen')),
    failures integer not null default 0,
    created_at integer not null
) strict, without rowid;
create table factor (
    id text primary key,
    account text not null references account (id),
    method text not null check (method in ('code','totp','password','identifier','push','passkey','payment','eds','hotp')),
    version integer not null,
    sealed blob not null,
    last_step integer not null default -1,
    state text not null check (state in ('active','suspended','revoked')),
    record_id text not null unique,
    enrolled_at integer not null
) strict, without rowid;
create index factor_account on factor (account);
create table session (
    token_hash blob primary key check (length(token_hash) = 32),
    sid text not null unique,
    account text not null references account (id),
    methods text not null,
    record_id text not null,
    authenticated_at integer not null,
    seen_at integer not null,
    idle_until integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
create index session_account on session (account);
create index session_expires on session (expires_at);
create table login_refusal (
    account text not null references account (id),
    login_id text not null,
    quarter integer not null,
    tries integer not null,
    first_try integer not null,
    last_try integer not null,
    primary key (account, login_id, quarter)
) strict, without rowid;
create index login_refusal_quarter on login_refusal (quarter);
create table stranger_refusal (quarter integer primary key, tries integer not null) strict;

create table relying_party (
    id text primary key,
    auth_method text not null,
    secret_hash blob not null,
    metadata text not null,
    record_id text not null,
    created_at integer not null,
    disabled_at integer
) strict, without rowid;
create table consent (
    account text not null references account (id),
    client_id text not null references relying_party (id),
    scopes text not null,
    record_id text not null,
    given_at integer not null,
    until integer not null,
    primary key (account, client_id)
) strict, without rowid;
create table code_grant (
    id text primary key,
    client_id text not null references relying_party (id),
    account text not null references account (id),
    sid text not null,
    scopes text not null,
    claims text not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
create index code_grant_expires on code_grant (expires_at);
create table code (
    hash blob primary key check (length(hash) = 32),
    grant_id text not null references code_grant (id),
    client_id text not null,
    redirect_uri text not null,
    challenge text not null,
    id_token_claims text not null,
    expires_at integer not null,
    used_at integer
) strict, without rowid;
create index code_expires on code (expires_at);
