-- Contracts in code: the file that all parties answer to, sealed, and each party's answer (a confirmation request, or an EDS
-- over the file with its record).
create table contract (
    id text primary key,
    client_id text not null,
    digest text not null,
    sealed blob not null,
    state text not null check (state in ('open','concluded','declined')),
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
create index contract_open on contract (expires_at) where state = 'open';
create table contract_party (
    contract text not null references contract (id),
    n integer not null,
    subject text not null,
    account text not null,
    means text not null check (means in ('confirmation','eds')),
    request_id text,
    record_id text,
    primary key (contract, n)
) strict, without rowid;
create index contract_party_subject on contract_party (subject, contract);
