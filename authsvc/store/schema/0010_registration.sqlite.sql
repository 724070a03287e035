-- Dynamic registration (RFC 7591, 7592): tokens that open it, and each registered client's own token.
create table initial_access_token (
    hash blob primary key check (length(hash) = 32),
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
alter table relying_party add column registration_hash blob;
