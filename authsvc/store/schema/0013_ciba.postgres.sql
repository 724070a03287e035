-- Backchannel authentication requests (CIBA Core): found by the SHA-256 of auth_req_id; what was asked lies sealed.
create table ciba_request (
    id text primary key,
    hash bytea not null unique check (length(hash) = 32),
    client_id text not null references relying_party (id),
    account text not null references account (id),
    scopes text not null,
    sealed bytea not null,
    state text not null check (state in ('pending','approved','denied','used')),
    polled_at bigint not null default 0,
    pause integer not null,
    grant_id text,
    id_token_claims text not null default '',
    expires_at bigint not null
);
create index ciba_request_account on ciba_request (account);
create index ciba_request_expires on ciba_request (expires_at);
