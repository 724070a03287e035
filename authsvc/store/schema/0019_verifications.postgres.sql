-- Verifications of signed documents, each behind its records: whose they are, and those that wait for a status that was
-- not to be had. A later report stands beside the earlier one and never in its place.
create table verification (
    id text primary key,
    client_id text not null,
    client_record text not null,
    records text not null,
    policy text not null,
    state text not null check (state in ('final','waiting','settled','given_up')),
    tries bigint not null default 0,
    next_try bigint not null default 0,
    give_up bigint not null default 0,
    earlier text not null default '',
    later text not null default ''
);
create index verification_waiting on verification (next_try) where state = 'waiting';
