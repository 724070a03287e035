-- Recovery codes: a list has one salt, a code is a slow hash under it, and is used by one conditional statement.
create table recovery_list (
    id text primary key,
    account text not null references account (id),
    salt bytea not null,
    record_id text not null unique,
    state text not null check (state in ('active','revoked')),
    made_at bigint not null
);
create unique index recovery_list_active on recovery_list (account) where state = 'active';
create table recovery_code (
    list text not null references recovery_list (id),
    number integer not null,
    hash bytea not null,
    used_at bigint,
    primary key (list, number)
);
-- When the person froze their account by themselves; lifting a restriction does not thaw it.
alter table account add column frozen_at bigint;
-- Links that freeze, one in each notice: found by the SHA-256 of the token, good once.
create table freeze_link (
    hash bytea primary key check (length(hash) = 32),
    account text not null references account (id),
    expires_at bigint not null,
    used_at bigint
);
create index freeze_link_expires on freeze_link (expires_at);
create index freeze_link_account on freeze_link (account);
-- Factors to be enrolled anew: two natural persons or the person's own factors behind it, a hold, then a link of one use.
create table recovery_case (
    id text primary key,
    account text not null references account (id),
    hash bytea not null unique check (length(hash) = 32),
    sealed bytea not null,
    digest text not null,
    asked_by text not null,
    state text not null check (state in ('waiting','held','done','refused','cancelled')),
    hold_until bigint not null,
    expires_at bigint not null
);
create index recovery_case_account on recovery_case (account);
create index recovery_case_expires on recovery_case (expires_at);
