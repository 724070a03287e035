-- Disputes over records: who contests which, how far it is. Texts lie with the records, a draft of a resolution sealed under
-- the person's key; `subject` is a handle. One dispute of a person about one record is open at a time.
create table dispute (
    id text primary key,
    subject text not null,
    account text not null,
    client_id text not null,
    contested text not null,
    kind text not null check (kind in ('review_of_decision','not_me','contract','other')),
    state text not null check (state in ('open','proposed','granted','partly_granted','rejected','settled','withdrawn')),
    opened_at bigint not null,
    due_at bigint,
    ended_at bigint,
    resolution text,
    draft text,
    drafted_by text,
    sealed bytea
);
create unique index dispute_open on dispute (subject, contested) where state in ('open','proposed');
create index dispute_contested on dispute (contested);
create index dispute_subject on dispute (subject, id);
create index dispute_queue on dispute (coalesce(due_at, 9007199254740991), id) where state in ('open','proposed');
