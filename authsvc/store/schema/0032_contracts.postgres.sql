-- Contracts in code: the file that all parties answer to, sealed, and each party's answer (a confirmation request, or an EDS
-- over the file with its record).
create table contract (
    id text primary key,
    client_id text not null,
    digest text not null,
    sealed bytea not null,
    state text not null check (state in ('open','concluded','declined')),
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create index contract_open on contract (expires_at) where state = 'open';
create table contract_party (
    contract text not null references contract (id),
    n bigint not null,
    subject text not null,
    account text not null,
    means text not null check (means in ('confirmation','eds')),
    request_id text,
    record_id text,
    primary key (contract, n)
);
create index contract_party_subject on contract_party (subject, contract);
