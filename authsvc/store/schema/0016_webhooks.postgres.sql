-- Webhooks of relying parties: where events go, and each event on its way to one place; kept for a while, to be replayed.
create table webhook_endpoint (
    id text primary key,
    client_id text not null references relying_party (id),
    sealed bytea not null,
    events text not null,
    state text not null check (state in ('active','gone')),
    created_at bigint not null
);
create index webhook_endpoint_client on webhook_endpoint (client_id);
create table webhook_delivery (
    id text primary key,
    endpoint text not null references webhook_endpoint (id),
    event text not null,
    type text not null,
    body text not null,
    state text not null check (state in ('waiting','delivered','dead')),
    attempts integer not null default 0,
    reason text not null default '',
    due_at bigint not null,
    created_at bigint not null
);
create index webhook_delivery_due on webhook_delivery (due_at) where state = 'waiting';
create index webhook_delivery_endpoint on webhook_delivery (endpoint, id);
create index webhook_delivery_created on webhook_delivery (created_at);
