-- Refresh tokens (RFC 9700 4.14: each is used once, a second use ends its family), tokens ended one by one (RFC 7009),
-- keys that tokens are bound to (RFC 9449), pushed requests (RFC 9126).
alter table code_grant add column offline integer not null default 0;
alter table code_grant add column details text not null default '';
alter table code add column jkt text not null default '';
create table refresh_token (
    hash bytea primary key check (octet_length(hash) = 32),
    grant_id text not null references code_grant (id),
    client_id text not null,
    scopes text not null,
    id_token_claims text not null,
    jkt text not null,
    expires_at bigint not null,
    used_at bigint
);
create index refresh_token_grant on refresh_token (grant_id);
create table revoked_token (
    jti text primary key,
    expires_at bigint not null
);
create table pushed_request (
    hash bytea primary key check (octet_length(hash) = 32),
    client_id text not null,
    sealed bytea not null,
    expires_at bigint not null,
    used_at bigint
);
create index pushed_request_expires on pushed_request (expires_at);
