-- Persons, their factors and sessions; relying parties, consents, codes and grants. Names, IINs, addresses and secrets
-- are sealed under keys outside the database; times are milliseconds.
create table account (
    id text primary key,
    login text not null unique,
    iin_mac bytea not null unique check (length(iin_mac) = 32),
    sub text not null unique,
    sealed bytea not null,
    locale text not null check (locale in ('kk','ru','en')),
    state text not null check (state in ('active','frozen')),
    failures bigint not null default 0,
    created_at bigint not null
);
create table factor (
    id text primary key,
    account text not null references account (id),
    method text not null check (method in ('code','totp','password','identifier','push','passkey','payment','eds','hotp')),
    version bigint not null,
    sealed bytea not null,
    last_step bigint not null default -1,
    state text not null check (state in ('active','suspended','revoked')),
    record_id text not null unique,
    enrolled_at bigint not null
);
create index factor_account on factor (account);
create table session (
    token_hash bytea primary key check (length(token_hash) = 32),
    sid text not null unique,
    account text not null references account (id),
    methods text not null,
    record_id text not null,
    authenticated_at bigint not null,
    seen_at bigint not null,
    idle_until bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create index session_account on session (account);
create index session_expires on session (expires_at);
create table login_refusal (
    account text not null references account (id),
    login_id text not null,
    quarter bigint not null,
    tries bigint not null,
    first_try bigint not null,
    last_try bigint not null,
    primary key (account, login_id, quarter)
);
create index login_refusal_quarter on login_refusal (quarter);
create table stranger_refusal (quarter bigint primary key, tries bigint not null);

create table relying_party (
    id text primary key,
    auth_method text not null,
    secret_hash bytea not null,
    metadata text not null,
    record_id text not null,
    created_at bigint not null,
    disabled_at bigint
);
create table consent (
    account text not null references account (id),
    client_id text not null references relying_party (id),
    scopes text not null,
    record_id text not null,
    given_at bigint not null,
    until bigint not null,
    primary key (account, client_id)
);
create table code_grant (
    id text primary key,
    client_id text not null references relying_party (id),
    account text not null references account (id),
    sid text not null,
    scopes text not null,
    claims text not null,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create index code_grant_expires on code_grant (expires_at);
create table code (
    hash bytea primary key check (length(hash) = 32),
    grant_id text not null references code_grant (id),
    client_id text not null,
    redirect_uri text not null,
    challenge text not null,
    id_token_claims text not null,
    expires_at bigint not null,
    used_at bigint
);
create index code_expires on code (expires_at);
