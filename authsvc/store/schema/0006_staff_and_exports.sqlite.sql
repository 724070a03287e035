-- Members of staff by role, who approved what, and exports of evidence from the asking to the package, which lies here
-- sealed for a few days. `export_subject` tells a person that evidence about them was handed out; its subjects are handles.
create table staff (
    account text not null references account (id),
    role text not null check (role in ('auditor','reviewer','operator','support','enroller')),
    record_id text not null,
    given_at integer not null,
    primary key (account, role)
) strict, without rowid;
create table approval (
    matter text not null,
    account text not null references account (id),
    request_id text not null unique references confirmation_request (id),
    primary key (matter, account)
) strict, without rowid;
create table evidence_export (
    id text primary key,
    asker text not null check (asker in ('staff','person','relying_party')),
    asked_by text not null,
    sealed blob not null,
    court_order blob not null,
    digest text not null,
    silent integer not null,
    state text not null check (state in ('waiting','queued','making','ready','refused','withdrawn','expired','failed','erased','gone')),
    reason text not null default '',
    done integer not null default 0,
    total integer not null default 0,
    size integer not null default 0,
    claim text not null default '',
    claimed_until integer not null default 0,
    attempts integer not null default 0,
    record_id text not null unique,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict, without rowid;
create index evidence_export_asked on evidence_export (asker, asked_by, created_at);
create index evidence_export_open on evidence_export (claimed_until) where state in ('queued','making');
create index evidence_export_expires on evidence_export (expires_at) where state in ('waiting','ready');
create table export_part (
    export_id text not null references evidence_export (id),
    n integer not null,
    sealed blob not null,
    primary key (export_id, n)
) strict, without rowid;
create table export_subject (
    subject text not null,
    export_id text not null references evidence_export (id),
    primary key (subject, export_id)
) strict, without rowid;
create index export_subject_export on export_subject (export_id);
