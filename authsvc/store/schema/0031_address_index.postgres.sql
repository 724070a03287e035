-- Finds accounts by a keyed digest of their telephone number or mailbox: for staff who name a purpose.
create table address_index (
    mac bytea not null,
    account text not null references account (id),
    primary key (mac, account)
);
create index address_index_account on address_index (account);
