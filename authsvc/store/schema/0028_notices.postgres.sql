-- Notices: when each was sent, received, opened and acknowledged, each with its own record; `id` is that of the sending. What
-- they say lies with that record, under the person's key; `subject` is a handle.
create table notice (
    id text primary key,
    subject text not null,
    account text not null,
    client_id text not null,
    sender_record text not null,
    sent_at bigint not null,
    received_at bigint,
    received text,
    opened_at bigint,
    opened text,
    acknowledged_at bigint,
    acknowledged text
);
create index notice_subject on notice (subject, id);
