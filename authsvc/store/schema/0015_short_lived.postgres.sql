-- Short-lived keys and rate budgets, where several processes share no Redis, or have lost it. Bounded by what lives: the
-- worker sweeps what has expired. Rows change often, so a page keeps room for their next versions.
create table ephemeral (
    key text primary key,
    value bytea not null,
    expires_at bigint not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index ephemeral_expires on ephemeral (expires_at);
create table budget (
    key text primary key,
    arrival bigint not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index budget_arrival on budget (arrival);
create index refresh_token_expires on refresh_token (expires_at);
create index revoked_token_expires on revoked_token (expires_at);
