-- Invitations to enrol: found by the SHA-256 of the link's token; who is invited lies sealed, and no longer than it is open.
create table invitation (
    id text primary key,
    hash bytea not null unique check (length(hash) = 32),
    client_id text,
    sealed bytea not null,
    state text not null check (state in ('open','used')),
    expires_at bigint not null
);
create index invitation_expires on invitation (expires_at);
