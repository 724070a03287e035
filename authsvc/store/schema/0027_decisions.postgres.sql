-- Automated decisions: the rules as their relying parties declared them (never changed; another version is another row), and
-- each decision about a person. `subject` is a handle, `sealed` what it says, under the person's key. `read_at`: first opened.
create table decision_rule (
    client_id text not null,
    rule text not null,
    version text not null,
    body text not null,
    record_id text not null,
    created_at bigint not null,
    primary key (client_id, rule, version)
);
create table decision (
    id text primary key,
    subject text not null,
    account text not null,
    client_id text not null,
    rule text not null,
    version text not null,
    result text not null check (result in ('allowed','step_up','refused')),
    automation text not null check (automation in ('full','partial')),
    factors text not null,
    sealed bytea not null,
    made_at bigint not null,
    review_due bigint,
    read_at bigint
);
create index decision_subject on decision (subject, id);
