-- Dynamic registration (RFC 7591, 7592): tokens that open it, and each registered client's own token.
create table initial_access_token (
    hash bytea primary key check (length(hash) = 32),
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
alter table relying_party add column registration_hash bytea;
