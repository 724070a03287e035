-- Invitations to enrol: found by the SHA-256 of the link's token; who is invited lies sealed, and no longer than it is open.
create table invitation (
    id text primary key,
    hash blob not null unique check (length(hash) = 32),
    client_id text,
    sealed blob not null,
    state text not null check (state in ('open','used')),
    expires_at integer not null
) strict, without rowid;
create index invitation_expires on invitation (expires_at);
