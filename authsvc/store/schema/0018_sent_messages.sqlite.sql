-- Messages that a gateway took and may tell more about (delivery receipts): its id, and the request behind it.
create table sent_message (
    gateway text not null,
    id text not null,
    request_id text not null,
    sent_at integer not null,
    primary key (gateway, id)
) strict, without rowid;
create index sent_message_sent on sent_message (sent_at);
