-- Persons under random ids: epochs of the keys outside the database, the blind index, data keys, and what ends them
-- (docs/erasure.md). A row of `wrap_epoch` stands as long as anything leans on that epoch.
create table wrap_epoch (number integer primary key) strict;
create table blind_index (
    mac text primary key, epoch integer not null references wrap_epoch (number), subject text not null
) strict, without rowid;
create index blind_index_subject on blind_index (subject);
create index blind_index_epoch on blind_index (epoch);
-- Rows of the release before; the first start seals what they open anew and empties the table.
alter table subject_key rename to subject_key_before;
create table subject_key (
    subject text primary key, epoch integer not null references wrap_epoch (number), wrapped blob not null, name blob not null
) strict, without rowid;
create index subject_wrap_epoch on subject_key (epoch);
alter table account rename column iin_mac to subject;
-- Orders about personal data that wait for their approvals; `sealed` names the person until the order has ended.
create table data_order (
    id text primary key,
    act text not null check (act in ('erasure','hold','lift')),
    request blob not null,
    sealed blob,
    state text not null check (state in ('open','done','withdrawn')),
    made_at integer not null,
    expires_at integer not null
) strict, without rowid;
create index data_order_expires on data_order (expires_at) where state = 'open';
create table legal_hold (
    id text primary key, subject text not null, sealed blob not null, placed_at integer not null, lifted_at integer
) strict, without rowid;
create index legal_hold_subject on legal_hold (subject);
create table restriction (subject text primary key, record_id text not null, since integer not null) strict, without rowid;
