-- Short-lived keys and rate budgets, where several processes share no Redis, or have lost it. Bounded by what lives: the
-- worker sweeps what has expired.
create table ephemeral (
    key text primary key,
    value blob not null,
    expires_at integer not null
) strict, without rowid;
create index ephemeral_expires on ephemeral (expires_at);
create table budget (
    key text primary key,
    arrival integer not null
) strict, without rowid;
create index budget_arrival on budget (arrival);
create index refresh_token_expires on refresh_token (expires_at);
create index revoked_token_expires on revoked_token (expires_at);
