-- Device authorization requests (RFC 8628): both codes by their SHA-256 and MAC, approved and used once each.
create table device_request (
    id text primary key,
    device_hash blob not null unique check (length(device_hash) = 32),
    user_mac blob not null unique check (length(user_mac) = 32),
    client_id text not null references relying_party (id),
    scopes text not null,
    state text not null check (state in ('pending','approved','denied','used')),
    polled_at integer not null default 0,
    pause integer not null,
    grant_id text,
    id_token_claims text not null default '',
    expires_at integer not null
) strict, without rowid;
create index device_request_expires on device_request (expires_at);
